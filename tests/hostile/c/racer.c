/* A thread that is ready to destroy user data at once. */
#define _GNU_SOURCE
#include "racer.h"
#include "must.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct racer {
	void (*destroy)(void *arg);
	void *arg;
	atomic_long begun;
	atomic_long done;
	atomic_bool stop;
	pthread_t thread;
};

/* It spins, for a sleeper would be late; but it lets others run on a machine with few processors. */
static void look_away(unsigned *rounds)
{
	if (++*rounds % 256 == 0)
		sched_yield();
}

static void *run(void *data)
{
	struct racer *racer = data;
	unsigned rounds = 0;
	while (!atomic_load(&racer->stop)) {
		long begun = atomic_load(&racer->begun);
		if (begun == atomic_load(&racer->done)) {
			look_away(&rounds);
			continue;
		}
		racer->destroy(racer->arg);
		atomic_store(&racer->done, begun);
	}
	return NULL;
}

struct racer *racer_start(void)
{
	struct racer *racer = allocate(sizeof *racer);
	check(pthread_create(&racer->thread, NULL, run, racer));
	return racer;
}

void racer_destroy(struct racer *racer, void (*destroy)(void *arg), void *arg)
{
	racer->destroy = destroy;
	racer->arg = arg;
	atomic_fetch_add(&racer->begun, 1);
}

void racer_await(struct racer *racer)
{
	unsigned rounds = 0;
	while (atomic_load(&racer->done) != atomic_load(&racer->begun))
		look_away(&rounds);
}

void racer_stop(struct racer *racer)
{
	racer_await(racer);
	atomic_store(&racer->stop, true);
	check(pthread_join(racer->thread, NULL));
	free(racer);
}
