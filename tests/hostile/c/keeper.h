/* A C library that keeps callback tables and calls them at every bad moment.
 *
 * It is what the tests of the guarantees stand against. Nothing here is checked: a NULL member is
 * called only where the caller gave one, and a table is believed to be valid for as long as the
 * library has it.
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <stddef.h>

struct keeper_point {
	int x;
	int y;
};

enum keeper_mode { KEEPER_IDLE, KEEPER_BUSY };

/* Each callback takes the user data: last, first or in the middle. */
struct keeper_table {
	int (*on_event)(int value, void *arg);
	void (*on_tick)(void *arg);
	int (*on_text)(const char *text, void *arg);
	void *(*on_point)(const struct keeper_point *point, void *arg);
	int (*on_mode)(enum keeper_mode mode, void *arg);
	int (*user_data_first)(void *arg, int value);
	int (*user_data_between)(int left, void *arg, int right);
};

/* No parameter leads to the host. */
struct keeper_plain {
	int (*on_event)(int value);
	void *(*open)(int value);
	void (*close)(void *opened);
};

/* The table carries the user data. */
struct keeper_object {
	int (*on_event)(int value, void *arg);
	void *opaque;
};

/* The library writes next and seen. */
struct keeper_linked {
	int version;
	size_t size;
	int (*on_event)(int value, void *arg);
	struct keeper_linked *next;
	long seen;
};

/* Calls, on the calling thread (keeper.c). */

/* A table and its user data, as the library keeps them. It copies neither. */
struct keeper;
struct keeper *keeper_new(const struct keeper_table *table, void *arg);
void keeper_free(struct keeper *keeper);
/* Has later calls made with other user data, also those of running threads. */
void keeper_set_arg(struct keeper *keeper, void *arg);
int keeper_call(struct keeper *keeper, int value);
/* As keeper_call, with errno set to before; *after is what the callback left. */
int keeper_call_errno(struct keeper *keeper, int value, int before, int *after);
/* Through a copy of the table on the library's own stack. */
int keeper_call_copy(struct keeper *keeper, int value);
/* With user data that the library has from somewhere else. */
int keeper_call_with(const struct keeper_table *table, int value, void *arg);
/* All seven callbacks; the sum of their ints, and 1000 where on_point returned what it was given. */
int keeper_call_each(struct keeper *keeper);
int keeper_call_plain(const struct keeper_plain *table, int value);
/* With the user data that the table carries. */
int keeper_call_object(const struct keeper_object *table, int value);
/* Calls through a table from malloc, scribbles over it, and frees it. */
int keeper_call_and_free(struct keeper_table *table, void *arg, int value);
/* Links the table before head and counts a call in it; returns the call's result. */
int keeper_link(struct keeper_linked *table, struct keeper_linked *head, void *arg, int value);

/* Calls, on threads of the library's own (threads.c). */

int keeper_call_from_thread(struct keeper *keeper, int value);
int keeper_call_plain_from_thread(const struct keeper_plain *table, int value);
/* count threads, one after the other, each of which calls once; how many calls gave value. */
long keeper_call_from_threads(struct keeper *keeper, long count, int value);
/* From the destructor of a thread's pthread key. */
int keeper_call_at_thread_exit(struct keeper *keeper, int value);

/* One call in the background. */
struct keeper_job;
struct keeper_job *keeper_start(struct keeper *keeper, int value);
int keeper_join(struct keeper_job *job);

/* Threads that call as fast as they can. */
struct keeper_hammer;
struct keeper_hammer *keeper_hammer_start(struct keeper *keeper, int threads);
/* Calls begun so far. */
long keeper_hammer_calls(struct keeper_hammer *hammer);
/* Stops and joins the threads; how many calls returned 0 or more. */
long keeper_hammer_stop(struct keeper_hammer *hammer, long *calls);

/* A place where callbacks wait (threads.c). */
struct keeper_door;
struct keeper_door *keeper_door_new(void);
/* Blocks until the door is open. */
void keeper_door_enter(struct keeper_door *door);
/* Blocks until count callers have entered. */
void keeper_door_await(struct keeper_door *door, int count);
void keeper_door_open(struct keeper_door *door);
void keeper_door_free(struct keeper_door *door);

/* Whole processes (process.c, ends.c). Statuses are those of waitpid(2). */

/* In a forked child, which exits with the result. */
int keeper_call_in_child(struct keeper *keeper, int value);
/* Writes the word at the address, in a forked child; a write that succeeds exits with 0. */
int keeper_write_in_child(void *address);
/* When the process exits; writes "at exit: RESULT" to stdout. One for each process. */
void keeper_call_at_exit(struct keeper *keeper, int value);

#endif
