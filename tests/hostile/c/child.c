/* Children of the process. */
#define _GNU_SOURCE
#include "child.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int child_fork(void)
{
	pid_t child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		struct rlimit none = { 0, 0 };
		setrlimit(RLIMIT_CORE, &none);
		alarm(30);
	}
	return child;
}

int child_await(int child)
{
	int status = 0;
	if (waitpid(child, &status, 0) != child)
		abort();
	return status;
}
