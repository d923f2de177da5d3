//go:build ignore

/* program.c: a C program that loads a Go library and keeps its table. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "../../keeper/keeper.h"

static const struct keeper_listener *table;
static void *arg;

#define EXPECT(condition)                                                  \
	do {                                                                   \
		if (!(condition)) {                                                \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);        \
			return 1;                                                      \
		}                                                                  \
	} while (0)

static void *call(void *answer)
{
	*(int *)answer = table->on_event(2, arg);
	return NULL;
}

static int call_on_thread(void)
{
	int answer = 0;
	pthread_t thread;

	if (pthread_create(&thread, NULL, call, &answer) != 0)
		return -2;
	pthread_join(thread, NULL);
	return answer;
}

int main(int argc, char **argv)
{
	void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;

	if (library == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	void *(*hold)(int, uintptr_t *) = (void *(*)(int, uintptr_t *))dlsym(library, "shared_hold");
	int (*revoke)(void) = (int (*)(void))dlsym(library, "shared_revoke");
	int (*tables)(void) = (int (*)(void))dlsym(library, "shared_tables");
	EXPECT(hold != NULL && revoke != NULL && tables != NULL);

	table = hold(40, (uintptr_t *)&arg);
	EXPECT(table != NULL && tables() == 1);
	EXPECT(table->on_event(2, arg) == 42);
	EXPECT(table->on_event(-5, arg) == -1);
	for (int i = 0; i < 100; i++)
		EXPECT(call_on_thread() == 42);
	EXPECT(revoke() == 0);
	EXPECT(table->on_event(2, arg) == -1);
	EXPECT(call_on_thread() == -1);
	/* Go libraries stay loaded; the table does too. */
	dlclose(library);
	EXPECT(table->on_event(2, arg) == -1);
	puts("as expected");
	return 0;
}
