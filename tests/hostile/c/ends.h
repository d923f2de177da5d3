/* The last moments of a process. */
#ifndef ENDS_H
#define ENDS_H

#include "keeper.h"

/* Ends a child, without its atexit handlers. */
_Noreturn void ends_exit_child(int status);

/* Calls from an atexit handler, and from a destructor of this library after those; where the result is
 * another than expected, the process says so and its status is 99. */
void ends_call_at_exit(const struct keeper_table *table, void *arg, int value, int expected);
void ends_call_in_destructor(const struct keeper_table *table, void *arg, int value, int expected);

#endif
