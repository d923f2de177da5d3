/* A call from a handler of exceptions, which is what there is for signals. */
#include "../panics.h"

#include <stdlib.h>
#include <windows.h>

#define OURS ((DWORD)0xE0000001)

static const struct keeper_table *handler_table;
static void *handler_arg;
static int handler_value;
static int handler_result;

static LONG CALLBACK call_in_handler(EXCEPTION_POINTERS *exception)
{
	if (exception->ExceptionRecord->ExceptionCode != OURS)
		return EXCEPTION_CONTINUE_SEARCH;
	handler_result = handler_table->on_event(handler_value, handler_arg);
	return EXCEPTION_CONTINUE_EXECUTION;
}

int panics_call_from_handler(const struct keeper_table *table, void *arg, int value)
{
	handler_table = table;
	handler_arg = arg;
	handler_value = value;
	void *handler = AddVectoredExceptionHandler(1, call_in_handler);
	if (handler == NULL)
		abort();
	RaiseException(OURS, 0, 0, NULL);
	RemoveVectoredExceptionHandler(handler);
	return handler_result;
}
