/* Memory that the host lends. */
#define _POSIX_C_SOURCE 200809L
#include "lender.h"

#include "must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_LENT = 256, MOST_THREADS = 8 };

struct lender {
	const struct lender_table *table;
	void *user;
	int *lent[MOST_LENT];
	atomic_int count;
};

struct lender *lender_open(const struct lender_table *table, void *user, int count)
{
	struct lender *lender = allocate(sizeof *lender);
	lender->table = table;
	lender->user = user;
	for (int i = 0; i < count; i++) {
		if (!lender_borrow(lender, i)) {
			lender_close(lender);
			return NULL;
		}
	}
	return lender;
}

int lender_borrow(struct lender *lender, int value)
{
	int *lent = lender->table->lend(value, lender->user);
	if (lent == NULL)
		return 0;
	check(atomic_load(&lender->count) == MOST_LENT);
	lender->lent[atomic_fetch_add(&lender->count, 1)] = lent;
	return 1;
}

int lender_sum(const struct lender *lender)
{
	int sum = 0;
	for (int i = 0; i < atomic_load(&lender->count); i++)
		sum += *lender->lent[i];
	return sum;
}

int lender_give_back(struct lender *lender)
{
	int last = atomic_fetch_sub(&lender->count, 1) - 1;
	check(last < 0);
	/* What is lent is the library's until it is given back. */
	*lender->lent[last] = -1;
	return lender->table->take_back(lender->lent[last], lender->user);
}

int lender_give_back_twice(struct lender *lender)
{
	int last = atomic_fetch_sub(&lender->count, 1) - 1;
	check(last < 0);
	lender->table->take_back(lender->lent[last], lender->user);
	return lender->table->take_back(lender->lent[last], lender->user);
}

static void *give_back(void *arg)
{
	struct lender *lender = arg;
	size_t refused = 0;
	for (;;) {
		int count = atomic_load(&lender->count);
		do {
			if (count == 0)
				return (void *)refused;
		} while (!atomic_compare_exchange_weak(&lender->count, &count, count - 1));
		if (lender->table->take_back(lender->lent[count - 1], lender->user) < 0)
			refused++;
	}
}

int lender_give_all_back(struct lender *lender, int threads)
{
	pthread_t ids[MOST_THREADS];
	size_t refused = 0;
	for (int i = 0; i < threads; i++)
		check(pthread_create(&ids[i], NULL, give_back, lender));
	for (int i = 0; i < threads; i++) {
		void *result;
		check(pthread_join(ids[i], &result));
		refused += (size_t)result;
	}
	return (int)refused;
}

static pthread_key_t at_thread_exit;
static size_t refused_at_thread_exit;

static void give_back_at_thread_exit(void *lender)
{
	refused_at_thread_exit = (size_t)give_back(lender);
}

static void *leave_it_to_the_end(void *lender)
{
	check(pthread_setspecific(at_thread_exit, lender));
	return NULL;
}

int lender_give_back_at_thread_exit(struct lender *lender)
{
	pthread_t thread;
	check(pthread_key_create(&at_thread_exit, give_back_at_thread_exit));
	check(pthread_create(&thread, NULL, leave_it_to_the_end, lender));
	check(pthread_join(thread, NULL));
	check(pthread_key_delete(at_thread_exit));
	return (int)refused_at_thread_exit;
}

static struct lender *left_to_the_exit;
static int sum_at_exit;

static void give_back_at_exit(void)
{
	int sum = lender_sum(left_to_the_exit);
	int refused = lender_close(left_to_the_exit);
	if (sum == sum_at_exit && refused == 0)
		return;
	fprintf(stderr, "fatal: at exit: %d, not %d; %d refused\n", sum, sum_at_exit, refused);
	_exit(99);
}

void lender_give_back_at_exit(struct lender *lender, int sum)
{
	left_to_the_exit = lender;
	sum_at_exit = sum;
	check(atexit(give_back_at_exit));
}

int lender_close(struct lender *lender)
{
	int refused = 0;
	while (atomic_load(&lender->count) > 0)
		refused += lender_give_back(lender) < 0;
	free(lender);
	return refused;
}

int lender_finish(struct lender *lender)
{
	const struct lender_table *table = lender->table;
	void *user = lender->user;
	lender_close(lender);
	return table->done != NULL ? table->done(user) : 0;
}
