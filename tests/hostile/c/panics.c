/* Calls in states that an unwinding callback would leave behind. */
#define _POSIX_C_SOURCE 200809L
#include "panics.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *try_lock(void *taken)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	*(int *)taken = pthread_mutex_timedlock(&lock, &until) == 0;
	if (*(int *)taken)
		pthread_mutex_unlock(&lock);
	return NULL;
}

int panics_call_locked(const struct keeper_table *table, void *arg, int value, int *result)
{
	pthread_mutex_lock(&lock);
	*result = table->on_event(value, arg);
	pthread_mutex_unlock(&lock);

	pthread_t other;
	int taken = 0;
	if (pthread_create(&other, NULL, try_lock, &taken) != 0 || pthread_join(other, NULL) != 0)
		abort();
	return taken;
}
