/* Calls in states that an unwinding callback would leave behind. */
#define _POSIX_C_SOURCE 200809L
#include "panics.h"

#include <pthread.h>
#include <signal.h>
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

static const struct keeper_table *handler_table;
static void *handler_arg;
static int handler_value;
static int handler_result;

static void call_in_handler(int signal)
{
	(void)signal;
	handler_result = handler_table->on_event(handler_value, handler_arg);
}

int panics_call_from_handler(const struct keeper_table *table, void *arg, int value)
{
	struct sigaction action = { .sa_handler = call_in_handler };
	handler_table = table;
	handler_arg = arg;
	handler_value = value;
	if (sigaction(SIGUSR1, &action, NULL) != 0 || raise(SIGUSR1) != 0)
		abort();
	return handler_result;
}
