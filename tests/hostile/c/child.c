/* Children of the process. */
#define _GNU_SOURCE
#include "child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* NULL where the C library does not have it: glibc does since 2.34. */
__attribute__((weak)) pid_t _Fork(void);

static pid_t by_system_call(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0UL);
}

int child_can(enum child_how how)
{
	return how != CHILD_UNDERSCORE_FORK || _Fork != NULL;
}

static pid_t make(enum child_how how)
{
	if (how == CHILD_FORK)
		return fork();
	if (how == CHILD_UNDERSCORE_FORK)
		return _Fork();
	return by_system_call();
}

int child_fork_by(enum child_how how)
{
	pid_t child = make(how);
	if (child < 0)
		abort();
	if (child == 0) {
		struct rlimit none = { 0, 0 };
		setrlimit(RLIMIT_CORE, &none);
		alarm(30);
	}
	return child;
}

int child_fork(void)
{
	return child_fork_by(CHILD_FORK);
}

int child_vfork_and_exec(int milliseconds, int status)
{
	char command[32];
	char *arguments[] = { "sh", "-c", command, NULL };
	struct timespec pause = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
	snprintf(command, sizeof command, "exit %d", status);
	pid_t child = vfork();
	if (child < 0)
		abort();
	if (child == 0) {
		nanosleep(&pause, NULL);
		execv("/bin/sh", arguments);
		_exit(127);
	}
	return child_await(child);
}

int child_await(int child)
{
	int status = 0;
	if (waitpid(child, &status, 0) != child)
		abort();
	return status;
}

int child_wipes_memory(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		abort();
	int advised = madvise((void *)memory, page, MADV_WIPEONFORK);
	*memory = 1;
	int child = child_fork();
	if (child == 0)
		_exit(*memory);
	int status = child_await(child);
	munmap((void *)memory, page);
	return advised == 0 && status == 0;
}
