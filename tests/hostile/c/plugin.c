/* A shared object that takes a table, calls it from a thread of its own, and once more when it is
 * unloaded. It knows nothing of the rest of the library. */
#define _GNU_SOURCE
#include "keeper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static const struct keeper_table *plugin_table;
static void *plugin_arg;
static int *plugin_last;
static atomic_bool plugin_stop;
static pthread_t plugin_thread;

static void *call_on(void *data)
{
	(void)data;
	while (!atomic_load(&plugin_stop)) {
		plugin_table->on_event(1, plugin_arg);
		usleep(100);
	}
	return NULL;
}

/* Takes the table; what the last call returns goes to *last. */
__attribute__((visibility("default"))) void plugin_take(const struct keeper_table *table, void *arg, int *last);

void plugin_take(const struct keeper_table *table, void *arg, int *last)
{
	plugin_table = table;
	plugin_arg = arg;
	plugin_last = last;
	if (pthread_create(&plugin_thread, NULL, call_on, NULL) != 0)
		abort();
}

__attribute__((destructor)) static void leave(void)
{
	if (plugin_table == NULL)
		return;
	*plugin_last = plugin_table->on_event(7, plugin_arg);
	atomic_store(&plugin_stop, 1);
	pthread_join(plugin_thread, NULL);
}
