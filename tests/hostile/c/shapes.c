/* Tables of every shape that C has for a struct of function pointers. */
#include "shapes.h"
#include "must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

/* The address is looked at before the compiler may take it for one that is aligned. */
#define SHAPE(name)                                                                  \
	int shapes_call_##name(const void *table, void *arg, int value)              \
	{                                                                            \
		if ((uintptr_t)table % _Alignof(struct shapes_##name) != 0)          \
			return SHAPES_MISPLACED;                                     \
		const struct shapes_##name *typed = table;                           \
		return typed->on_last(typed->on_event(value, arg), arg);             \
	}                                                                            \
	void *shapes_data_##name(const void *table)                                  \
	{                                                                            \
		return ((const struct shapes_##name *)table)->data;                  \
	}

SHAPE(line)
SHAPE(pair)
SHAPE(long)
SHAPE(pages)
SHAPE(packed)
SHAPE(union)

int shapes_number_of_union(const struct shapes_union *table)
{
	return table->either.number;
}

int shapes_is_stopped(const struct shapes_flagged *table)
{
	return atomic_load(&table->is_stopped);
}

struct counter {
	struct shapes_counted *table;
	void *arg;
	long calls;
	long served;
	pthread_t thread;
};

static void *count(void *data)
{
	struct counter *counter = data;
	for (long i = 0; i < counter->calls; i++) {
		atomic_fetch_add(&counter->table->calls, 1);
		counter->served += counter->table->on_event(7, counter->arg) >= 0;
	}
	return NULL;
}

long shapes_count(struct shapes_counted *table, void *arg, int threads, long calls)
{
	long served = 0;
	struct counter *counters = allocate((size_t)threads * sizeof *counters);
	for (int i = 0; i < threads; i++) {
		counters[i] = (struct counter){ .table = table, .arg = arg, .calls = calls };
		check(pthread_create(&counters[i].thread, NULL, count, &counters[i]));
	}
	for (int i = 0; i < threads; i++) {
		check(pthread_join(counters[i].thread, NULL));
		served += counters[i].served;
	}
	free(counters);
	return served;
}

long shapes_calls(const struct shapes_counted *table)
{
	return atomic_load(&table->calls);
}
