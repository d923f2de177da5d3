/* loop.c: a vde_event_handler on poll(), strict about what the hub may do with tokens and descriptors. */
#include "harness.h"

#include <fcntl.h>
#include <poll.h>
#include <time.h>

#define WATCHES_MAX 2048

struct watch {
	struct watch *self; /* NULL once deleted */
	bool timeout, fired;
	int fd;
	short events;
	int64_t due_ms, every_ms;
	event_cb cb;
	void *arg;
};

/* Deleted watches are freed at once, so that a sanitizer sees any use of a token after its end. */
static struct watch *watches[WATCHES_MAX];
static unsigned fail_in;
static int fail_error;
struct loop_counts loop_counts;
void (*loop_inside_add)(void);

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool refuses(void)
{
	if (loop_inside_add != NULL)
		loop_inside_add();
	if (fail_in == 0 || --fail_in > 0)
		return false;
	loop_counts.refused++;
	errno = fail_error;
	return true;
}

static struct watch *add(void)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	CHECK(watch != NULL);
	for (unsigned i = 0; i < WATCHES_MAX; i++) {
		if (watches[i] == NULL) {
			watches[i] = watch;
			watch->self = watch;
			loop_counts.live++;
			return watch;
		}
	}
	CHECK(!"too many watches");
	return NULL;
}

static void del(struct watch *watch, bool timeout)
{
	for (unsigned i = 0; i < WATCHES_MAX; i++) {
		if (watches[i] == watch) {
			CHECK(watch->timeout == timeout);
			watches[i] = NULL;
			loop_counts.live--;
			if (!timeout && fcntl(watch->fd, F_GETFD) < 0)
				loop_counts.fd_closed_before_del++;
			free(watch);
			errno = EBADMSG; /* the hub must not depend on errno here */
			return;
		}
	}
	CHECK(!"a token that is not live was deleted");
}

static void *event_add(int fd, short events, const struct timeval *timeout, event_cb cb, void *arg)
{
	struct watch *watch;

	loop_counts.event_adds++;
	CHECK(timeout == NULL && fd >= 0 && cb != NULL);
	if (refuses())
		return NULL;
	watch = add();
	watch->fd = fd;
	watch->events = events;
	watch->cb = cb;
	watch->arg = arg;
	return watch;
}

static void event_del(void *ev)
{
	loop_counts.event_dels++;
	del(ev, false);
}

static void *timeout_add(const struct timeval *timeout, short events, event_cb cb, void *arg)
{
	struct watch *watch;

	loop_counts.timeout_adds++;
	CHECK(timeout != NULL && (events & VDE_EV_PERSIST));
	if (refuses())
		return NULL;
	watch = add();
	watch->timeout = true;
	watch->fd = -1;
	watch->every_ms = timeout->tv_sec * 1000 + timeout->tv_usec / 1000;
	watch->due_ms = now_ms() + watch->every_ms;
	watch->cb = cb;
	watch->arg = arg;
	return watch;
}

static void timeout_del(void *ev)
{
	loop_counts.timeout_dels++;
	del(ev, true);
}

vde_event_handler loop_handler = {event_add, event_del, timeout_add, timeout_del};

void loop_reset(void)
{
	CHECK(loop_counts.live == 0);
	memset(&loop_counts, 0, sizeof(loop_counts));
	fail_in = 0;
	loop_inside_add = NULL;
}

void loop_fail_at(unsigned n, int error)
{
	fail_in = n;
	fail_error = error;
}

static bool fire_timeouts(void)
{
	bool any = false;

	for (unsigned i = 0; i < WATCHES_MAX; i++) {
		struct watch *watch = watches[i];

		if (watch == NULL || !watch->timeout || watch->due_ms > now_ms())
			continue;
		watch->due_ms = now_ms() + watch->every_ms;
		watch->cb(-1, VDE_EV_TIMEOUT, watch->arg);
		any = true;
	}
	return any;
}

bool loop_turn(int wait_ms)
{
	static struct pollfd fds[WATCHES_MAX];
	static struct watch *polled[WATCHES_MAX];
	nfds_t count = 0;
	bool any = false;

	for (unsigned i = 0; i < WATCHES_MAX; i++) {
		struct watch *watch = watches[i];

		if (watch == NULL || watch->timeout || watch->fired)
			continue;
		polled[count] = watch;
		fds[count].fd = watch->fd;
		fds[count].events = watch->events & VDE_EV_READ ? POLLIN : POLLOUT;
		fds[count].revents = 0;
		count++;
	}
	CHECK(poll(fds, count, wait_ms) >= 0);
	for (nfds_t n = 0; n < count; n++) {
		struct watch *watch = polled[n];
		bool live = false;

		if (fds[n].revents == 0)
			continue;
		CHECK(!(fds[n].revents & POLLNVAL));
		/* One that was deleted earlier in this batch does not fire. */
		for (unsigned i = 0; i < WATCHES_MAX; i++)
			live = live || watches[i] == watch;
		if (!live || watch->fd != fds[n].fd)
			continue;
		watch->fired = !(watch->events & VDE_EV_PERSIST);
		watch->cb(watch->fd, watch->events & (VDE_EV_READ | VDE_EV_WRITE), watch->arg);
		any = true;
	}
	return fire_timeouts() || any;
}

void loop_settle(void)
{
	for (int i = 0; i < 100000 && loop_turn(0); i++)
		;
}
