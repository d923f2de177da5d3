/* Threads that C makes. Each does what it is told, and parks in between. */
#ifndef BENCH_THREADS_H
#define BENCH_THREADS_H

struct bench_thread;

/* Starts a thread, which parks. NULL where the system has no more; errno says why. */
struct bench_thread *bench_thread_start(void);

/* Has a parked thread run `job`, and does not wait for it. */
void bench_thread_tell(struct bench_thread *thread, void (*job)(void *argument), void *argument);

/* Waits until the thread has done what it was told, and is parked again. */
void bench_thread_await(struct bench_thread *thread);

/* Waits as bench_thread_await does, and ends the thread. */
void bench_thread_end(struct bench_thread *thread);

#endif
