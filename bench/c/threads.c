#include "threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* Room for a hundred calls inside of each other; a thousand threads must not run out of addresses. */
#define STACK (1 << 20)

struct bench_thread {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* The job that is being done, or NULL. */
	void (*job)(void *argument);
	void *argument;
	int ends;
};

static void *run(void *argument)
{
	struct bench_thread *this = argument;

	pthread_mutex_lock(&this->lock);
	for (;;) {
		while (!this->job && !this->ends)
			pthread_cond_wait(&this->changed, &this->lock);
		if (!this->job)
			break;
		pthread_mutex_unlock(&this->lock);
		this->job(this->argument);
		pthread_mutex_lock(&this->lock);
		this->job = NULL;
		pthread_cond_broadcast(&this->changed);
	}
	pthread_mutex_unlock(&this->lock);
	return NULL;
}

static int create(struct bench_thread *this)
{
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);

	if (error)
		return error;
	error = pthread_attr_setstacksize(&attributes, STACK);
	if (!error)
		error = pthread_create(&this->thread, &attributes, run, this);
	pthread_attr_destroy(&attributes);
	return error;
}

struct bench_thread *bench_thread_start(void)
{
	struct bench_thread *this = calloc(1, sizeof(*this));
	int error;

	if (!this)
		return NULL;
	pthread_mutex_init(&this->lock, NULL);
	pthread_cond_init(&this->changed, NULL);
	error = create(this);
	if (error) {
		free(this);
		errno = error;
		return NULL;
	}
	return this;
}

void bench_thread_tell(struct bench_thread *thread, void (*job)(void *argument), void *argument)
{
	pthread_mutex_lock(&thread->lock);
	thread->job = job;
	thread->argument = argument;
	pthread_cond_broadcast(&thread->changed);
	pthread_mutex_unlock(&thread->lock);
}

void bench_thread_await(struct bench_thread *thread)
{
	pthread_mutex_lock(&thread->lock);
	while (thread->job)
		pthread_cond_wait(&thread->changed, &thread->lock);
	pthread_mutex_unlock(&thread->lock);
}

void bench_thread_end(struct bench_thread *thread)
{
	bench_thread_await(thread);
	pthread_mutex_lock(&thread->lock);
	thread->ends = 1;
	pthread_cond_broadcast(&thread->changed);
	pthread_mutex_unlock(&thread->lock);
	pthread_join(thread->thread, NULL);
	pthread_cond_destroy(&thread->changed);
	pthread_mutex_destroy(&thread->lock);
	free(thread);
}
