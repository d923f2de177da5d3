/* Memory that the host lends. */
#define _POSIX_C_SOURCE 200809L
#include "lender.h"

#include "must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

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
