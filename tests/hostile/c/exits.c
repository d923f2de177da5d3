/* Ways out of a callback other than a return. */
#define _GNU_SOURCE
#include "child.h"
#include "exits.h"
#include "must.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <unwind.h>

/* Jumps. */

static _Thread_local sigjmp_buf place;

void exits_call_or_jump(const struct keeper_table *table, void *arg, int value, int *result)
{
	if (sigsetjmp(place, 1) == 0)
		*result = table->on_event(value, arg);
}

void exits_jump(void)
{
	siglongjmp(place, 1);
}

static void jump_in_handler(int signal)
{
	(void)signal;
	siglongjmp(place, 1);
}

void exits_jump_from_handler(void)
{
	struct sigaction action = { .sa_handler = jump_in_handler };
	check(sigaction(SIGUSR2, &action, NULL));
	check(raise(SIGUSR2));
}

struct exits_thread {
	const struct keeper_table *table;
	void *arg;
	int value;
	int result;
	struct keeper_door *door;
	pthread_t thread;
};

static void *jump_and_wait(void *data)
{
	struct exits_thread *thread = data;
	exits_call_or_jump(thread->table, thread->arg, thread->value, &thread->result);
	keeper_door_enter(thread->door);
	return NULL;
}

struct exits_thread *exits_start(const struct keeper_table *table, void *arg, int value, struct keeper_door *door)
{
	struct exits_thread *thread = allocate(sizeof *thread);
	*thread = (struct exits_thread){ .table = table, .arg = arg, .value = value, .door = door };
	check(pthread_create(&thread->thread, NULL, jump_and_wait, thread));
	return thread;
}

int exits_join(struct exits_thread *thread)
{
	check(pthread_join(thread->thread, NULL));
	int result = thread->result;
	free(thread);
	return result;
}

/* The end of a thread. */

static void *call(void *data)
{
	struct exits_thread *thread = data;
	thread->result = thread->table->on_event(thread->value, thread->arg);
	return NULL;
}

void exits_leave_thread(void)
{
	pthread_exit(NULL);
}

int exits_call_on_thread(const struct keeper_table *table, void *arg, int value)
{
	struct exits_thread thread = { .table = table, .arg = arg, .value = value };
	check(pthread_create(&thread.thread, NULL, call, &thread));
	check(pthread_join(thread.thread, NULL));
	return thread.result;
}

static atomic_bool waiting;

void exits_await_cancel(void)
{
	atomic_store(&waiting, true);
	for (;;)
		pause();
}

void exits_cancel_inside(const struct keeper_table *table, void *arg, int value)
{
	struct exits_thread thread = { .table = table, .arg = arg, .value = value };
	check(pthread_create(&thread.thread, NULL, call, &thread));
	while (!atomic_load(&waiting))
		usleep(1000);
	check(pthread_cancel(thread.thread));
	check(pthread_join(thread.thread, NULL));
}

/* An exception as other languages throw it (Itanium C++ ABI, level I: the base ABI). */

static void forget(_Unwind_Reason_Code reason, struct _Unwind_Exception *exception)
{
	(void)reason;
	(void)exception;
}

void exits_throw(void)
{
	static struct _Unwind_Exception exception;
	exception.exception_class = 0x4f55544c49564500; /* "OUTLIVE" */
	exception.exception_cleanup = forget;
	_Unwind_RaiseException(&exception);
	/* Nobody on the stack would catch it. */
	abort();
}

/* The end of the process. */

void exits_exec(int status)
{
	char command[32];
	snprintf(command, sizeof command, "exit %d", status);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static const struct keeper_table *quick_table;
static void *quick_arg;
static int quick_value;

static void call_at_quick_exit(void)
{
	_exit(quick_table->on_event(quick_value, quick_arg));
}

void exits_quick(const struct keeper_table *table, void *arg, int value)
{
	quick_table = table;
	quick_arg = arg;
	quick_value = value;
	check(at_quick_exit(call_at_quick_exit));
	quick_exit(99);
}

void exits_stay(void)
{
	atomic_store(&waiting, true);
	for (;;)
		pause();
}

int exits_exit_around(const struct keeper_table *table, void *arg, int value, int status)
{
	int child = child_fork();
	if (child != 0)
		return child_await(child);
	struct exits_thread *thread = allocate(sizeof *thread);
	*thread = (struct exits_thread){ .table = table, .arg = arg, .value = value };
	check(pthread_create(&thread->thread, NULL, call, thread));
	while (!atomic_load(&waiting))
		usleep(1000);
	exit(status);
}

int exits_call_in_child(const struct keeper_table *table, void *arg, int value)
{
	int child = child_fork();
	if (child == 0)
		_exit(table->on_event(value, arg));
	return child_await(child);
}
