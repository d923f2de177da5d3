/* Callbacks in the calling convention of the system's own API. */
#include "desktop.h"

static desktop_window window(intptr_t number)
{
	return (desktop_window)number;
}

int SYSTEM_CALL desktop_enumerate(desktop_visit visit, intptr_t param)
{
	int visited = 0;
	while (visited < 3 && visit(window(++visited), param)) {
	}
	return visited;
}

int SYSTEM_CALL desktop_enumerate_first(desktop_visit_first visit, void *user)
{
	int visited = 0;
	while (visited < 3 && visit(user, window(++visited))) {
	}
	return visited;
}

int SYSTEM_CALL desktop_compare_windows(desktop_compare compare, void *user)
{
	return compare(window(1), user, window(3));
}

int SYSTEM_CALL desktop_once(desktop_visit visit, void *user, desktop_free destroy)
{
	int result = visit(window(1), (intptr_t)user);
	destroy(user);
	return result;
}

int SYSTEM_CALL desktop_message(const struct desktop_table *table, void *arg)
{
	return table->on_message(7, 0.5, arg);
}

int SYSTEM_CALL desktop_log(const struct desktop_table *table, int value, void *arg)
{
	return table->on_log(value, arg);
}

static void SYSTEM_CALL done(int status, void *cookie)
{
	*(int *)cookie = status;
}

void SYSTEM_CALL desktop_ask(const struct desktop_table *table, int *status, void *arg)
{
	table->ask(done, status, arg);
}

static void SYSTEM_CALL add(int value, void *data)
{
	*(int *)data += value;
}

static void SYSTEM_CALL add_hundred(void *data)
{
	*(int *)data += 100;
}

void SYSTEM_CALL desktop_watch(const struct desktop_table *table, int *sum, void *arg)
{
	table->watch(add, sum, add_hundred, arg);
}

void SYSTEM_CALL desktop_close(const struct desktop_table *table, void *arg)
{
	table->on_close(arg);
}

int SYSTEM_CALL desktop_run(const struct desktop_plugin *plugin, int value, void *arg)
{
	return plugin->run(value, arg);
}

void SYSTEM_CALL desktop_unload(const struct desktop_plugin *plugin, void *arg)
{
	plugin->destroy(arg);
}

int SYSTEM_CALL desktop_call_hook(const struct desktop_hook *hook, int code)
{
	return hook->hook(code);
}
