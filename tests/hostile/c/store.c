/* Handles and destructors. */
#define _POSIX_C_SOURCE 200809L
#include "store.h"

#include <pthread.h>
#include <stdlib.h>

void *store_open(const struct store_table *table, void *arg, int value)
{
	return table->open(value, arg);
}

int store_read(const struct store_table *table, void *arg, void *handle)
{
	return table->read(handle, arg);
}

int store_close(const struct store_table *table, void *arg, void *handle)
{
	return table->close(handle, arg);
}

void store_destroy(const struct store_table *table, void *arg)
{
	table->destroy(arg);
}

struct store {
	const struct store_table *table;
	void *arg;
	void (*destroy)(void *arg);
	int times;
};

struct store *store_register(const struct store_table *table, void *arg, void (*destroy)(void *arg), int fail,
			     int destroy_on_failure)
{
	if (fail) {
		if (destroy_on_failure)
			destroy(arg);
		return NULL;
	}
	struct store *store = malloc(sizeof *store);
	if (store == NULL)
		abort();
	*store = (struct store){ .table = table, .arg = arg, .destroy = destroy };
	return store;
}

int store_use(struct store *store, int value)
{
	return store->table->read(store->table->open(value, store->arg), store->arg);
}

void store_unregister(struct store *store, int times)
{
	for (int i = 0; i < times; i++)
		store->destroy(store->arg);
	free(store);
}

static void *unregister(void *store)
{
	store_unregister(store, ((struct store *)store)->times);
	return NULL;
}

void store_unregister_on_thread(struct store *store, int times)
{
	pthread_t thread;
	store->times = times;
	if (pthread_create(&thread, NULL, unregister, store) != 0 || pthread_join(thread, NULL) != 0)
		abort();
}
