/* Writes where nobody may write. */
#define _GNU_SOURCE
#include "memory.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A write in a child, and where it stopped. */

static void *volatile written;

static void stopped(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	_exit(info->si_addr == written ? MEMORY_STOPPED : MEMORY_ELSEWHERE);
}

/* 0 in the child; in the parent, how the child ended. */
static int fork_to_write(void *address)
{
	pid_t child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		struct rlimit none = { 0, 0 };
		struct sigaction action = { .sa_sigaction = stopped, .sa_flags = SA_SIGINFO };
		setrlimit(RLIMIT_CORE, &none);
		alarm(60);
		written = address;
		if (sigaction(SIGSEGV, &action, NULL) != 0)
			abort();
		return 0;
	}
	int status = 0;
	if (waitpid(child, &status, 0) != child)
		abort();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int memory_redirect_in_child(struct keeper_table *table, void *arg)
{
	struct keeper_table volatile *target = table;
	int end = fork_to_write(&table->on_event);
	if (end != 0)
		return end;
	target->on_event = memory_foreign;
	_exit(table->on_event(1, arg) == MEMORY_FOREIGN ? MEMORY_REACHED : MEMORY_NOWHERE);
}

int memory_swap_in_child(struct keeper_object *table, void *other, int expected)
{
	struct keeper_object volatile *target = table;
	int end = fork_to_write(&table->opaque);
	if (end != 0)
		return end;
	target->opaque = other;
	_exit(table->on_event(1, table->opaque) == expected ? MEMORY_REACHED : MEMORY_NOWHERE);
}

void memory_open(void *address, size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *start = (char *)((size_t)address / page * page);
	length += (size_t)((char *)address - start);
	if (mprotect(start, length, PROT_READ | PROT_WRITE) != 0)
		abort();
}
