/* A library of filters, which passes none of its users' data: only the filter itself, which has the functions.
 *
 * Nothing here is checked: a filter is called as often, late, and with whatever address, as the caller asks.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdint.h>

struct filter {
	int version;
	int (*feed)(struct filter *self, int value);
	/* The filter in another place, and of another type. */
	int (*mix)(int left, const void *self, int right);
	/* The filter's last use. */
	int (*drop)(struct filter *self);
};

int filter_feed(struct filter *filter, int value);
int filter_mix(const struct filter *filter, int left, int right);
int filter_drop(struct filter *filter);
int filter_feed_on_thread(struct filter *filter, int value);
int filter_drop_on_thread(struct filter *filter);
/* Two threads drop it at the same time; how many of their calls were refused, which is a negative result. */
int filter_drop_at_once(struct filter *filter);
/* Feeds so often, or until it is refused, on so many threads; how many calls were refused. */
int filter_feed_often(struct filter *filter, int value, int threads, int calls);

/* The functions of one filter, and the address of something else. */
int filter_feed_as(const struct filter *filter, void *self, int value);
/* A copy of the filter on C's own stack is fed. */
int filter_feed_copy(const struct filter *filter, int value);
/* No more than a function pointer and an address. */
typedef int filter_function(struct filter *self, int value);
filter_function *filter_keep(const struct filter *filter);
int filter_call(filter_function *feed, struct filter *self, int value);

/* A part of a node, which C links into lists, and by which it calls. */
struct filter_link {
	struct filter_link *next;
	long seen;
};

struct filter_node {
	int (*visit)(struct filter_link *link, int value);
	struct filter_link link;
};

/* Puts a node before a list; the new list. */
struct filter_link *filter_push(struct filter_node *node, struct filter_link *list);
/* Visits each node of a list, and counts in it; the sum. */
int filter_walk(struct filter_link *list, int value);
int filter_visit(struct filter_node *node, int value);
/* Writes a word before the node, as after a pointer that was decremented once too often; what was there. */
uintptr_t filter_underrun(struct filter_node *node, uintptr_t word);

#endif
