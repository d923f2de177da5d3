/* Threads that end without a word to anybody. */
#define _GNU_SOURCE
#include "gone.h"
#include "must.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int last;

_Noreturn void gone_exit(void)
{
	atomic_store(&last, (int)syscall(SYS_gettid));
	syscall(SYS_exit, 0);
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
	/* What the kernel calls it; 0 before it runs. */
	atomic_int number;
};

static void *call(void *data)
{
	struct gone_thread *thread = data;
	atomic_store(&thread->number, (int)syscall(SYS_gettid));
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
	check(pthread_cancel(thread->thread));
}

int gone_join(struct gone_thread *thread)
{
#ifdef __GLIBC__
	check(pthread_join(thread->thread, NULL));
#else
	int number;
	while ((number = atomic_load(&thread->number)) == 0 || syscall(SYS_tgkill, getpid(), number, 0) == 0)
		sched_yield();
	/* musl has not heard of an end by the system call, and would wait for good. */
	if (number != gone_last())
		check(pthread_join(thread->thread, NULL));
#endif
	int result = thread->result;
	free(thread);
	return result;
}
