/* Writes where nobody may write. There are no children that could be killed for it: a thread writes, and an access
 * violation ends that. What went through is put back. */
#include "../memory.h"

#include <stdlib.h>
#include <windows.h>

/* Where the thread that writes is about to. */
static void *volatile written;
static DWORD volatile writer;

static LONG CALLBACK stopped(EXCEPTION_POINTERS *exception)
{
	const EXCEPTION_RECORD *record = exception->ExceptionRecord;
	if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION || GetCurrentThreadId() != writer)
		return EXCEPTION_CONTINUE_SEARCH;
	ExitThread((void *)record->ExceptionInformation[1] == written ? MEMORY_STOPPED : MEMORY_ELSEWHERE);
}

struct write {
	void **address;
	void *word;
	/* What to call then, if anything. */
	int (*callback)(int value, void *arg);
	void *arg;
	int expected;
};

static DWORD WINAPI write_there(void *data)
{
	const struct write *write = data;
	void *volatile *address = write->address;
	writer = GetCurrentThreadId();
	written = write->address;
	void *before = *address;
	*address = write->word;
	int (*volatile *callback)(int, void *) = (int (*volatile *)(int, void *))(void *)address;
	int result = write->callback == NULL ? (*callback)(1, write->arg) : write->callback(1, write->word);
	*address = before;
	return result == write->expected ? MEMORY_REACHED : MEMORY_NOWHERE;
}

/* One writes at a time. */
static SRWLOCK lock = SRWLOCK_INIT;

static int on_a_thread(DWORD(WINAPI *run)(void *), void *data)
{
	static BOOL is_handled;
	AcquireSRWLockExclusive(&lock);
	if (!is_handled)
		is_handled = AddVectoredExceptionHandler(1, stopped) != NULL;
	HANDLE thread = CreateThread(NULL, 0, run, data, 0, NULL);
	DWORD end;
	if (!is_handled || thread == NULL || WaitForSingleObject(thread, 60000) != WAIT_OBJECT_0 ||
	    !GetExitCodeThread(thread, &end) || !CloseHandle(thread))
		abort();
	ReleaseSRWLockExclusive(&lock);
	return (int)end;
}

int memory_redirect_in_child(struct keeper_table *table, void *arg)
{
	struct write write = { (void **)(void *)&table->on_event, (void *)memory_foreign, NULL, arg, MEMORY_FOREIGN };
	return on_a_thread(write_there, &write);
}

int memory_swap_in_child(struct keeper_object *table, void *other, int expected)
{
	struct write write = { &table->opaque, other, table->on_event, NULL, expected };
	return on_a_thread(write_there, &write);
}

static DWORD WINAPI clear(void *address)
{
	void *volatile *word = address;
	writer = GetCurrentThreadId();
	written = address;
	void *before = *word;
	*word = NULL;
	*word = before;
	return 0;
}

int keeper_write_in_child(void *address)
{
	/* As waitpid(2) says it of a process that SIGSEGV has killed. */
	return on_a_thread(clear, address) == MEMORY_STOPPED ? 11 : 0;
}

void memory_open(void *address, size_t length)
{
	DWORD before;
	if (!VirtualProtect(address, length, PAGE_READWRITE, &before))
		abort();
}
