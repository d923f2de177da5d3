/* Calls from signal handlers, at any instruction of what they interrupt. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "keeper.h"

/* What the handler's calls returned. */
struct signals_seen {
	long served;  /* the value that was expected */
	long refused; /* -1 */
	long other;
	long changes; /* how often a result was of another of these kinds than the one before */
	int last;
	int stranger; /* the last of the other ones */
};

/* What the handlers call from here on. */
void signals_watch(const struct keeper_table *table, void *arg, int value, int expected);
void signals_watch_nothing(void);
struct signals_seen signals_take_seen(void);
/* They do nothing so many times first, then call so many times, and then do nothing again. */
void signals_call_after(long skipped, long calls);

/* The handler of a timer of so many microseconds. */
void signals_start_timer(long microseconds);
void signals_stop_timer(void);

/* The handler runs after each instruction of the calling thread. 0 where that cannot be. */
int signals_can_step(void);
void signals_begin_steps(void);
void signals_end_steps(void);
/* One call, and each instruction of it. */
int signals_step_call(const struct keeper_table *table, void *arg, int value);

/* Calls from the handler of a signal that this thread raises, on a stack of the handler's own. */
int signals_call_on_other_stack(const struct keeper_table *table, void *arg, int value);

#endif
