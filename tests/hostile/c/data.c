/* Arguments and handles that the headers forbid. */
#define _GNU_SOURCE
#include "data.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

int data_text(const struct keeper_table *table, void *arg, const char *text)
{
	return table->on_text(text, arg);
}

int data_point(const struct keeper_table *table, void *arg, const struct keeper_point *point)
{
	return table->on_point(point, arg) != NULL;
}

int data_point_misaligned(const struct keeper_table *table, void *arg)
{
	struct keeper_point point = { 3, 4 };
	char bytes[sizeof point + 8];
	char *odd = bytes + 1 + (((size_t)bytes & 1) != 0);
	memcpy(odd, &point, sizeof point);
	return data_point(table, arg, (const struct keeper_point *)(void *)odd);
}

int data_mode(const struct keeper_table *table, void *arg, int mode)
{
	return table->on_mode((enum keeper_mode)mode, arg);
}

int data_between(const struct keeper_table *table, void *arg, int left, int right)
{
	return table->user_data_between(left, arg, right);
}

/* It stays reserved, so that nobody else gets the address. */
void *data_unmapped(void)
{
#ifdef _WIN32
	void *memory = VirtualAlloc(NULL, 1, MEM_RESERVE, PAGE_NOACCESS);
	if (memory == NULL)
		abort();
#else
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *memory = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		abort();
#endif
	return memory;
}

void *data_plain_open(const struct keeper_plain *table, int value)
{
	return table->open(value);
}

void data_plain_close(const struct keeper_plain *table, void *opened)
{
	table->close(opened);
}

struct closer {
	const struct store_table *table;
	void *arg;
	void *handle;
	int result;
	pthread_barrier_t *start;
};

static void *close_handle(void *data)
{
	struct closer *closer = data;
	pthread_barrier_wait(closer->start);
	closer->result = closer->table->close(closer->handle, closer->arg);
	return NULL;
}

void data_close_at_once(const struct store_table *table, void *arg, void *handle, int results[2])
{
	pthread_barrier_t start;
	pthread_t threads[2];
	struct closer closers[2];
	if (pthread_barrier_init(&start, NULL, 2) != 0)
		abort();
	for (int i = 0; i < 2; i++) {
		closers[i] = (struct closer){ table, arg, handle, 0, &start };
		if (pthread_create(&threads[i], NULL, close_handle, &closers[i]) != 0)
			abort();
	}
	for (int i = 0; i < 2; i++) {
		if (pthread_join(threads[i], NULL) != 0)
			abort();
		results[i] = closers[i].result;
	}
	pthread_barrier_destroy(&start);
}
