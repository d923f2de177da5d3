#include "library.h"

#include <errno.h>
#include <string.h>

static const int numbers[2] = {5, 3};
static uintptr_t visited;

#define EXPECT(true_) \
	do { \
		if (!(true_)) \
			return __LINE__; \
	} while (0)

static int doubled(int number)
{
	return 2 * number;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int turned(const void *a, const void *b)
{
	return compare(b, a);
}

static void visit(const struct point *point, void *arg)
{
	visited = (uintptr_t)arg + (point != NULL);
}

int outlive_tricky_call(struct tricky *table, uintptr_t number)
{
	void *arg = (void *)number;
	struct point moved;
	struct frame frame = {.at = {1, 2}, .bytes = {1, 2, 3, 255}, .number.whole = 77, .b = 1.5f, .left = -3,
	                      .right = 9, .name = "frame", .next = &frame, .sort = doubled};
	unsigned char key[16] = {42};
	char *out = NULL;
	int value = 21;

	EXPECT(table->version == TRICKY_VERSION && table->arg == arg);
	EXPECT(table->plain(20, arg) == 21);
	moved = table->moved((struct point){3, -4}, MOOD_BAD, TRICKY_LOUD, arg);
	EXPECT(moved.x == -4 && moved.y == 3);
	table->seen(&frame, arg);
	table->seen(NULL, arg);
	EXPECT(table->walk(visit, (void *)0x1234, arg) == 1 && visited == 0x1234);
	EXPECT(table->walk(NULL, NULL, arg) == 0);
	EXPECT(table->sorted(compare, turned, arg) == 22);
	/* A number that is no function, as SIG_IGN is. */
	EXPECT(table->sorted((void *)1, NULL, arg) == 77);
	EXPECT(strcmp(table->text("key", "a\0b", 3, arg), "a text") == 0);
	EXPECT(table->type(1, -8, UINT64_MAX, 0.5, arg) == 0);
	EXPECT(table->macro((struct tricky_unknown *)&frame, &out, &value, arg) == 3 && value == 42);
	EXPECT(table->arrays(numbers, key, doubled, arg) == 5 + 42 + 10);
	EXPECT(table->chosen(7, arg) == NULL);
	EXPECT(table->onClose(7, NULL, arg) == 8);
	EXPECT(table->deep(arg) == 1L << 40);
	EXPECT(table->inner(arg) == 5);
	memset(table->reserved, 1, sizeof table->reserved);
	return 0;
}

int outlive_tricky_call_ended(struct tricky *table, uintptr_t number)
{
	void *arg = (void *)number;
	struct point moved;

	errno = 0;
	EXPECT(table->plain(20, arg) == -1 && errno == ECANCELED);
	moved = table->moved((struct point){3, -4}, MOOD_BAD, TRICKY_LOUD, arg);
	EXPECT(moved.x == 0 && moved.y == 0);
	table->seen(NULL, arg);
	EXPECT(table->text("key", "a\0b", 3, arg) == NULL);
	EXPECT(table->type(1, -8, UINT64_MAX, 0.5, arg) == 1);
	EXPECT(table->chosen(7, arg) == NULL);
	EXPECT(table->deep(arg) == -1 && table->inner(arg) == -1);
	return 0;
}

void outlive_tricky_destroy(struct tricky *table, uintptr_t arg)
{
	table->destroy((void *)arg);
}

uintptr_t outlive_tricky_number(int which)
{
	return (uintptr_t)&numbers[which];
}

uintptr_t outlive_tricky_text(void)
{
	return (uintptr_t)"a text";
}
