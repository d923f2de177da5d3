/* Calls on stacks of their own, that are left in the middle and resumed elsewhere. */
#ifndef FIBERS_H
#define FIBERS_H

#include "keeper.h"

/* A fiber that will call once. */
struct fiber;
struct fiber *fiber_new(const struct keeper_table *table, void *arg, int value);
/* Runs it on the calling thread until it pauses; whether it is done. */
int fiber_run(struct fiber *fiber);
/* The same on a thread that is made for that and ends. */
int fiber_run_on_thread(struct fiber *fiber);
/* From inside a callback: leaves the fiber in the middle of it. */
void fiber_pause(void);
int fiber_result(const struct fiber *fiber);
/* The stack of one that is not done goes too, and is overwritten first. */
void fiber_free(struct fiber *fiber);

#endif
