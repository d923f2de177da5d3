/* Threads that end without a word to anybody. */
#include "gone_private.h"
#include "must.h"

struct gone_thread {
	const struct keeper_table *table;
	void *arg;
	int value;
	int result;
	struct keeper_door *door;
	pthread_t thread;
	/* The system's number; 0 before it runs. */
	atomic_int number;
};

static void *call(void *data)
{
	struct gone_thread *thread = data;
	atomic_store(&thread->number, gone_number());
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
	gone_end(thread->thread);
}

int gone_join(struct gone_thread *thread)
{
	gone_await(thread->thread, &thread->number);
	int result = thread->result;
	free(thread);
	return result;
}
