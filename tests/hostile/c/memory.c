/* What C does to the memory of a table. */
#define _GNU_SOURCE
#include "memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct keeper_table *memory_copy(const struct keeper_table *table)
{
	struct keeper_table *copy = malloc(sizeof *copy);
	if (copy == NULL)
		abort();
	*copy = *table;
	return copy;
}

void memory_free(void *memory)
{
	free(memory);
}

int memory_foreign(int value, void *arg)
{
	(void)value;
	(void)arg;
	return MEMORY_FOREIGN;
}

/* Writes that go through. */

void *memory_force(void *member, void *callback)
{
	memory_open(member, sizeof callback);
	void *before;
	memcpy(&before, member, sizeof before);
	memcpy(member, &callback, sizeof callback);
	return before;
}

void *memory_redirect_linked(struct keeper_linked *table, void *callback)
{
	void *before;
	memcpy(&before, &table->on_event, sizeof before);
	memcpy(&table->on_event, &callback, sizeof callback);
	return before;
}

int memory_call_linked(const struct keeper_linked *table, void *arg, int value)
{
	return table->on_event(value, arg);
}

int memory_walk(struct keeper_linked *head, void *const args[], int value)
{
	int sum = 0;
	for (struct keeper_linked *table = head; table != NULL; table = table->next) {
		table->seen++;
		sum += table->on_event(value, *args++);
	}
	return sum;
}

memory_callback *memory_keep_pointer(const struct keeper_table *table)
{
	return table->on_event;
}

int memory_call_pointer(memory_callback *callback, void *arg, int value)
{
	return callback(value, arg);
}

/* Two destructors at once. */

struct destruction {
	void (*destroy)(void *arg);
	void *arg;
	pthread_barrier_t start;
};

static void *destroy(void *data)
{
	struct destruction *destruction = data;
	pthread_barrier_wait(&destruction->start);
	destruction->destroy(destruction->arg);
	return NULL;
}

void memory_destroy_at_once(void (*notify)(void *arg), void *arg)
{
	struct destruction destruction = { .destroy = notify, .arg = arg };
	pthread_t threads[2];
	if (pthread_barrier_init(&destruction.start, NULL, 2) != 0)
		abort();
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&threads[i], NULL, destroy, &destruction) != 0)
			abort();
	}
	for (int i = 0; i < 2; i++) {
		if (pthread_join(threads[i], NULL) != 0)
			abort();
	}
	pthread_barrier_destroy(&destruction.start);
}
