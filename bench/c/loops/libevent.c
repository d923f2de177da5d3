/* libevent.c: libevent behind the table. Its bits are the table's. */
#include "loop.h"

#include <event2/event.h>

static struct event_base *base;

static void *add(int fd, short events, const struct timeval *timeout, bench_event_cb cb, void *arg)
{
	struct event *event = event_new(base, fd, events, cb, arg);

	if (event != NULL && event_add(event, timeout) != 0) {
		event_free(event);
		return NULL;
	}
	return event;
}

static void del(void *event)
{
	event_free(event);
}

static void *timeout_add(const struct timeval *timeout, short events, bench_event_cb cb, void *arg)
{
	return add(-1, events & BENCH_PERSIST, timeout, cb, arg);
}

static int begin(void)
{
	base = event_base_new();
	return base == NULL ? -1 : 0;
}

static void end(void)
{
	event_base_free(base);
}

static void run(void)
{
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
}

static void stop(void)
{
	event_base_loopbreak(base);
}

const struct bench_loop bench_libevent = {add, del, timeout_add, del, begin, end, run, stop};
