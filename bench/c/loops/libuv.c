/*
 * libuv.c: libuv behind the table. There can be one poll handle for a descriptor, so that a reader and a writer share it;
 * it is kept when it is stopped, for its memory may be freed only in a later turn.
 */
#include "loop.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

struct watcher {
	uv_timer_t timer;
	struct descriptor *on; /* NULL: a timer alone */
	short events;
	bool has_timer;
	bench_event_cb cb;
	void *arg;
};

struct descriptor {
	uv_poll_t poll;
	int fd;
	struct watcher *reader, *writer;
};

static uv_loop_t loop;
static struct descriptor **descriptors;
static int capacity;

static void on_poll(uv_poll_t *poll, int status, int events);

static void poll_again(struct descriptor *on)
{
	int events = (on->reader != NULL ? UV_READABLE : 0) | (on->writer != NULL ? UV_WRITABLE : 0);

	if (events == 0)
		uv_poll_stop(&on->poll);
	else
		uv_poll_start(&on->poll, events, on_poll);
}

static void forget(struct watcher *watcher)
{
	struct descriptor *on = watcher->on;

	if (on == NULL || (on->reader != watcher && on->writer != watcher))
		return;
	if (on->reader == watcher)
		on->reader = NULL;
	else
		on->writer = NULL;
	poll_again(on);
}

static void call(struct watcher *watcher, int fd, short events)
{
	if (!(watcher->events & BENCH_PERSIST)) {
		if (watcher->has_timer)
			uv_timer_stop(&watcher->timer);
		forget(watcher);
	} else if (watcher->has_timer) {
		uv_timer_again(&watcher->timer);
	}
	watcher->cb(fd, events, watcher->arg);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct descriptor *on = poll->data;

	if (on->reader != NULL && (status < 0 || events & UV_READABLE))
		call(on->reader, on->fd, BENCH_READ);
	if (on->writer != NULL && (status < 0 || events & UV_WRITABLE))
		call(on->writer, on->fd, BENCH_WRITE);
}

static void on_timer(uv_timer_t *timer)
{
	call(timer->data, -1, BENCH_TIMEOUT);
}

static uint64_t milliseconds(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000 + ((uint64_t)time->tv_usec + 999) / 1000;
}

static struct watcher *make(short events, const struct timeval *timeout, bench_event_cb cb, void *arg)
{
	struct watcher *watcher = calloc(1, sizeof(*watcher));

	if (watcher == NULL)
		return NULL;
	watcher->events = events;
	watcher->cb = cb;
	watcher->arg = arg;
	if (timeout != NULL) {
		watcher->has_timer = true;
		uv_timer_init(&loop, &watcher->timer);
		watcher->timer.data = watcher;
		uv_timer_start(&watcher->timer, on_timer, milliseconds(timeout), milliseconds(timeout));
	}
	return watcher;
}

static struct descriptor *descriptor_of(int fd)
{
	struct descriptor *on;

	if (fd >= capacity) {
		int wanted = fd + 1 > 2 * capacity ? fd + 1 : 2 * capacity;
		struct descriptor **more = realloc(descriptors, (size_t)wanted * sizeof(*more));

		if (more == NULL)
			return NULL;
		while (capacity < wanted)
			more[capacity++] = NULL;
		descriptors = more;
	}
	if (descriptors[fd] != NULL)
		return descriptors[fd];
	on = calloc(1, sizeof(*on));
	if (on == NULL || uv_poll_init(&loop, &on->poll, fd) != 0) {
		free(on);
		return NULL;
	}
	on->fd = fd;
	on->poll.data = on;
	return descriptors[fd] = on;
}

static void *add(int fd, short events, const struct timeval *timeout, bench_event_cb cb, void *arg)
{
	struct descriptor *on = descriptor_of(fd);
	struct watcher *watcher = on == NULL ? NULL : make(events, timeout, cb, arg);

	if (watcher == NULL)
		return NULL;
	watcher->on = on;
	if (events & BENCH_READ)
		on->reader = watcher;
	else
		on->writer = watcher;
	poll_again(on);
	return watcher;
}

static void *timeout_add(const struct timeval *timeout, short events, bench_event_cb cb, void *arg)
{
	return make(events, timeout, cb, arg);
}

static void free_watcher(uv_handle_t *timer)
{
	free(timer->data);
}

static void del(void *token)
{
	struct watcher *watcher = token;

	forget(watcher);
	if (watcher->has_timer)
		uv_close((uv_handle_t *)&watcher->timer, free_watcher);
	else
		free(watcher);
}

static int begin(void)
{
	return uv_loop_init(&loop) == 0 ? 0 : -1;
}

static void free_descriptor(uv_handle_t *poll)
{
	free(poll->data);
}

static void end(void)
{
	for (int fd = 0; fd < capacity; fd++)
		if (descriptors[fd] != NULL)
			uv_close((uv_handle_t *)&descriptors[fd]->poll, free_descriptor);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	free(descriptors);
	descriptors = NULL;
	capacity = 0;
}

static void run(void)
{
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void stop(void)
{
	uv_stop(&loop);
}

const struct bench_loop bench_libuv = {add, del, timeout_add, del, begin, end, run, stop};
