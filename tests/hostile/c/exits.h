/* Ways out of a callback other than a return. */
#ifndef EXITS_H
#define EXITS_H

#include "keeper.h"

/* Calls, with a place to jump back to. *result stays as it is where the callback did not return. */
void exits_call_or_jump(const struct keeper_table *table, void *arg, int value, int *result);
/* Back to the calling thread's place, over whatever stands between. */
void exits_jump(void);
/* The same, from the handler of a signal that it raises. */
void exits_jump_from_handler(void);
/* A thread that does exits_call_or_jump and then waits at the door. */
struct exits_thread;
struct exits_thread *exits_start(const struct keeper_table *table, void *arg, int value, struct keeper_door *door);
/* Its *result. */
int exits_join(struct exits_thread *thread);

/* Ends the calling thread. */
void exits_leave_thread(void);
/* A thread that calls; the thread is joined. */
int exits_call_on_thread(const struct keeper_table *table, void *arg, int value);
/* Waits to be cancelled. */
void exits_await_cancel(void);
/* Throws an exception of another language's. */
void exits_throw(void);
/* Cancels a thread that calls, when it has come to exits_await_cancel. */
void exits_cancel_inside(const struct keeper_table *table, void *arg, int value);

/* Has membarrier(2) fail with EPERM from here on, on every thread; 0 where that cannot be,
 * with errno saying why. */
int exits_forbid_membarrier(void);

/* Replaces the process by one that exits with the status. */
void exits_exec(int status);
/* Ends the process by quick_exit; its handler calls once more and ends with the sum. */
void exits_quick(const struct keeper_table *table, void *arg, int value);
/* In a forked child: a thread calls and stays inside, and the process exits with the status. */
int exits_exit_around(const struct keeper_table *table, void *arg, int value, int status);
/* To be called by that thread: stays for ever. */
void exits_stay(void);
/* In a forked child: the call. Status as waitpid(2) has it. */
int exits_call_in_child(const struct keeper_table *table, void *arg, int value);

#endif
