#include "keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define THREADS_MAX 64

struct keeper {
	const struct keeper_listener *listener;
	void *arg;
	atomic_long returned;
	atomic_long refused;
	atomic_int stop;
	int value;
	int threads;
	pthread_t thread[THREADS_MAX];
};

/* One call on a thread of its own. */
struct one_call {
	struct keeper *keeper;
	int value;
	int answer;
};

struct keeper *keeper_new(const struct keeper_listener *listener, void *arg)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);

	if (keeper == NULL)
		return NULL;
	keeper->listener = listener;
	keeper->arg = arg;
	return keeper;
}

void keeper_free(struct keeper *keeper)
{
	if (keeper->listener->destroy != NULL)
		keeper->listener->destroy(keeper->arg);
	free(keeper);
}

int keeper_fire(struct keeper *keeper, int value)
{
	int answer = keeper->listener->on_event(value, keeper->arg);

	atomic_fetch_add(&keeper->returned, 1);
	if (answer == -1)
		atomic_fetch_add(&keeper->refused, 1);
	return answer;
}

static void *fire_once(void *arg)
{
	struct one_call *call = arg;

	call->answer = keeper_fire(call->keeper, call->value);
	return NULL;
}

int keeper_fire_on_thread(struct keeper *keeper, int value)
{
	struct one_call call = {.keeper = keeper, .value = value};
	pthread_t thread;

	if (pthread_create(&thread, NULL, fire_once, &call) != 0)
		return -2;
	pthread_join(thread, NULL);
	return call.answer;
}

int keeper_fire_on_threads(struct keeper *keeper, int threads, int value)
{
	int sum = 0;

	for (int i = 0; i < threads; i++)
		sum += keeper_fire_on_thread(keeper, value);
	return sum;
}

void *keeper_do(struct keeper *keeper, const char *what, int *refused)
{
	void *token;

	errno = 0;
	token = keeper->listener->on_do(what, keeper->arg);
	*refused = token == NULL ? errno : 0;
	return token;
}

void keeper_undo(struct keeper *keeper, void *token)
{
	keeper->listener->on_undo(token, keeper->arg);
}

static void *fire_on(void *arg)
{
	struct keeper *keeper = arg;

	while (!atomic_load(&keeper->stop))
		keeper_fire(keeper, keeper->value);
	return NULL;
}

int keeper_start(struct keeper *keeper, int threads, int value)
{
	keeper->value = value;
	atomic_store(&keeper->stop, 0);
	for (keeper->threads = 0; keeper->threads < threads && keeper->threads < THREADS_MAX; keeper->threads++)
		if (pthread_create(&keeper->thread[keeper->threads], NULL, fire_on, keeper) != 0)
			break;
	return keeper->threads;
}

void keeper_stop(struct keeper *keeper)
{
	atomic_store(&keeper->stop, 1);
	for (int i = 0; i < keeper->threads; i++)
		pthread_join(keeper->thread[i], NULL);
	keeper->threads = 0;
}

long keeper_returned(struct keeper *keeper)
{
	return atomic_load(&keeper->returned);
}

long keeper_refused(struct keeper *keeper)
{
	return atomic_load(&keeper->refused);
}
