/* What threads do on Windows alone. */
#ifndef WINDOWS_THREADS_H
#define WINDOWS_THREADS_H

#include "../keeper.h"

/* Ends the calling thread by ExitThread, with whatever is on its stack. */
_Noreturn void windows_exit_thread(void);
/* Calls from an asynchronous procedure call of the calling thread, which waits for it. */
int windows_call_in_apc(const struct keeper_table *table, void *arg, int value);
/* Calls from a thread of the system's pool. */
int windows_call_in_pool(const struct keeper_table *table, void *arg, int value);
/* Calls from a thread of a timer queue. */
int windows_call_in_timer(const struct keeper_table *table, void *arg, int value);
/* Calls from the callback of fiber-local storage, when a thread ends. */
int windows_call_at_thread_end(const struct keeper_table *table, void *arg, int value);
/* Suspends a thread that calls as fast as it can, wherever it is. */
struct windows_thread;
struct windows_thread *windows_start(const struct keeper_table *table, void *arg);
void windows_suspend(struct windows_thread *thread);
void windows_resume(struct windows_thread *thread);
/* Ends it by TerminateThread, wherever it is; how many of its calls were served. */
long windows_terminate(struct windows_thread *thread);
/* Has it stop by itself. */
long windows_stop(struct windows_thread *thread);

#endif
