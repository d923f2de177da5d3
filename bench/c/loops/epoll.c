/*
 * epoll.c: epoll by hand, the least that serves the table: no checks, no timeouts, and the kernel is told of changes
 * before the next wait.
 */
#include "loop.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct watcher {
	struct descriptor *on;
	short events;
	bench_event_cb cb;
	void *arg;
};

struct descriptor {
	int fd;
	uint32_t told;
	bool is_changed;
	struct watcher *reader, *writer;
	struct descriptor *next;
};

static int set;
static bool stopped;
static struct descriptor *descriptors, *changed;
static int capacity;

static void change(struct descriptor *on)
{
	if (on->is_changed)
		return;
	on->is_changed = true;
	on->next = changed;
	changed = on;
}

static void tell(void)
{
	for (struct descriptor *on = changed; on != NULL; on = on->next) {
		uint32_t wanted = (on->reader ? EPOLLIN : 0u) | (on->writer ? EPOLLOUT : 0u);
		struct epoll_event event = {.events = wanted, .data.fd = on->fd};

		on->is_changed = false;
		if (wanted == on->told)
			continue;
		epoll_ctl(set, wanted == 0 ? EPOLL_CTL_DEL : on->told == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
			  on->fd, &event);
		on->told = wanted;
	}
	changed = NULL;
}

static void *add(int fd, short events, const struct timeval *timeout, bench_event_cb cb, void *arg)
{
	struct watcher *watcher = malloc(sizeof(*watcher));
	struct descriptor *on;

	if (watcher == NULL || timeout != NULL || fd >= capacity) {
		free(watcher);
		return NULL;
	}
	on = &descriptors[fd];
	on->fd = fd;
	*watcher = (struct watcher){on, events, cb, arg};
	if (events & BENCH_READ)
		on->reader = watcher;
	else
		on->writer = watcher;
	change(on);
	return watcher;
}

static void forget(struct watcher *watcher)
{
	struct descriptor *on = watcher->on;

	if (on->reader == watcher)
		on->reader = NULL;
	else if (on->writer == watcher)
		on->writer = NULL;
	change(on);
}

static void del(void *token)
{
	forget(token);
	free(token);
}

static void *timeout_add(const struct timeval *timeout, short events, bench_event_cb cb, void *arg)
{
	(void)timeout;
	(void)events;
	(void)cb;
	(void)arg;
	return NULL;
}

static int begin(void)
{
	capacity = getdtablesize();
	descriptors = calloc((size_t)capacity, sizeof(*descriptors));
	set = epoll_create1(EPOLL_CLOEXEC);
	return descriptors == NULL || set < 0 ? -1 : 0;
}

static void end(void)
{
	close(set);
	free(descriptors);
	changed = NULL;
}

static void call(struct watcher *watcher, short events)
{
	int fd = watcher->on->fd;

	if (!(watcher->events & BENCH_PERSIST))
		forget(watcher);
	watcher->cb(fd, events, watcher->arg);
}

static void run(void)
{
	struct epoll_event events[64];

	stopped = false;
	while (!stopped) {
		int count;

		tell();
		count = epoll_wait(set, events, 64, -1);
		for (int i = 0; i < count && !stopped; i++) {
			struct descriptor *on = &descriptors[events[i].data.fd];

			if (on->reader != NULL && events[i].events & EPOLLIN)
				call(on->reader, BENCH_READ);
			if (on->writer != NULL && events[i].events & EPOLLOUT)
				call(on->writer, BENCH_WRITE);
		}
	}
}

static void stop(void)
{
	stopped = true;
}

const struct bench_loop bench_epoll = {add, del, timeout_add, del, begin, end, run, stop};
