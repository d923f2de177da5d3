/* libev.c: libev behind the table. */
#include "loop.h"

#include <ev.h>
#include <stdbool.h>
#include <stdlib.h>

struct watcher {
	ev_io io;
	ev_timer timer;
	bool persist, has_timeout;
	bench_event_cb cb;
	void *arg;
};

static struct ev_loop *loop;

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* Whatever it was called for: a one-shot is over, and a timeout starts again. */
static void before_call(struct watcher *watcher)
{
	if (watcher->persist) {
		if (watcher->has_timeout)
			ev_timer_again(loop, &watcher->timer);
		return;
	}
	ev_io_stop(loop, &watcher->io);
	ev_timer_stop(loop, &watcher->timer);
}

static void on_io(struct ev_loop *on, ev_io *io, int events)
{
	struct watcher *watcher = io->data;
	short bits = (short)((events & EV_READ ? BENCH_READ : 0) | (events & EV_WRITE ? BENCH_WRITE : 0));

	(void)on;
	before_call(watcher);
	watcher->cb(io->fd, bits, watcher->arg);
}

static void on_timer(struct ev_loop *on, ev_timer *timer, int events)
{
	struct watcher *watcher = timer->data;

	(void)on;
	(void)events;
	before_call(watcher);
	watcher->cb(-1, BENCH_TIMEOUT, watcher->arg);
}

static struct watcher *make(short events, const struct timeval *timeout, bench_event_cb cb, void *arg)
{
	struct watcher *watcher = malloc(sizeof(*watcher));

	if (watcher == NULL)
		return NULL;
	watcher->cb = cb;
	watcher->arg = arg;
	watcher->persist = events & BENCH_PERSIST;
	watcher->has_timeout = timeout != NULL;
	ev_init(&watcher->io, on_io);
	ev_timer_init(&watcher->timer, on_timer, timeout == NULL ? 0 : seconds(timeout),
		      timeout == NULL ? 0 : seconds(timeout));
	watcher->io.data = watcher->timer.data = watcher;
	return watcher;
}

static void *add(int fd, short events, const struct timeval *timeout, bench_event_cb cb, void *arg)
{
	struct watcher *watcher = make(events, timeout, cb, arg);

	if (watcher == NULL)
		return NULL;
	ev_io_set(&watcher->io, fd, (events & BENCH_READ ? EV_READ : 0) | (events & BENCH_WRITE ? EV_WRITE : 0));
	ev_io_start(loop, &watcher->io);
	if (timeout != NULL)
		ev_timer_start(loop, &watcher->timer);
	return watcher;
}

static void *timeout_add(const struct timeval *timeout, short events, bench_event_cb cb, void *arg)
{
	struct watcher *watcher = make(events, timeout, cb, arg);

	if (watcher != NULL)
		ev_timer_start(loop, &watcher->timer);
	return watcher;
}

static void del(void *token)
{
	struct watcher *watcher = token;

	ev_io_stop(loop, &watcher->io);
	ev_timer_stop(loop, &watcher->timer);
	free(watcher);
}

static int begin(void)
{
	loop = ev_loop_new(EVBACKEND_EPOLL);
	return loop == NULL ? -1 : 0;
}

static void end(void)
{
	ev_loop_destroy(loop);
}

static void run(void)
{
	ev_run(loop, 0);
}

static void stop(void)
{
	ev_break(loop, EVBREAK_ONE);
}

const struct bench_loop bench_libev = {add, del, timeout_add, del, begin, end, run, stop};
