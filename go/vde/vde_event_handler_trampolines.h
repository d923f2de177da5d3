#ifndef OUTLIVE_GO_VDE_EVENT_HANDLER_H
#define OUTLIVE_GO_VDE_EVENT_HANDLER_H

#include <outlive.h>
#include <vde_hub.h>

/* Describes the struct to the library; the trampolines then serve its tables. Called once. */
int outlive_go_vde_event_handler_describe(const outlive_type **type);

/* Calls a function that C has passed. */
static inline void outlive_go_vde_event_handler_call_event_cb(event_cb function, int fd, short events,
                                                              uintptr_t arg)
{
	function(fd, events, (void *)arg);
}

#endif
