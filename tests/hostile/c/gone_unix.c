/* How a thread ends without a word on Unix. */
#define _GNU_SOURCE
#include "gone_private.h"
#include "must.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int last;

_Noreturn void gone_exit(void)
{
	atomic_store(&last, gone_number());
	syscall(SYS_exit, 0);
	abort();
}

int gone_last(void)
{
	return atomic_load(&last);
}

int gone_number(void)
{
	return (int)syscall(SYS_gettid);
}

void gone_end(pthread_t thread)
{
	check(pthread_cancel(thread));
}

void gone_await(pthread_t thread, atomic_int *number)
{
#ifdef __GLIBC__
	(void)number;
	check(pthread_join(thread, NULL));
#else
	int running;
	while ((running = atomic_load(number)) == 0 || syscall(SYS_tgkill, getpid(), running, 0) == 0)
		sched_yield();
	/* musl has not heard of an end by the system call, and would wait for good. */
	if (running != gone_last())
		check(pthread_join(thread, NULL));
#endif
}
