/* How a thread ends without a word on Windows. */
#include "../gone_private.h"
#include "../must.h"

#include <windows.h>

static atomic_int last;

_Noreturn void gone_exit(void)
{
	atomic_store(&last, gone_number());
	TerminateThread(GetCurrentThread(), 0);
	abort();
}

int gone_last(void)
{
	return atomic_load(&last);
}

int gone_number(void)
{
	return (int)GetCurrentThreadId();
}

void gone_end(pthread_t thread)
{
	HANDLE handle = pthread_gethandle(thread);
	atomic_store(&last, (int)GetThreadId(handle));
	check(!TerminateThread(handle, 0));
}

void gone_await(pthread_t thread, atomic_int *number)
{
	(void)number;
	check(pthread_join(thread, NULL));
}
