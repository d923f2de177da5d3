/* What threads do on Windows alone. */
#include "threads.h"
#include "../must.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <windows.h>

struct call {
	const struct keeper_table *table;
	void *arg;
	int value;
	int result;
	HANDLE done;
};

static void make(struct call *call)
{
	call->result = call->table->on_event(call->value, call->arg);
	if (call->done != NULL)
		SetEvent(call->done);
}

static struct call prepare(const struct keeper_table *table, void *arg, int value)
{
	struct call call = { table, arg, value, -9, CreateEventW(NULL, FALSE, FALSE, NULL) };
	check(call.done == NULL);
	return call;
}

static int finish(struct call *call)
{
	check(WaitForSingleObject(call->done, INFINITE) != WAIT_OBJECT_0);
	check(!CloseHandle(call->done));
	return call->result;
}

_Noreturn void windows_exit_thread(void)
{
	ExitThread(0);
}

static void CALLBACK in_apc(ULONG_PTR call)
{
	make((struct call *)call);
}

int windows_call_in_apc(const struct keeper_table *table, void *arg, int value)
{
	struct call call = { table, arg, value, -9, NULL };
	check(QueueUserAPC(in_apc, GetCurrentThread(), (ULONG_PTR)&call) == 0);
	check(SleepEx(INFINITE, TRUE) != WAIT_IO_COMPLETION);
	return call.result;
}

static void CALLBACK in_pool(PTP_CALLBACK_INSTANCE instance, void *call)
{
	(void)instance;
	make(call);
}

int windows_call_in_pool(const struct keeper_table *table, void *arg, int value)
{
	struct call call = prepare(table, arg, value);
	check(!TrySubmitThreadpoolCallback(in_pool, &call, NULL));
	return finish(&call);
}

static void CALLBACK in_timer(void *call, BOOLEAN fired)
{
	(void)fired;
	make(call);
}

int windows_call_in_timer(const struct keeper_table *table, void *arg, int value)
{
	struct call call = prepare(table, arg, value);
	HANDLE timer;
	check(!CreateTimerQueueTimer(&timer, NULL, in_timer, &call, 1, 0, WT_EXECUTEONLYONCE));
	check(WaitForSingleObject(call.done, INFINITE) != WAIT_OBJECT_0);
	/* Waits for the callback's end. */
	check(!DeleteTimerQueueTimer(NULL, timer, INVALID_HANDLE_VALUE));
	check(!CloseHandle(call.done));
	return call.result;
}

static DWORD storage;

static void CALLBACK at_thread_end(void *call)
{
	make(call);
}

static DWORD WINAPI leave_to_storage(void *call)
{
	return !FlsSetValue(storage, call);
}

int windows_call_at_thread_end(const struct keeper_table *table, void *arg, int value)
{
	struct call call = { table, arg, value, -9, NULL };
	storage = FlsAlloc(at_thread_end);
	check(storage == FLS_OUT_OF_INDEXES);
	HANDLE thread = CreateThread(NULL, 0, leave_to_storage, &call, 0, NULL);
	check(thread == NULL);
	check(WaitForSingleObject(thread, INFINITE) != WAIT_OBJECT_0);
	check(!CloseHandle(thread));
	check(!FlsFree(storage));
	return call.result;
}

struct windows_thread {
	const struct keeper_table *table;
	void *arg;
	atomic_bool stop;
	atomic_long served;
	HANDLE thread;
};

static DWORD WINAPI call_on(void *data)
{
	struct windows_thread *thread = data;
	while (!atomic_load(&thread->stop)) {
		if (thread->table->on_event(7, thread->arg) >= 0)
			atomic_fetch_add(&thread->served, 1);
	}
	return 0;
}

struct windows_thread *windows_start(const struct keeper_table *table, void *arg)
{
	struct windows_thread *thread = allocate(sizeof *thread);
	thread->table = table;
	thread->arg = arg;
	thread->thread = CreateThread(NULL, 0, call_on, thread, 0, NULL);
	check(thread->thread == NULL);
	while (atomic_load(&thread->served) < 100)
		Sleep(1);
	return thread;
}

void windows_suspend(struct windows_thread *thread)
{
	CONTEXT context = { .ContextFlags = CONTEXT_CONTROL };
	check(SuspendThread(thread->thread) == (DWORD)-1);
	/* It has stopped when its registers can be read. */
	check(!GetThreadContext(thread->thread, &context));
}

void windows_resume(struct windows_thread *thread)
{
	check(ResumeThread(thread->thread) == (DWORD)-1);
}

static long joined(struct windows_thread *thread)
{
	check(WaitForSingleObject(thread->thread, INFINITE) != WAIT_OBJECT_0);
	check(!CloseHandle(thread->thread));
	long served = atomic_load(&thread->served);
	free(thread);
	return served;
}

long windows_terminate(struct windows_thread *thread)
{
	check(!TerminateThread(thread->thread, 0));
	return joined(thread);
}

long windows_stop(struct windows_thread *thread)
{
	atomic_store(&thread->stop, true);
	return joined(thread);
}
