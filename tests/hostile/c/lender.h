/* A library that is lent memory, goes on using it after its host has ended the table, and gives it back at last.
 *
 * Nothing here is checked: memory is given back as often, and as late, as the caller asks.
 */
#ifndef LENDER_H
#define LENDER_H

struct lender_table {
	/* Lends an int, with this value. NULL: there is none. */
	int *(*lend)(int value, void *user);
	/* Takes an int back. Negative: it was not taken. */
	int (*take_back)(int *lent, void *user);
	/* The library uses neither the table nor the user data any more; its result is that of lender_close. */
	int (*done)(void *user);
};

struct lender;

/* Borrows so many ints: 0, 1, ... NULL where one is not lent; then those before are given back. */
struct lender *lender_open(const struct lender_table *table, void *user, int count);
/* The sum of what was lent. */
int lender_sum(const struct lender *lender);
/* Borrows one more; whether it was lent. */
int lender_borrow(struct lender *lender, int value);
/* Gives the last of them back; what the table said. */
int lender_give_back(struct lender *lender);
/* Gives the last of them back twice; what the table said to the second. */
int lender_give_back_twice(struct lender *lender);
/* Gives everything back on a thread that is being torn down; how many were not taken. */
int lender_give_back_at_thread_exit(struct lender *lender);
/* Gives everything back when the process exits, which ends with status 99 if that is not taken, or is not this sum. For
 * one lender. */
void lender_give_back_at_exit(struct lender *lender, int sum);
/* Gives everything back on so many threads; how many were not taken. */
int lender_give_all_back(struct lender *lender, int threads);
/* Gives everything back, and frees the lender; how many were not taken. */
int lender_close(struct lender *lender);
/* As lender_close, and then says that it is done, if the table wants to know; what that said. */
int lender_finish(struct lender *lender);

#endif
