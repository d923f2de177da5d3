/* Requests that are answered later, and functions that the host may call often. */
#define _POSIX_C_SOURCE 200809L
#include "asker.h"

#include "must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

enum state { WAITS, DONE, FORGOTTEN };

/* What stands behind a cookie, and behind data. It is never given back, so that a wrong use is seen. */
struct item {
	struct asker *asker;
	atomic_int state;
	struct item *next;
};

struct asker {
	const struct asker_table *table;
	void *arg;
	_Atomic(struct item *) items;
	void (*during)(void *);
	void *during_data;
	atomic_int answered, status, changes, freed;
};

struct asker *asker_new(const struct asker_table *table, void *arg)
{
	struct asker *asker = allocate(sizeof *asker);
	asker->table = table;
	asker->arg = arg;
	return asker;
}

static struct item *new_item(struct asker *asker)
{
	struct item *item = allocate(sizeof *item);
	item->asker = asker;
	item->next = atomic_load(&asker->items);
	while (!atomic_compare_exchange_weak(&asker->items, &item->next, item)) {
	}
	return item;
}

static void must_be(struct item *item, enum state state)
{
	if (atomic_load(&item->state) != (int)state)
		abort();
}

/* Uses the item, which is not to be forgotten meanwhile. */
static void use(struct item *item, enum state state)
{
	if (item->asker->during != NULL)
		item->asker->during(item->asker->during_data);
	must_be(item, state);
}

static void done(int status, void *cookie)
{
	struct item *item = cookie;
	int waits = WAITS;
	if (!atomic_compare_exchange_strong(&item->state, &waits, DONE))
		abort();
	use(item, DONE);
	atomic_store(&item->asker->status, status);
	atomic_fetch_add(&item->asker->answered, 1);
}

static void changed(int value, void *data)
{
	struct item *item = data;
	must_be(item, WAITS);
	use(item, WAITS);
	atomic_store(&item->asker->status, value);
	atomic_fetch_add(&item->asker->changes, 1);
}

static void free_data(void *data)
{
	struct item *item = data;
	int waits = WAITS;
	if (!atomic_compare_exchange_strong(&item->state, &waits, DONE))
		abort();
	atomic_fetch_add(&item->asker->freed, 1);
}

int asker_request(struct asker *asker, int value)
{
	return asker->table->request(value, done, new_item(asker), asker->arg);
}

int asker_watch(struct asker *asker, int value)
{
	return asker->table->watch(value, changed, new_item(asker), free_data, asker->arg);
}

struct job {
	struct asker *asker;
	int value;
	int result;
};

static void *run(void *arg)
{
	struct job *job = arg;
	job->result = asker_request(job->asker, job->value);
	return NULL;
}

int asker_request_on_thread(struct asker *asker, int value)
{
	struct job job = { .asker = asker, .value = value };
	pthread_t thread;
	check(pthread_create(&thread, NULL, run, &job));
	check(pthread_join(thread, NULL));
	return job.result;
}

void asker_close(struct asker *asker)
{
	asker->table->close(asker->arg);
}

void asker_forget(struct asker *asker)
{
	for (struct item *item = atomic_load(&asker->items); item != NULL; item = item->next)
		atomic_store(&item->state, FORGOTTEN);
}

void asker_during(struct asker *asker, void (*during)(void *), void *data)
{
	asker->during_data = data;
	asker->during = during;
}

int asker_answered(struct asker *asker)
{
	return atomic_load(&asker->answered);
}

int asker_status(struct asker *asker)
{
	return atomic_load(&asker->status);
}

int asker_changes(struct asker *asker)
{
	return atomic_load(&asker->changes);
}

int asker_freed(struct asker *asker)
{
	return atomic_load(&asker->freed);
}
