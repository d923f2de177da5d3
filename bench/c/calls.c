#include "calls.h"

#include <stdint.h>
#include <stdlib.h>

/* The compiler knows neither where `pointer` leads nor whether memory has changed. */
#define OPAQUE(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

int64_t bench_calls(const struct bench_table *table, void *user_data, struct bench_tally *tally,
		 int64_t first, int64_t n)
{
	int64_t results = 0;

	for (int64_t i = 0; i < n; i++) {
		const struct bench_table *seen = table;

		OPAQUE(seen);
		results += seen->on_event(tally, first + i, user_data);
	}
	return results;
}

int64_t bench_free_calls(const struct bench_free_table *table, struct bench_tally *tally, int64_t first,
		      int64_t n)
{
	int64_t results = 0;

	for (int64_t i = 0; i < n; i++) {
		const struct bench_free_table *seen = table;

		OPAQUE(seen);
		results += seen->on_event(tally, first + i);
	}
	return results;
}

int64_t bench_call_all(const struct bench_callback *callbacks, struct bench_tally *tally, int64_t n)
{
	int64_t results = 0;

	for (int64_t i = 0; i < n; i++)
		results += callbacks[i].on_event(tally, i, callbacks[i].user_data);
	return results;
}

/* The body of every row, as the Rust rows have it. */
static __attribute__((noinline)) int64_t work(uint64_t host, struct bench_tally *tally, int64_t value)
{
	if (!tally)
		abort();
	tally->calls += 1;
	tally->sum += (uint64_t)value + host;
	return value;
}

int64_t bench_c_on_event(struct bench_tally *tally, int64_t value, void *user_data)
{
	return work((uintptr_t)user_data, tally, value);
}
