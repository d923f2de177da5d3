/* A call from a signal handler. */
#define _POSIX_C_SOURCE 200809L
#include "panics.h"

#include <signal.h>
#include <stdlib.h>

static const struct keeper_table *handler_table;
static void *handler_arg;
static int handler_value;
static int handler_result;

static void call_in_handler(int signal)
{
	(void)signal;
	handler_result = handler_table->on_event(handler_value, handler_arg);
}

int panics_call_from_handler(const struct keeper_table *table, void *arg, int value)
{
	struct sigaction action = { .sa_handler = call_in_handler };
	handler_table = table;
	handler_arg = arg;
	handler_value = value;
	if (sigaction(SIGUSR1, &action, NULL) != 0 || raise(SIGUSR1) != 0)
		abort();
	return handler_result;
}
