/* Threads that have called before. */
#undef pthread_create /* the system's, here */
#include "warm.h"
#include "must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic(void (*)(void)) before;

struct start {
	void *(*run)(void *);
	void *data;
};

int keeper_create_thread(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data);

void keeper_warm_threads(void (*hook)(void))
{
	atomic_store(&before, hook);
}

static void *run_warm(void *data)
{
	struct start start = *(struct start *)data;
	free(data);
	void (*hook)(void) = atomic_load(&before);
	if (hook != NULL)
		hook();
	return start.run(start.data);
}

int keeper_create_thread(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data)
{
	if (atomic_load(&before) == NULL)
		return pthread_create(thread, attributes, run, data);
	struct start *start = allocate(sizeof *start);
	start->run = run;
	start->data = data;
	int error = pthread_create(thread, attributes, run_warm, start);
	if (error != 0)
		free(start);
	return error;
}
