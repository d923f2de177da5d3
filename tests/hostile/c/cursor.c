/* Modules and their cursors. */
#define _POSIX_C_SOURCE 200809L
#include "cursor.h"

#include "must.h"

#include <pthread.h>
#include <stdlib.h>

static struct cursor *opened(const struct cursor_module *functions, void *module, int closes)
{
	struct cursor *cursor = allocate(sizeof *cursor);
	cursor->opened = functions->open(module, cursor) == 0;
	if (cursor->opened)
		return cursor;
	if (closes)
		functions->close(cursor);
	free(cursor);
	return NULL;
}

struct cursor *cursor_open(const struct cursor_module *functions, void *module)
{
	return opened(functions, module, 0);
}

struct cursor *cursor_open_or_close(const struct cursor_module *functions, void *module)
{
	return opened(functions, module, 1);
}

int cursor_next(const struct cursor_module *functions, struct cursor *cursor, int step)
{
	return functions->next(cursor, step);
}

int cursor_close(const struct cursor_module *functions, struct cursor *cursor)
{
	return functions->close(cursor);
}

struct closing {
	const struct cursor_module *functions;
	struct cursor *cursor;
	int result;
};

static void *run(void *arg)
{
	struct closing *closing = arg;
	closing->result = cursor_close(closing->functions, closing->cursor);
	return NULL;
}

int cursor_close_on_thread(const struct cursor_module *functions, struct cursor *cursor)
{
	struct closing closing = { functions, cursor, 0 };
	pthread_t thread;
	check(pthread_create(&thread, NULL, run, &closing));
	check(pthread_join(thread, NULL));
	return closing.result;
}

void cursor_free(struct cursor *cursor)
{
	free(cursor);
}
