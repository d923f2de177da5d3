/* The last moments of a process. */
#define _GNU_SOURCE
#include "ends.h"
#include "keeper_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void ends_exit_child(int status)
{
	_exit(status);
}

#define MOST 4

struct last_call {
	const struct keeper_table *table;
	void *arg;
	int value;
	int expected;
};

struct last_calls {
	struct last_call calls[MOST];
	int count;
};

static struct last_calls at_exit, in_destructor;

static void add(struct last_calls *calls, struct last_call call)
{
	if (calls->count == MOST)
		abort();
	calls->calls[calls->count++] = call;
}

static void make(const struct last_calls *calls, const char *when)
{
	for (int i = 0; i < calls->count; i++) {
		struct last_call call = calls->calls[i];
		int result = call.table->on_event(call.value, call.arg);
		if (result == call.expected)
			continue;
		fprintf(stderr, "fatal: %s: %d, not %d\n", when, result, call.expected);
		_exit(99);
	}
}

static void call_at_exit(void)
{
	make(&at_exit, "at exit");
}

void ends_call_at_exit(const struct keeper_table *table, void *arg, int value, int expected)
{
	if (at_exit.count == 0 && atexit(call_at_exit) != 0)
		abort();
	add(&at_exit, (struct last_call){ table, arg, value, expected });
}

void ends_call_in_destructor(const struct keeper_table *table, void *arg, int value, int expected)
{
	add(&in_destructor, (struct last_call){ table, arg, value, expected });
}

__attribute__((destructor)) static void call_in_destructor(void)
{
	make(&in_destructor, "in a destructor");
}

/* One call, whose result is written. */

static struct keeper *last_keeper;
static int last_value;

static void say_at_exit(void)
{
	printf("at exit: %d\n", keeper_call(last_keeper, last_value));
	fflush(stdout);
}

void keeper_call_at_exit(struct keeper *keeper, int value)
{
	last_keeper = keeper;
	last_value = value;
	if (atexit(say_at_exit) != 0)
		abort();
}
