/* What C does to the memory of a table. */
#ifndef MEMORY_H
#define MEMORY_H

#include "keeper.h"

/* A copy in memory from malloc. */
struct keeper_table *memory_copy(const struct keeper_table *table);
void memory_free(void *memory);

/* A callback of C's own: what a table leads to that C has overwritten. */
#define MEMORY_FOREIGN 9999
int memory_foreign(int value, void *arg);

/* How a write ended, in a forked child; on Windows, which has none, on a thread of its own (writes.c). */
enum memory_end {
	MEMORY_STOPPED = 42,   /* by SIGSEGV (an access violation), at the very address of the write */
	MEMORY_ELSEWHERE = 41, /* by SIGSEGV, at another */
	MEMORY_REACHED = 43,   /* not at all, and the next call went where the write said */
	MEMORY_NOWHERE = 44    /* not at all, and the next call did not */
};
/* Overwrites a function pointer with memory_foreign. */
int memory_redirect_in_child(struct keeper_table *table, void *arg);
/* Overwrites the user data that the table carries, which then leads to where a call returns expected. */
int memory_swap_in_child(struct keeper_object *table, void *other, int expected);

/* Makes pages writable (writes.c). */
void memory_open(void *address, size_t length);
/* Makes a member's page writable and overwrites the function pointer there; what was there. */
void *memory_force(void *member, void *callback);
/* The pointer of a table that C may write, overwritten; what was there. */
void *memory_redirect_linked(struct keeper_linked *table, void *callback);
int memory_call_linked(const struct keeper_linked *table, void *arg, int value);
/* Calls each table of a list, with the same user data, and counts in it; the sum. */
int memory_walk(struct keeper_linked *head, void *const args[], int value);

/* The function pointer alone. */
typedef int memory_callback(int value, void *arg);
memory_callback *memory_keep_pointer(const struct keeper_table *table);
int memory_call_pointer(memory_callback *callback, void *arg, int value);

/* Two threads that call the destructor at once. */
void memory_destroy_at_once(void (*destroy)(void *arg), void *arg);

#endif
