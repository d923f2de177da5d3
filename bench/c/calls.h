/* The tables that are measured, and the loops that call them. */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <stdint.h>

/* What the callee writes: it belongs to the calling thread alone. */
struct bench_tally {
	uint64_t calls;
	uint64_t sum;
};

/* A table whose callbacks take user data. */
struct bench_table {
	int64_t (*on_event)(struct bench_tally *tally, int64_t value, void *user_data);
};

/* A lone callback with its user data. */
struct bench_callback {
	int64_t (*on_event)(struct bench_tally *tally, int64_t value, void *user_data);
	void *user_data;
};

/* A context-free table. */
struct bench_free_table {
	int64_t (*on_event)(struct bench_tally *tally, int64_t value);
};

/* Both call on_event `n` times, with first, first + 1, ..., and return the sum of the results. */
int64_t bench_calls(const struct bench_table *table, void *user_data, struct bench_tally *tally,
		 int64_t first, int64_t n);
int64_t bench_free_calls(const struct bench_free_table *table, struct bench_tally *tally, int64_t first,
		      int64_t n);

/* Calls each of `n` callbacks once, in their order, with 0, 1, ..., and returns the sum of the results. */
int64_t bench_call_all(const struct bench_callback *callbacks, struct bench_tally *tally, int64_t n);

/* The callback in plain C. */
int64_t bench_c_on_event(struct bench_tally *tally, int64_t value, void *user_data);

#endif
