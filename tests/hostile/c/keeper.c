/* Calls on the calling thread. */
#include "keeper_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct keeper *keeper_new(const struct keeper_table *table, void *arg)
{
	struct keeper *keeper = malloc(sizeof *keeper);
	if (keeper == NULL)
		abort();
	keeper->table = table;
	atomic_init(&keeper->arg, arg);
	return keeper;
}

void keeper_free(struct keeper *keeper)
{
	free(keeper);
}

void keeper_set_arg(struct keeper *keeper, void *arg)
{
	atomic_store(&keeper->arg, arg);
}

int keeper_call(struct keeper *keeper, int value)
{
	return keeper->table->on_event(value, atomic_load(&keeper->arg));
}

int keeper_call_errno(struct keeper *keeper, int value, int before, int *after)
{
	errno = before;
	int result = keeper_call(keeper, value);
	*after = errno;
	return result;
}

int keeper_call_copy(struct keeper *keeper, int value)
{
	struct keeper_table copy = *keeper->table;
	return copy.on_event(value, atomic_load(&keeper->arg));
}

int keeper_call_with(const struct keeper_table *table, int value, void *arg)
{
	return table->on_event(value, arg);
}

int keeper_call_each(struct keeper *keeper)
{
	const struct keeper_table *table = keeper->table;
	void *arg = atomic_load(&keeper->arg);
	struct keeper_point point = { 3, 4 };

	table->on_tick(arg);
	int sum = table->on_event(1, arg);
	sum += table->on_text("four", arg);
	if (table->on_point(&point, arg) == &point)
		sum += 1000;
	sum += table->on_mode(KEEPER_BUSY, arg);
	sum += table->user_data_first(arg, 20);
	sum += table->user_data_between(300, arg, 50);
	return sum;
}

int keeper_call_plain(const struct keeper_plain *table, int value)
{
	return table->on_event(value);
}

int keeper_call_object(const struct keeper_object *table, int value)
{
	return table->on_event(value, table->opaque);
}

int keeper_call_and_free(struct keeper_table *table, void *arg, int value)
{
	int result = table->on_event(value, arg);
	memset(table, 0xdb, sizeof *table);
	free(table);
	return result;
}

int keeper_link(struct keeper_linked *table, struct keeper_linked *head, void *arg, int value)
{
	table->next = head;
	table->seen++;
	return table->on_event(value, arg);
}
