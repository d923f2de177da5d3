/* Calls and writes in children. */
#define _POSIX_C_SOURCE 200809L
#include "child.h"
#include "keeper_private.h"

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
