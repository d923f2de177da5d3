#ifndef NAIVE_H
#define NAIVE_H

#include <stdint.h>

#include "../../vde/vde_hub.h"

/* The members' code, as function pointers of the header's types. */
typedef void *(*naive_event_add_fn)(int, short, const struct timeval *, event_cb, void *);
typedef void (*naive_event_del_fn)(void *);
typedef void *(*naive_timeout_add_fn)(const struct timeval *, short, event_cb, void *);

naive_event_add_fn naive_event_add_function(void);
naive_event_add_fn naive_other_event_add_function(void);
naive_event_del_fn naive_event_del_function(void);
naive_timeout_add_fn naive_timeout_add_function(void);

static inline void naive_call(event_cb cb, int fd, void *arg)
{
	cb(fd, VDE_EV_READ, arg);
}

/* Reads the members of a table that is there. */
static inline void naive_read(uintptr_t table, uintptr_t members[4])
{
	const vde_event_handler *handler = (const vde_event_handler *)table;

	members[0] = (uintptr_t)handler->event_add;
	members[1] = (uintptr_t)handler->event_del;
	members[2] = (uintptr_t)handler->timeout_add;
	members[3] = (uintptr_t)handler->timeout_del;
}

#endif
