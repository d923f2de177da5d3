/* Calls in states that an unwinding callback would leave behind. */
#ifndef PANICS_H
#define PANICS_H

#include "keeper.h"

/* Calls with a lock held; whether another thread can take the lock afterwards. */
int panics_call_locked(const struct keeper_table *table, void *arg, int value, int *result);
/* From the handler of a signal that the calling thread raises. */
int panics_call_from_handler(const struct keeper_table *table, void *arg, int value);

#endif
