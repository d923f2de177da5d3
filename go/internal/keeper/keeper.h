/*
 * keeper.h: a C library that keeps a table of callbacks and calls it from wherever it likes.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <stdint.h>

struct keeper_listener {
	/* An event; the answer is added up. */
	int (*on_event)(int value, void *arg);
	/* Gives something that is handed back in on_undo; NULL with errno set is a refusal. */
	void *(*on_do)(const char *what, void *arg);
	void (*on_undo)(void *token, void *arg);
	/* The library has forgotten arg. May be NULL. */
	void (*destroy)(void *arg);
};

struct keeper;

/* Keeps the pointer. */
struct keeper *keeper_new(const struct keeper_listener *listener, void *arg);
/* Calls destroy, if it is there, and forgets the pointer. */
void keeper_free(struct keeper *keeper);

/* on_event, on this thread, on a new one, or on so many new ones, one after the other. */
int keeper_fire(struct keeper *keeper, int value);
int keeper_fire_on_thread(struct keeper *keeper, int value);
int keeper_fire_on_threads(struct keeper *keeper, int threads, int value);

/* on_do, and what it gave or, if it refused, errno. */
void *keeper_do(struct keeper *keeper, const char *what, int *refused);
void keeper_undo(struct keeper *keeper, void *token);
/* Threads that call on_event again and again until keeper_stop, which waits for them. */
int keeper_start(struct keeper *keeper, int threads, int value);
void keeper_stop(struct keeper *keeper);

/* How many calls of on_event have returned to the library, and how many of them gave -1. */
long keeper_returned(struct keeper *keeper);
long keeper_refused(struct keeper *keeper);

/* The same for hosts whose numbers must not look like pointers. */
static inline struct keeper *keeper_new_number(const struct keeper_listener *listener, uintptr_t arg)
{
	return keeper_new(listener, (void *)arg);
}

static inline void keeper_undo_number(struct keeper *keeper, uintptr_t token)
{
	keeper_undo(keeper, (void *)token);
}

static inline uintptr_t keeper_do_number(struct keeper *keeper, const char *what, int *refused)
{
	return (uintptr_t)keeper_do(keeper, what, refused);
}

#endif
