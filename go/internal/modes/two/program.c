/* program.c: a C program that loads two Go libraries, each with a copy of outlive, and keeps a table of each. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "../../keeper/keeper.h"

struct library {
	const struct keeper_listener *table;
	void *arg;
	int (*revoke)(void);
	int (*tables)(void);
};

#define EXPECT(condition)                                                  \
	do {                                                                   \
		if (!(condition)) {                                                \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);        \
			return 1;                                                      \
		}                                                                  \
	} while (0)

static int load(const char *path, int how, int to, struct library *library)
{
	void *loaded = dlopen(path, RTLD_NOW | how);

	if (loaded == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		return 0;
	}
	void *(*hold)(int, uintptr_t *) = (void *(*)(int, uintptr_t *))dlsym(loaded, "shared_hold");
	library->revoke = (int (*)(void))dlsym(loaded, "shared_revoke");
	library->tables = (int (*)(void))dlsym(loaded, "shared_tables");
	library->table = hold(to, (uintptr_t *)&library->arg);
	return library->table != NULL;
}

static int event(const struct library *library, int value)
{
	return library->table->on_event(value, library->arg);
}

static void *events(void *arg)
{
	const struct library *libraries = arg;
	intptr_t wrong = 0;

	for (int i = 0; i < 1000; i++)
		wrong += event(&libraries[0], i) != 100 + i || event(&libraries[1], i) != 200 + i;
	return (void *)wrong;
}

int main(int argc, char **argv)
{
	struct library libraries[2];
	pthread_t threads[4];

	EXPECT(argc == 3);
	/* What the first one has stands before what the second one has, where that does not see to it. */
	EXPECT(load(argv[1], RTLD_GLOBAL, 100, &libraries[0]));
	EXPECT(load(argv[2], RTLD_LOCAL, 200, &libraries[1]));
	EXPECT(libraries[0].table != libraries[1].table);
	for (int i = 0; i < 2; i++)
		EXPECT(libraries[i].tables() == 1);

	for (int i = 0; i < 4; i++)
		EXPECT(pthread_create(&threads[i], NULL, events, libraries) == 0);
	for (int i = 0; i < 4; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		EXPECT(wrong == NULL);
	}

	/* User data of the other copy is a number that this one does not know. */
	EXPECT(libraries[0].table->on_event(1, libraries[1].arg) == -1);
	EXPECT(libraries[1].table->on_event(1, libraries[0].arg) == -1);

	EXPECT(libraries[0].revoke() == 0);
	EXPECT(event(&libraries[0], 2) == -1);
	EXPECT(event(&libraries[1], 2) == 202);
	EXPECT(libraries[1].revoke() == 0);
	EXPECT(event(&libraries[1], 2) == -1);
	puts("as expected");
	return 0;
}
