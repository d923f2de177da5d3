/* A C library that calls tables at random and keeps a book of what came back. */
#ifndef LOAD_H
#define LOAD_H

#include <stdatomic.h>
#include <stdint.h>

#define LOAD_TOKENS 8

/* What a host is asked to do in load_table.on_event; other numbers are bad arguments. */
enum load_mode {
	LOAD_PLAIN,
	LOAD_PANIC,
	LOAD_CLOSE_SELF,
	LOAD_CLOSE_OTHER,
	LOAD_NEST,
	LOAD_SLOW,
	LOAD_MODES
};

/* C's answer: to be called once, on any thread, with the cookie that came with it. */
typedef void (*load_done)(int status, void *cookie);
/* The status where nobody answers. */
#define LOAD_DROPPED (-9)

/* on_event returns value ^ tag, open a token, close 1 where the token was live and 0 where it was
 * not, ask value ^ tag. A refused call returns -1 or NULL, and answers nothing. */
struct load_table {
	int (*on_event)(int mode, int value, const int *pointer, void *arg);
	void *(*open)(int value, void *arg);
	int (*close)(void *token, void *arg);
	int (*ask)(int value, load_done done, void *cookie, void *arg);
};

/* The table carries the user data. */
struct load_object {
	int (*on_event)(int mode, int value, const int *pointer, void *arg);
	void *(*open)(int value, void *arg);
	int (*close)(void *token, void *arg);
	int (*ask)(int value, load_done done, void *cookie, void *arg);
	void *opaque;
};

/* The library writes seen. */
struct load_linked {
	int (*on_event)(int mode, int value, const int *pointer, void *arg);
	void *(*open)(int value, void *arg);
	int (*close)(void *token, void *arg);
	int (*ask)(int value, load_done done, void *cookie, void *arg);
	atomic_long seen;
};

/* No parameter leads to the host. */
struct load_plain {
	int (*on_event)(int mode, int value, const int *pointer);
	void *(*open)(int value);
	int (*close)(void *token);
	int (*ask)(int value, load_done done, void *cookie);
};

/* The library passes the table itself. */
struct load_own {
	int (*on_event)(struct load_own *self, int mode, int value, const int *pointer);
	void *(*open)(struct load_own *self, int value);
	int (*close)(struct load_own *self, void *token);
	int (*ask)(struct load_own *self, int value, load_done done, void *cookie);
};

enum load_shape { LOAD_ARG, LOAD_OBJECT, LOAD_LINKED, LOAD_NONE, LOAD_OWN };

/* What came of the calls through one table. */
struct load_counts {
	long calls;
	long served;
	long refused;
	/* Calls that returned what no host of this table returns. */
	long wrong;
	/* Live tokens that the host did not know. */
	long lost;
	/* Stale, doubled or invented tokens that the host took for live ones. */
	long mistaken;
	/* Answers that were heard, and those that nobody gave. */
	long answered;
	long dropped;
};

/* A table as the library keeps it, with its book. */
struct load_account;
struct load_account *load_account_new(enum load_shape shape, const void *table, void *arg, int tag);
void load_account_free(struct load_account *account);
void load_account_counts(const struct load_account *account, struct load_counts *counts);
/* One random call through the table, on this thread. */
void load_account_step(struct load_account *account, uint64_t *random);

/* All tables that the library has. Accounts are added and never taken away; they are not its own. */
struct load_board;
struct load_board *load_board_new(long capacity);
void load_board_free(struct load_board *board);
/* 0 where the board is full. */
int load_board_add(struct load_board *board, struct load_account *account);
/* One random call through a random table, more often a new one than an old one. */
void load_board_step(struct load_board *board, uint64_t *random);
/* The same on a thread of its own, in its body or when it ends; waits for it. */
void load_board_step_in_thread(struct load_board *board, uint64_t *random);
/* Calls with user data that was never given out, and how many of them were served. */
void load_board_invented(const struct load_board *board, long *calls, long *served);
void load_board_invent(struct load_board *board, int served);

/* Threads of the library's own that call until they are stopped. */
struct load_threads;
struct load_threads *load_threads_start(struct load_board *board, int count, uint64_t seed);
/* Stops and joins them. */
void load_threads_stop(struct load_threads *threads);

uint64_t load_random(uint64_t *state);

#endif
