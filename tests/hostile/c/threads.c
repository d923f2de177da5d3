/* Calls on threads of the library's own, and a door for callbacks to wait at. */
#include "keeper_private.h"
#include "must.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* One call in the background. */

struct keeper_job {
	struct keeper *keeper;
	const struct keeper_plain *plain;
	int value;
	int result;
	pthread_t thread;
};

static void *run_job(void *data)
{
	struct keeper_job *job = data;
	if (job->plain != NULL)
		job->result = keeper_call_plain(job->plain, job->value);
	else
		job->result = keeper_call(job->keeper, job->value);
	return NULL;
}

static struct keeper_job *start(struct keeper *keeper, const struct keeper_plain *plain, int value)
{
	struct keeper_job *job = allocate(sizeof *job);
	job->keeper = keeper;
	job->plain = plain;
	job->value = value;
	check(pthread_create(&job->thread, NULL, run_job, job));
	return job;
}

struct keeper_job *keeper_start(struct keeper *keeper, int value)
{
	return start(keeper, NULL, value);
}

int keeper_join(struct keeper_job *job)
{
	check(pthread_join(job->thread, NULL));
	int result = job->result;
	free(job);
	return result;
}

int keeper_call_from_thread(struct keeper *keeper, int value)
{
	return keeper_join(keeper_start(keeper, value));
}

int keeper_call_plain_from_thread(const struct keeper_plain *table, int value)
{
	return keeper_join(start(NULL, table, value));
}

long keeper_call_from_threads(struct keeper *keeper, long count, int value)
{
	long served = 0;
	for (long i = 0; i < count; i++)
		served += keeper_call_from_thread(keeper, value) == value;
	return served;
}

/* A call from a key's destructor. */

static pthread_key_t job_key;
static pthread_once_t job_key_once = PTHREAD_ONCE_INIT;

static void call_for_key(void *data)
{
	struct keeper_job *job = data;
	job->result = keeper_call(job->keeper, job->value);
}

static void make_job_key(void)
{
	check(pthread_key_create(&job_key, call_for_key));
}

static void *leave_to_key(void *data)
{
	check(pthread_setspecific(job_key, data));
	return NULL;
}

int keeper_call_at_thread_exit(struct keeper *keeper, int value)
{
	struct keeper_job *job = allocate(sizeof *job);
	check(pthread_once(&job_key_once, make_job_key));
	job->keeper = keeper;
	job->value = value;
	check(pthread_create(&job->thread, NULL, leave_to_key, job));
	return keeper_join(job);
}

/* Threads that call as fast as they can. */

struct keeper_hammer {
	struct keeper *keeper;
	atomic_bool stop;
	atomic_long calls;
	atomic_long served;
	int threads;
	pthread_t thread[];
};

static void *hammer(void *data)
{
	struct keeper_hammer *hammer = data;
	while (!atomic_load(&hammer->stop)) {
		atomic_fetch_add(&hammer->calls, 1);
		if (keeper_call(hammer->keeper, 1) >= 0)
			atomic_fetch_add(&hammer->served, 1);
	}
	return NULL;
}

struct keeper_hammer *keeper_hammer_start(struct keeper *keeper, int threads)
{
	size_t size = sizeof(struct keeper_hammer) + (size_t)threads * sizeof(pthread_t);
	struct keeper_hammer *started = allocate(size);
	started->keeper = keeper;
	started->threads = threads;
	for (int i = 0; i < threads; i++)
		check(pthread_create(&started->thread[i], NULL, hammer, started));
	return started;
}

long keeper_hammer_calls(struct keeper_hammer *hammer)
{
	return atomic_load(&hammer->calls);
}

long keeper_hammer_stop(struct keeper_hammer *hammer, long *calls)
{
	atomic_store(&hammer->stop, true);
	for (int i = 0; i < hammer->threads; i++)
		check(pthread_join(hammer->thread[i], NULL));
	long served = atomic_load(&hammer->served);
	*calls = atomic_load(&hammer->calls);
	free(hammer);
	return served;
}

/* The door. */

struct keeper_door {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int entered;
	bool open;
};

struct keeper_door *keeper_door_new(void)
{
	struct keeper_door *door = allocate(sizeof *door);
	check(pthread_mutex_init(&door->lock, NULL));
	check(pthread_cond_init(&door->changed, NULL));
	return door;
}

void keeper_door_enter(struct keeper_door *door)
{
	check(pthread_mutex_lock(&door->lock));
	door->entered++;
	check(pthread_cond_broadcast(&door->changed));
	while (!door->open)
		check(pthread_cond_wait(&door->changed, &door->lock));
	check(pthread_mutex_unlock(&door->lock));
}

void keeper_door_await(struct keeper_door *door, int count)
{
	check(pthread_mutex_lock(&door->lock));
	while (door->entered < count)
		check(pthread_cond_wait(&door->changed, &door->lock));
	check(pthread_mutex_unlock(&door->lock));
}

void keeper_door_open(struct keeper_door *door)
{
	check(pthread_mutex_lock(&door->lock));
	door->open = true;
	check(pthread_cond_broadcast(&door->changed));
	check(pthread_mutex_unlock(&door->lock));
}

void keeper_door_free(struct keeper_door *door)
{
	check(pthread_cond_destroy(&door->changed));
	check(pthread_mutex_destroy(&door->lock));
	free(door);
}
