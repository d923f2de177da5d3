/* Children, and the end of the process. */
#define _POSIX_C_SOURCE 200809L
#include "keeper_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Forks; in the child, without a core file should it crash. */
static pid_t fork_child(void)
{
	pid_t child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		struct rlimit none = { 0, 0 };
		setrlimit(RLIMIT_CORE, &none);
		/* A child that hangs must not outlive the test. */
		alarm(60);
	}
	return child;
}

static int status_of(pid_t child)
{
	int status = 0;
	if (waitpid(child, &status, 0) != child)
		abort();
	return status;
}

int keeper_call_in_child(struct keeper *keeper, int value)
{
	pid_t child = fork_child();
	if (child == 0)
		_exit(keeper_call(keeper, value));
	return status_of(child);
}

int keeper_write_in_child(void *address)
{
	pid_t child = fork_child();
	if (child == 0) {
		*(void *volatile *)address = NULL;
		_exit(0);
	}
	return status_of(child);
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
