/* Calls on stacks of their own, that are left in the middle and resumed elsewhere. */
#include "../fibers.h"
#include "../must.h"

#include <pthread.h>
#include <stdbool.h>
#include <windows.h>

struct fiber {
	const struct keeper_table *table;
	void *arg;
	int value;
	int result;
	bool done;
	void *here;
	void *back;
};

static void *own_fiber(void)
{
	return IsThreadAFiber() ? GetCurrentFiber() : ConvertThreadToFiber(NULL);
}

static void CALLBACK call(void *data)
{
	struct fiber *fiber = data;
	fiber->result = fiber->table->on_event(fiber->value, fiber->arg);
	fiber->done = true;
	SwitchToFiber(fiber->back);
	abort();
}

struct fiber *fiber_new(const struct keeper_table *table, void *arg, int value)
{
	struct fiber *fiber = allocate(sizeof *fiber);
	fiber->table = table;
	fiber->arg = arg;
	fiber->value = value;
	fiber->here = CreateFiber(0, call, fiber);
	if (fiber->here == NULL)
		abort();
	return fiber;
}

int fiber_run(struct fiber *fiber)
{
	fiber->back = own_fiber();
	if (fiber->back == NULL)
		abort();
	SwitchToFiber(fiber->here);
	return fiber->done;
}

void fiber_pause(void)
{
	struct fiber *fiber = GetFiberData();
	SwitchToFiber(fiber->back);
}

static void *run(void *fiber)
{
	fiber_run(fiber);
	ConvertFiberToThread();
	return NULL;
}

int fiber_run_on_thread(struct fiber *fiber)
{
	pthread_t thread;
	check(pthread_create(&thread, NULL, run, fiber));
	check(pthread_join(thread, NULL));
	return fiber->done;
}

int fiber_result(const struct fiber *fiber)
{
	return fiber->result;
}

void fiber_free(struct fiber *fiber)
{
	DeleteFiber(fiber->here);
	free(fiber);
}
