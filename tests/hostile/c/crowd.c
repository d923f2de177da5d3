/* Threads of the library's own, of many kinds. */
#define _GNU_SOURCE
#include "crowd.h"
#include "must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct call {
	const struct keeper_table *table;
	void *arg;
	int value;
	int result;
};

static void make(struct call *call)
{
	call->result = call->table->on_event(call->value, call->arg);
}

/* Threads that wait for orders. */

enum order { NONE, CALL, LEAVE };

struct crowd_member {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum order order;
	struct call call;
};

static void *serve(void *data)
{
	struct crowd_member *member = data;
	check(pthread_mutex_lock(&member->lock));
	for (;;) {
		while (member->order == NONE)
			check(pthread_cond_wait(&member->changed, &member->lock));
		enum order order = member->order;
		check(pthread_mutex_unlock(&member->lock));
		if (order == LEAVE)
			return NULL;
		make(&member->call);
		check(pthread_mutex_lock(&member->lock));
		member->order = NONE;
		check(pthread_cond_broadcast(&member->changed));
	}
}

struct crowd_member *crowd_hire(size_t stack)
{
	struct crowd_member *member = allocate(sizeof *member);
	pthread_attr_t attributes;
	check(pthread_mutex_init(&member->lock, NULL));
	check(pthread_cond_init(&member->changed, NULL));
	check(pthread_attr_init(&attributes));
	if (stack != 0)
		check(pthread_attr_setstacksize(&attributes, stack));
	check(pthread_create(&member->thread, &attributes, serve, member));
	check(pthread_attr_destroy(&attributes));
	return member;
}

static void give(struct crowd_member *member, enum order order)
{
	member->order = order;
	check(pthread_cond_broadcast(&member->changed));
	check(pthread_mutex_unlock(&member->lock));
}

static void await(struct crowd_member *member)
{
	check(pthread_mutex_lock(&member->lock));
	while (member->order != NONE)
		check(pthread_cond_wait(&member->changed, &member->lock));
}

void crowd_send(struct crowd_member *member, const struct keeper_table *table, void *arg, int value)
{
	await(member);
	member->call = (struct call){ .table = table, .arg = arg, .value = value };
	give(member, CALL);
}

int crowd_await(struct crowd_member *member)
{
	await(member);
	int result = member->call.result;
	check(pthread_mutex_unlock(&member->lock));
	return result;
}

void crowd_dismiss(struct crowd_member *member)
{
	await(member);
	give(member, LEAVE);
	check(pthread_join(member->thread, NULL));
	check(pthread_cond_destroy(&member->changed));
	check(pthread_mutex_destroy(&member->lock));
	free(member);
}

/* Threads that call once. */

#define AT_ONCE 8

static void *make_once(void *data)
{
	make(data);
	return NULL;
}

long crowd_call_once_each(const struct keeper_table *table, void *arg, long count, int value, int expected)
{
	long as_expected = 0;
	for (long made = 0; made < count; made += AT_ONCE) {
		struct call calls[AT_ONCE];
		pthread_t threads[AT_ONCE];
		for (int i = 0; i < AT_ONCE; i++) {
			calls[i] = (struct call){ .table = table, .arg = arg, .value = value };
			check(pthread_create(&threads[i], NULL, make_once, &calls[i]));
		}
		for (int i = 0; i < AT_ONCE; i++) {
			check(pthread_join(threads[i], NULL));
			as_expected += calls[i].result == expected;
		}
	}
	return as_expected;
}

/* Calls while a thread is torn down. */

static pthread_key_t rounds_key;
static pthread_once_t rounds_once = PTHREAD_ONCE_INIT;

struct rounds {
	struct call call;
	int done;
	int *results;
};

static void next_round(void *data)
{
	struct rounds *rounds = data;
	make(&rounds->call);
	rounds->results[rounds->done++] = rounds->call.result;
	if (rounds->done < CROWD_ROUNDS)
		check(pthread_setspecific(rounds_key, rounds));
}

static void make_rounds_key(void)
{
	check(pthread_key_create(&rounds_key, next_round));
}

static void *begin_rounds(void *rounds)
{
	next_round(rounds);
	return NULL;
}

void crowd_call_in_exit_rounds(const struct keeper_table *table, void *arg, int value, int results[CROWD_ROUNDS])
{
	struct rounds rounds = { .call = { .table = table, .arg = arg, .value = value }, .results = results };
	pthread_t thread;
	check(pthread_once(&rounds_once, make_rounds_key));
	check(pthread_create(&thread, NULL, begin_rounds, &rounds));
	check(pthread_join(thread, NULL));
}

/* A call while a cancellation is pending. */

static void *cancel_and_call(void *data)
{
	check(pthread_cancel(pthread_self()));
	make(data);
	pthread_testcancel();
	return NULL;
}

int crowd_call_when_cancelled(const struct keeper_table *table, void *arg, int value)
{
	struct call call = { .table = table, .arg = arg, .value = value };
	pthread_t thread;
	void *returned = NULL;
	check(pthread_create(&thread, NULL, cancel_and_call, &call));
	check(pthread_join(thread, &returned));
	check(returned != PTHREAD_CANCELED);
	return call.result;
}

/* A stream of threads. */

struct crowd_stream {
	const struct keeper_table *table;
	void *arg;
	atomic_bool stop;
	atomic_long made;
	atomic_long served;
	int sources;
	pthread_t threads[];
};

static void *drop_in(void *data)
{
	struct crowd_stream *stream = data;
	if (stream->table->on_event(1, stream->arg) >= 0)
		atomic_fetch_add(&stream->served, 1);
	return NULL;
}

static void *pour(void *data)
{
	struct crowd_stream *stream = data;
	while (!atomic_load(&stream->stop)) {
		pthread_t thread;
		check(pthread_create(&thread, NULL, drop_in, stream));
		check(pthread_join(thread, NULL));
		atomic_fetch_add(&stream->made, 1);
	}
	return NULL;
}

struct crowd_stream *crowd_stream_start(const struct keeper_table *table, void *arg, int sources)
{
	struct crowd_stream *stream = allocate(sizeof *stream + (size_t)sources * sizeof(pthread_t));
	stream->table = table;
	stream->arg = arg;
	stream->sources = sources;
	for (int i = 0; i < sources; i++)
		check(pthread_create(&stream->threads[i], NULL, pour, stream));
	return stream;
}

long crowd_stream_made(struct crowd_stream *stream)
{
	return atomic_load(&stream->made);
}

long crowd_stream_stop(struct crowd_stream *stream)
{
	atomic_store(&stream->stop, true);
	for (int i = 0; i < stream->sources; i++)
		check(pthread_join(stream->threads[i], NULL));
	long served = atomic_load(&stream->served);
	free(stream);
	return served;
}

/* Threads that nobody joins. */

static struct call detached_call;
static atomic_long detached_calls;
static atomic_long detached_not_refused;
static atomic_bool detached_late;

static void *call_for_ever(void *data)
{
	(void)data;
	for (;;) {
		bool late = atomic_load(&detached_late);
		int result = detached_call.table->on_event(detached_call.value, detached_call.arg);
		atomic_fetch_add(&detached_calls, 1);
		if (late && result != -1)
			atomic_fetch_add(&detached_not_refused, 1);
		usleep(20);
	}
	return NULL;
}

void crowd_detach(const struct keeper_table *table, void *arg, int threads)
{
	detached_call = (struct call){ .table = table, .arg = arg, .value = 1 };
	for (int i = 0; i < threads; i++) {
		pthread_t thread;
		check(pthread_create(&thread, NULL, call_for_ever, NULL));
		check(pthread_detach(thread));
	}
}

long crowd_detached_calls(void)
{
	return atomic_load(&detached_calls);
}

void crowd_detached_are_late(void)
{
	atomic_store(&detached_late, true);
}

long crowd_detached_not_refused(void)
{
	return atomic_load(&detached_not_refused);
}

static void await_some_more(void)
{
	long enough = atomic_load(&detached_calls) + 50;
	while (atomic_load(&detached_calls) < enough)
		usleep(100);
	if (atomic_load(&detached_not_refused) != 0)
		_exit(99);
}

void crowd_detached_at_exit(void)
{
	check(atexit(await_some_more));
}
