/* completion.h: how Go calls C by what C has passed to a callback. */
#ifndef OUTLIVE_GO_COMPLETION_H
#define OUTLIVE_GO_COMPLETION_H

#include <outlive.h>

/* The number of the calling thread, from 1. No two threads of a process share one. */
uint64_t outlive_go_thread(void);

/* outlive_outgoing_call of the Go function with this number (completion.go). */
int outlive_go_call(outlive_outgoing *outgoing, uintptr_t number);

#endif
