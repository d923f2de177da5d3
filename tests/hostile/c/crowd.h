/* Threads of the library's own, of many kinds. */
#ifndef CROWD_H
#define CROWD_H

#include "keeper.h"

/* A thread that waits for orders, with a stack of this size; 0 is the usual one. */
struct crowd_member;
struct crowd_member *crowd_hire(size_t stack);
/* It calls; nobody waits. */
void crowd_send(struct crowd_member *member, const struct keeper_table *table, void *arg, int value);
/* The result of that call. */
int crowd_await(struct crowd_member *member);
/* The thread ends. */
void crowd_dismiss(struct crowd_member *member);

/* Threads, so many of them alive at once, that each call once; how many results were as expected. */
long crowd_call_once_each(const struct keeper_table *table, void *arg, long count, int value, int expected);

/* A thread that calls, and once more in each round of its keys' destructors. */
#define CROWD_ROUNDS 4
void crowd_call_in_exit_rounds(const struct keeper_table *table, void *arg, int value, int results[CROWD_ROUNDS]);

/* A thread that has been cancelled already calls; the result. It ends when it has made the call. */
int crowd_call_when_cancelled(const struct keeper_table *table, void *arg, int value);

/* Threads that make short-lived threads, which each call once. */
struct crowd_stream;
struct crowd_stream *crowd_stream_start(const struct keeper_table *table, void *arg, int sources);
long crowd_stream_made(struct crowd_stream *stream);
/* How many calls were not refused. */
long crowd_stream_stop(struct crowd_stream *stream);

/* Detached threads that call for ever. */
void crowd_detach(const struct keeper_table *table, void *arg, int threads);
long crowd_detached_calls(void);
/* From here on, each call that begins must be refused. */
void crowd_detached_are_late(void);
long crowd_detached_not_refused(void);
/* The process does not exit before they have called some more; its status is 99 where one was served. */
void crowd_detached_at_exit(void);

#endif
