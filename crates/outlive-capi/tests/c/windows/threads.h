/* threads.h: what the programs use of C11's threads, which MinGW does not have. */
#ifndef THREADS_H
#define THREADS_H

#include <stdlib.h>
#include <time.h>
#include <windows.h>

enum { thrd_success, thrd_error };
typedef HANDLE thrd_t;
typedef int (*thrd_start_t)(void *);

struct thrd_call {
	thrd_start_t function;
	void *argument;
};

static inline DWORD WINAPI thrd_begin(void *allocated)
{
	struct thrd_call call = *(struct thrd_call *)allocated;

	free(allocated);
	return (DWORD)call.function(call.argument);
}

static inline int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
	struct thrd_call *call = malloc(sizeof *call);

	if (call == NULL)
		return thrd_error;
	*call = (struct thrd_call){function, argument};
	*thread = CreateThread(NULL, 0, thrd_begin, call, 0, NULL);
	return *thread == NULL ? thrd_error : thrd_success;
}

static inline int thrd_join(thrd_t thread, int *result)
{
	DWORD code;

	if (WaitForSingleObject(thread, INFINITE) != WAIT_OBJECT_0 || !GetExitCodeThread(thread, &code))
		return thrd_error;
	if (result != NULL)
		*result = (int)code;
	CloseHandle(thread);
	return thrd_success;
}

static inline void thrd_yield(void)
{
	Sleep(0);
}

static inline int thrd_sleep(const struct timespec *time, struct timespec *left)
{
	(void)left;
	Sleep((DWORD)(time->tv_sec * 1000 + time->tv_nsec / 1000000));
	return 0;
}

#endif
