/* Threads that end without a word to anybody. */
#include "../gone.h"
#include "../must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <windows.h>

static atomic_int last;

_Noreturn void gone_exit(void)
{
	atomic_store(&last, (int)GetCurrentThreadId());
	TerminateThread(GetCurrentThread(), 0);
	abort();
}

int gone_last(void)
{
	return atomic_load(&last);
}

struct gone_thread {
	const struct keeper_table *table;
	void *arg;
	int value;
	int result;
	struct keeper_door *door;
	pthread_t thread;
};

static void *call(void *data)
{
	struct gone_thread *thread = data;
	thread->result = thread->table->on_event(thread->value, thread->arg);
	if (thread->door != NULL) {
		keeper_door_enter(thread->door);
		gone_exit();
	}
	return NULL;
}

struct gone_thread *gone_start(const struct keeper_table *table, void *arg, int value, struct keeper_door *door)
{
	struct gone_thread *thread = allocate(sizeof *thread);
	*thread = (struct gone_thread){ .table = table, .arg = arg, .value = value, .result = -9, .door = door };
	check(pthread_create(&thread->thread, NULL, call, thread));
	return thread;
}

void gone_cancel(struct gone_thread *thread)
{
	HANDLE handle = pthread_gethandle(thread->thread);
	atomic_store(&last, (int)GetThreadId(handle));
	check(!TerminateThread(handle, 0));
}

int gone_join(struct gone_thread *thread)
{
	check(pthread_join(thread->thread, NULL));
	int result = thread->result;
	free(thread);
	return result;
}
