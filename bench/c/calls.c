#include "calls.h"

#include <stdlib.h>

/* The compiler knows neither where `pointer` leads nor whether memory has changed. */
#define OPAQUE(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

long bench_calls(const struct bench_table *table, void *user_data, struct bench_tally *tally,
		 long first, long n)
{
	long results = 0;

	for (long i = 0; i < n; i++) {
		const struct bench_table *seen = table;

		OPAQUE(seen);
		results += seen->on_event(tally, first + i, user_data);
	}
	return results;
}

long bench_free_calls(const struct bench_free_table *table, struct bench_tally *tally, long first,
		      long n)
{
	long results = 0;

	for (long i = 0; i < n; i++) {
		const struct bench_free_table *seen = table;

		OPAQUE(seen);
		results += seen->on_event(tally, first + i);
	}
	return results;
}

long bench_call_all(const struct bench_callback *callbacks, struct bench_tally *tally, long n)
{
	long results = 0;

	for (long i = 0; i < n; i++)
		results += callbacks[i].on_event(tally, i, callbacks[i].user_data);
	return results;
}

/* The body of every row, as the Rust rows have it. */
static __attribute__((noinline)) long work(unsigned long host, struct bench_tally *tally, long value)
{
	if (!tally)
		abort();
	tally->calls += 1;
	tally->sum += (unsigned long)value + host;
	return value;
}

long bench_c_on_event(struct bench_tally *tally, long value, void *user_data)
{
	return work((unsigned long)user_data, tally, value);
}
