/* What C does to the memory of a table. */
#define _GNU_SOURCE
#include "memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct keeper_table *memory_copy(const struct keeper_table *table)
{
	struct keeper_table *copy = malloc(sizeof *copy);
	if (copy == NULL)
		abort();
	*copy = *table;
	return copy;
}

void memory_free(void *memory)
{
	free(memory);
}

int memory_foreign(int value, void *arg)
{
	(void)value;
	(void)arg;
	return MEMORY_FOREIGN;
}

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

/* Writes that go through. */

void *memory_force(void *member, void *callback)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *start = (char *)((size_t)member / page * page);
	size_t length = (size_t)((char *)member + sizeof callback - start);
	if (mprotect(start, length, PROT_READ | PROT_WRITE) != 0)
		abort();
	void *before;
	memcpy(&before, member, sizeof before);
	memcpy(member, &callback, sizeof callback);
	return before;
}

void *memory_redirect_linked(struct keeper_linked *table, void *callback)
{
	void *before;
	memcpy(&before, &table->on_event, sizeof before);
	memcpy(&table->on_event, &callback, sizeof callback);
	return before;
}

int memory_call_linked(const struct keeper_linked *table, void *arg, int value)
{
	return table->on_event(value, arg);
}

int memory_walk(struct keeper_linked *head, void *const args[], int value)
{
	int sum = 0;
	for (struct keeper_linked *table = head; table != NULL; table = table->next) {
		table->seen++;
		sum += table->on_event(value, *args++);
	}
	return sum;
}

memory_callback *memory_keep_pointer(const struct keeper_table *table)
{
	return table->on_event;
}

int memory_call_pointer(memory_callback *callback, void *arg, int value)
{
	return callback(value, arg);
}

/* Two destructors at once. */

struct destruction {
	void (*destroy)(void *arg);
	void *arg;
	pthread_barrier_t start;
};

static void *destroy(void *data)
{
	struct destruction *destruction = data;
	pthread_barrier_wait(&destruction->start);
	destruction->destroy(destruction->arg);
	return NULL;
}

void memory_destroy_at_once(void (*notify)(void *arg), void *arg)
{
	struct destruction destruction = { .destroy = notify, .arg = arg };
	pthread_t threads[2];
	if (pthread_barrier_init(&destruction.start, NULL, 2) != 0)
		abort();
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&threads[i], NULL, destroy, &destruction) != 0)
			abort();
	}
	for (int i = 0; i < 2; i++) {
		if (pthread_join(threads[i], NULL) != 0)
			abort();
	}
	pthread_barrier_destroy(&destruction.start);
}
