/* Calls on stacks of their own, that are left in the middle and resumed elsewhere. */
#define _GNU_SOURCE
#include "fibers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) 0u
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

/* ThreadSanitizer keeps a stack of its own for each of ours, and is told of every switch. */
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#else
#define __tsan_create_fiber(flags) NULL
#define __tsan_get_current_fiber() NULL
#define __tsan_switch_to_fiber(shadow, flags) ((void)(shadow))
#define __tsan_destroy_fiber(shadow) ((void)(shadow))
#endif

/* musl has none of these: the scenarios are skipped there. */
#pragma weak getcontext
#pragma weak makecontext
#pragma weak swapcontext

#define STACK ((size_t)256 * 1024)

struct fiber {
	const struct keeper_table *table;
	void *arg;
	int value;
	int result;
	bool done;
	ucontext_t here;
	ucontext_t back;
	char *stack;
	/* What valgrind calls the stack, which it would take for the thread's own, grown. */
	unsigned known_as;
	/* What ThreadSanitizer calls it, and what it goes back to. */
	void *shadow_here;
	void *shadow_back;
};

static _Thread_local struct fiber *current;

/* Not inlined: a fiber that goes on elsewhere must ask for its thread's variable again. */
__attribute__((noinline)) static struct fiber *swap_current(struct fiber *next)
{
	struct fiber *previous = current;
	current = next;
	return previous;
}

static void call(unsigned high, unsigned low)
{
	struct fiber *fiber = (struct fiber *)(uintptr_t)((uint64_t)high << 32 | low);
	fiber->result = fiber->table->on_event(fiber->value, fiber->arg);
	fiber->done = true;
	__tsan_switch_to_fiber(fiber->shadow_back, 0);
	swapcontext(&fiber->here, &fiber->back);
	abort();
}

struct fiber *fiber_new(const struct keeper_table *table, void *arg, int value)
{
	struct fiber *fiber = calloc(1, sizeof *fiber);
	if (fiber == NULL || getcontext(&fiber->here) != 0)
		abort();
	fiber->table = table;
	fiber->arg = arg;
	fiber->value = value;
	fiber->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fiber->stack == MAP_FAILED)
		abort();
	fiber->known_as = VALGRIND_STACK_REGISTER(fiber->stack, fiber->stack + STACK);
	fiber->shadow_here = __tsan_create_fiber(0);
	fiber->here.uc_stack.ss_sp = fiber->stack;
	fiber->here.uc_stack.ss_size = STACK;
	uint64_t address = (uintptr_t)fiber;
	makecontext(&fiber->here, (void (*)(void))call, 2, (unsigned)(address >> 32), (unsigned)address);
	return fiber;
}

int fiber_run(struct fiber *fiber)
{
	struct fiber *previous = swap_current(fiber);
	fiber->shadow_back = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(fiber->shadow_here, 0);
	if (swapcontext(&fiber->back, &fiber->here) != 0)
		abort();
	swap_current(previous);
	return fiber->done;
}

void fiber_pause(void)
{
	struct fiber *fiber = current;
	if (fiber == NULL)
		abort();
	__tsan_switch_to_fiber(fiber->shadow_back, 0);
	if (swapcontext(&fiber->here, &fiber->back) != 0)
		abort();
}

static void *run(void *fiber)
{
	fiber_run(fiber);
	return NULL;
}

int fiber_run_on_thread(struct fiber *fiber)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, run, fiber) != 0 || pthread_join(thread, NULL) != 0)
		abort();
	return fiber->done;
}

int fiber_result(const struct fiber *fiber)
{
	return fiber->result;
}

void fiber_free(struct fiber *fiber)
{
	VALGRIND_STACK_DEREGISTER(fiber->known_as);
	__tsan_destroy_fiber(fiber->shadow_here);
	munmap(fiber->stack, STACK);
	free(fiber);
}
