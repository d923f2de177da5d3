/* Children, and the end of the process. */
#define _POSIX_C_SOURCE 200809L
#include "child.h"
#include "keeper_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int keeper_call_in_child(struct keeper *keeper, int value)
{
	int child = child_fork();
	if (child == 0)
		_exit(keeper_call(keeper, value));
	return child_await(child);
}

int keeper_write_in_child(void *address)
{
	int child = child_fork();
	if (child == 0) {
		*(void *volatile *)address = NULL;
		_exit(0);
	}
	return child_await(child);
}

static struct keeper *last_keeper;
static int last_value;

static void call_at_exit(void)
{
	printf("at exit: %d\n", keeper_call(last_keeper, last_value));
	fflush(stdout);
}

void keeper_call_at_exit(struct keeper *keeper, int value)
{
	last_keeper = keeper;
	last_value = value;
	if (atexit(call_at_exit) != 0)
		abort();
}
