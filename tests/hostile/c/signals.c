/* Calls from signal handlers, at any instruction of what they interrupt. */
#define _GNU_SOURCE
#include "signals.h"
#include "must.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

/* The handlers run on the thread that they interrupt: a compiler barrier is enough. */
static const struct keeper_table *volatile watched;
static void *volatile watched_arg;
static volatile int watched_value;
static volatile int watched_expected;
static volatile struct signals_seen seen;
static volatile long to_skip;
static volatile long to_call = -1;

static void look(int signal)
{
	(void)signal;
	const struct keeper_table *table = watched;
	if (table == NULL)
		return;
	if (to_skip > 0) {
		to_skip--;
		return;
	}
	if (to_call == 0)
		return;
	to_call -= to_call > 0;
	int saved = errno;
	int result = table->on_event(watched_value, watched_arg);
	int kind = result == watched_expected ? 1 : result == -1 ? 2 : 3;
	if (kind == 1)
		seen.served++;
	else if (kind == 2)
		seen.refused++;
	else
		seen.other++, seen.stranger = result;
	seen.changes += seen.last != 0 && seen.last != kind;
	seen.last = kind;
	errno = saved;
}

void signals_watch(const struct keeper_table *table, void *arg, int value, int expected)
{
	watched = NULL;
	watched_arg = arg;
	watched_value = value;
	watched_expected = expected;
	watched = table;
}

void signals_watch_nothing(void)
{
	watched = NULL;
}

struct signals_seen signals_take_seen(void)
{
	struct signals_seen taken = seen;
	memset((void *)&seen, 0, sizeof seen);
	return taken;
}

void signals_call_after(long skipped, long calls)
{
	to_call = calls;
	to_skip = skipped;
}

void signals_start_timer(long microseconds)
{
	struct sigaction action = { .sa_handler = look, .sa_flags = SA_RESTART };
	struct itimerval timer = { { 0, microseconds }, { 0, microseconds } };
	check(sigaction(SIGALRM, &action, NULL));
	check(setitimer(ITIMER_REAL, &timer, NULL));
}

void signals_stop_timer(void)
{
	struct itimerval none = { { 0, 0 }, { 0, 0 } };
	check(setitimer(ITIMER_REAL, &none, NULL));
	check(signal(SIGALRM, SIG_IGN) == SIG_ERR);
}

#ifdef __x86_64__

int signals_can_step(void)
{
	/* valgrind runs code of its own in the place of ours, and has no trap flag. */
	const char *preloaded = getenv("LD_PRELOAD");
	return preloaded == NULL || strstr(preloaded, "vgpreload") == NULL;
}

/* It steps no further when it has nothing more to call. */
static void step(int signal, siginfo_t *info, void *context)
{
	(void)info;
	look(signal);
	if (to_call == 0)
		((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x100LL;
}

/* The 128 bytes below the stack pointer belong to the function around. */
void signals_begin_steps(void)
{
	struct sigaction action = { .sa_sigaction = step, .sa_flags = SA_SIGINFO };
	check(sigaction(SIGTRAP, &action, NULL));
	if (!signals_can_step())
		return;
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tlea 128(%%rsp), %%rsp"
			 :
			 :
			 : "memory", "cc");
}

void signals_end_steps(void)
{
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq\n\tlea 128(%%rsp), %%rsp"
			 :
			 :
			 : "memory", "cc");
}

#else

int signals_can_step(void)
{
	return 0;
}

void signals_begin_steps(void)
{
}

void signals_end_steps(void)
{
}

#endif

int signals_step_call(const struct keeper_table *table, void *arg, int value)
{
	signals_begin_steps();
	int result = table->on_event(value, arg);
	signals_end_steps();
	return result;
}

/* A stack of the handler's own. */

#define OTHER_STACK ((size_t)256 * 1024)

static const struct keeper_table *other_table;
static void *other_arg;
static int other_value;
static int other_result;
static char *other_stack;

static void call_there(int signal)
{
	(void)signal;
	char here;
	uintptr_t at = (uintptr_t)&here, from = (uintptr_t)other_stack;
	check(at < from || at >= from + OTHER_STACK);
	other_result = other_table->on_event(other_value, other_arg);
}

int signals_call_on_other_stack(const struct keeper_table *table, void *arg, int value)
{
	other_table = table;
	other_arg = arg;
	other_value = value;
	if (other_stack == NULL)
		other_stack = malloc(OTHER_STACK);
	check(other_stack == NULL);
	stack_t stack = { .ss_sp = other_stack, .ss_size = OTHER_STACK }, before;
	struct sigaction action = { .sa_handler = call_there, .sa_flags = SA_ONSTACK };
	check(sigaltstack(&stack, &before));
	check(sigaction(SIGUSR1, &action, NULL));
	check(raise(SIGUSR1));
	check(sigaltstack(&before, NULL));
	return other_result;
}
