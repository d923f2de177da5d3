/* User data in other places than an argument of its own. */
#define _POSIX_C_SOURCE 200809L
#include "carrier.h"

#include "must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct carrier *carrier_new(void *user_data)
{
	struct carrier *carrier = allocate(sizeof *carrier);
	*carrier = (struct carrier){ .id = 1, .user_data = user_data };
	return carrier;
}

void carrier_free(struct carrier *carrier)
{
	free(carrier);
}

void carrier_set_user_data(struct carrier *carrier, void *user_data)
{
	carrier->user_data = user_data;
}

void *carrier_user_data(const struct carrier *carrier)
{
	return carrier->user_data;
}

int carrier_call_member(const struct carrier_table *table, struct carrier *carrier, int value)
{
	return table->on_member(carrier, value);
}

int carrier_call_accessor(const struct carrier_table *table, struct carrier *carrier, int value)
{
	return table->on_accessor(carrier, value);
}

int carrier_call_event(const struct carrier_table *table, void *user_data, int value)
{
	return table->on_event((struct carrier_event){ value, (uint64_t)(uintptr_t)user_data });
}

int carrier_call_indirect(const struct carrier_table *table, void *user_data, int value)
{
	return table->on_indirect(&user_data, value);
}

int carrier_call_number(const struct carrier_table *table, void *user_data, int value)
{
	return table->on_number((uintptr_t)user_data, value);
}

int carrier_call_signed(const struct carrier_table *table, void *user_data, int value)
{
	return table->on_signed(value, (int64_t)(intptr_t)user_data);
}

int carrier_call_id(const struct carrier_table *table, uint32_t id, int value)
{
	return table->on_id(id, value);
}

struct job {
	const struct carrier_table *table;
	struct carrier *carrier;
	int calls;
	atomic_int *refused;
};

static void *run(void *arg)
{
	struct job *job = arg;
	for (int i = 0; i < job->calls; i++) {
		if (carrier_call_member(job->table, job->carrier, 1) < 0)
			atomic_fetch_add(job->refused, 1);
	}
	return NULL;
}

enum { MOST_THREADS = 8 };

int carrier_call_often(const struct carrier_table *table, struct carrier *carrier, int threads, int calls)
{
	pthread_t ids[MOST_THREADS];
	atomic_int refused = 0;
	struct job job = { table, carrier, calls, &refused };
	for (int i = 0; i < threads; i++)
		check(pthread_create(&ids[i], NULL, run, &job));
	for (int i = 0; i < threads; i++)
		check(pthread_join(ids[i], NULL));
	return atomic_load(&refused);
}

int carrier_read(carrier_read_cb read, void *user_data, int value)
{
	return read(user_data, value);
}

void carrier_note(carrier_note_cb note, void *user_data, int value)
{
	note(value, user_data);
}

int carrier_seek(carrier_seek_cb seek, struct carrier *carrier, int64_t offset)
{
	return seek(carrier, offset);
}
