#include "peers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "_cgo_export.h"

#define THREADS_MAX 16

static int c_on_event(int value, void *arg)
{
	(void)arg;
	return value + 1;
}

/* cgo declares the exported functions with integers where the header has pointers: same registers. */
typedef int (*on_event_fn)(int value, void *arg);

#define TABLE(name, function)                                                                                 \
	struct keeper_listener *peers_##name(void)                                                          \
	{                                                                                                         \
		static struct keeper_listener table;                                                                  \
		table.on_event = (on_event_fn)(void (*)(void))(function);                                             \
		return &table;                                                                                        \
	}

TABLE(c, c_on_event)
TABLE(go, peers_go_on_event)
TABLE(handle, peers_handle_on_event)
TABLE(handle_recover, peers_handle_recover_on_event)
TABLE(pinner, peers_pinner_on_event)

/* What the threads of one measurement share. */
struct measurement {
	const struct keeper_listener *listener;
	void *arg;
	long calls;
	pthread_barrier_t begin;
};

struct worker {
	struct measurement *measurement;
	pthread_t thread;
	double nanoseconds;
	bool wrong;
};

static double cpu_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct measurement *m = worker->measurement;
	long wrong = 0;
	double begun;

	/* The thread's first calls give it what it needs for more. */
	for (int i = 0; i < 1000; i++)
		wrong += m->listener->on_event(i, m->arg) != i + 1;
	pthread_barrier_wait(&m->begin);
	begun = cpu_time();
	for (long i = 0; i < m->calls; i++)
		wrong += m->listener->on_event((int)i, m->arg) != (int)i + 1;
	worker->nanoseconds = (cpu_time() - begun) / m->calls;
	worker->wrong = wrong != 0;
	return NULL;
}

double peers_measure(const struct keeper_listener *listener, uintptr_t arg, long calls, int threads)
{
	struct measurement m = {.listener = listener, .arg = (void *)arg, .calls = calls};
	struct worker workers[THREADS_MAX];
	double sum = 0;

	if (threads < 1 || threads > THREADS_MAX || pthread_barrier_init(&m.begin, NULL, threads) != 0)
		return -1;
	for (int i = 0; i < threads; i++) {
		workers[i] = (struct worker){.measurement = &m};
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			abort(); /* the others wait for it at the barrier */
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		sum = workers[i].wrong || sum < 0 ? -1 : sum + workers[i].nanoseconds;
	}
	pthread_barrier_destroy(&m.begin);
	return sum < 0 ? -1 : sum / threads;
}
