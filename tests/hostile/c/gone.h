/* Threads that end without a word to anybody. */
#ifndef GONE_H
#define GONE_H

#include "keeper.h"

/* Ends the calling thread by the system call alone: nothing unwinds, and no destructor of the thread runs. */
_Noreturn void gone_exit(void);
/* The kernel's number of the thread that has ended so last. */
int gone_last(void);

/* A thread that calls. With a door, it then waits there and ends by gone_exit. */
struct gone_thread;
struct gone_thread *gone_start(const struct keeper_table *table, void *arg, int value, struct keeper_door *door);
void gone_cancel(struct gone_thread *thread);
/* What the call returned, or -9 where it did not return. */
int gone_join(struct gone_thread *thread);

#endif
