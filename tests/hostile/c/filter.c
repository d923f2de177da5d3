/* Filters that are called by their own address. */
#define _POSIX_C_SOURCE 200809L
#include "filter.h"

#include "must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

int filter_feed(struct filter *filter, int value)
{
	return filter->feed(filter, value);
}

int filter_mix(const struct filter *filter, int left, int right)
{
	return filter->mix(left, filter, right);
}

int filter_drop(struct filter *filter)
{
	return filter->drop(filter);
}

int filter_feed_as(const struct filter *filter, void *self, int value)
{
	return filter->feed(self, value);
}

int filter_feed_copy(const struct filter *filter, int value)
{
	struct filter copy = *filter;
	return copy.feed(&copy, value);
}

filter_function *filter_keep(const struct filter *filter)
{
	return filter->feed;
}

int filter_call(filter_function *feed, struct filter *self, int value)
{
	return feed(self, value);
}

/* A drop, or calls of `feed`, for other threads. */
struct job {
	struct filter *filter;
	filter_function *feed;
	int value;
	int calls;
	atomic_int *waiting;
	int refused;
	int result;
};

static void *run(void *arg)
{
	struct job *job = arg;
	atomic_fetch_sub(job->waiting, 1);
	while (atomic_load(job->waiting) > 0) {
	}
	for (int i = 0; i < job->calls && job->refused == 0; i++) {
		job->result = job->feed != NULL ? job->feed(job->filter, job->value)
						: job->filter->drop(job->filter);
		job->refused += job->result < 0;
	}
	return NULL;
}

enum { MOST_THREADS = 8 };

/* Runs the job on so many threads at once; the last result, or how many calls were refused. */
static int on_threads(struct job job, int threads, int count_refused)
{
	pthread_t ids[MOST_THREADS];
	struct job jobs[MOST_THREADS];
	atomic_int waiting = threads;
	int refused = 0;
	for (int i = 0; i < threads; i++) {
		jobs[i] = job;
		jobs[i].waiting = &waiting;
		check(pthread_create(&ids[i], NULL, run, &jobs[i]));
	}
	for (int i = 0; i < threads; i++) {
		check(pthread_join(ids[i], NULL));
		refused += jobs[i].refused;
	}
	return count_refused ? refused : jobs[0].result;
}

int filter_feed_on_thread(struct filter *filter, int value)
{
	struct job job = { .filter = filter, .feed = filter->feed, .value = value, .calls = 1 };
	return on_threads(job, 1, 0);
}

int filter_drop_on_thread(struct filter *filter)
{
	struct job job = { .filter = filter, .calls = 1 };
	return on_threads(job, 1, 0);
}

int filter_drop_at_once(struct filter *filter)
{
	struct job job = { .filter = filter, .calls = 1 };
	return on_threads(job, 2, 1);
}

int filter_feed_often(struct filter *filter, int value, int threads, int calls)
{
	struct job job = { .filter = filter, .feed = filter->feed, .value = value, .calls = calls };
	return on_threads(job, threads, 1);
}

/* Nodes, which C finds by a part of them. */

#define NODE_OF(link) ((struct filter_node *)((char *)(link) - offsetof(struct filter_node, link)))

struct filter_link *filter_push(struct filter_node *node, struct filter_link *list)
{
	node->link.next = list;
	return &node->link;
}

int filter_walk(struct filter_link *list, int value)
{
	int sum = 0;
	for (struct filter_link *link = list; link != NULL; link = link->next) {
		link->seen++;
		sum += NODE_OF(link)->visit(link, value);
	}
	return sum;
}

int filter_visit(struct filter_node *node, int value)
{
	return node->visit(&node->link, value);
}

uintptr_t filter_underrun(struct filter_node *node, uintptr_t word)
{
	uintptr_t before;
	char *at = (char *)node - sizeof before;
	memcpy(&before, at, sizeof before);
	memcpy(at, &word, sizeof word);
	return before;
}
