/* test_life.c: init, listen, fini, and what is left behind. */
#include "harness.h"

#include <fcntl.h>
#include <sys/stat.h>

void init_refuses_null_members(void)
{
	vde_event_handler handler;

	errno = 0;
	CHECK(init_vde_context(NULL) == NULL && errno == EINVAL);
	for (int i = 0; i < 4; i++) {
		handler = loop_handler;
		if (i == 0)
			handler.event_add = NULL;
		if (i == 1)
			handler.event_del = NULL;
		if (i == 2)
			handler.timeout_add = NULL;
		if (i == 3)
			handler.timeout_del = NULL;
		errno = 0;
		CHECK(init_vde_context(&handler) == NULL && errno == EINVAL);
	}
	vde_hub_fini(NULL);
}

static unsigned second_table_calls;

static void *counting_event_add(int fd, short events, const struct timeval *timeout, event_cb cb, void *arg)
{
	second_table_calls++;
	return loop_handler.event_add(fd, events, timeout, cb, arg);
}

void the_table_is_kept_not_copied(void)
{
	const char *dir = test_path("hub");
	vde_event_handler handler = loop_handler;
	vde_context *ctx = init_vde_context(&handler);
	struct plug plug;

	CHECK(ctx != NULL && vde_hub_listen(ctx, dir) == 0);
	/* What the table says now is what is called. */
	handler.event_add = counting_event_add;
	CHECK(plug_open(&plug, dir, "x"));
	CHECK(second_table_calls == 2);
	/* A member that has become NULL is a refusal, not a crash. */
	handler.event_add = NULL;
	plug_close(&plug);
	CHECK(!plug_open(&plug, dir, "x"));
	CHECK(stats_of(ctx).handler_failures == 1);
	vde_hub_fini(ctx);
}

void limits_are_checked(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	vde_limits good, limits;

	vde_hub_get_limits(ctx, &good);
	CHECK(good.queue_frames == 256 && good.idle_ms == 0 && good.frame_max == VDE_FRAME_MAX);
	for (int i = 0; i < 5; i++) {
		limits = good;
		if (i == 0)
			limits.max_ports = 0;
		if (i == 1)
			limits.max_ports = VDE_PORTS_MAX + 1;
		if (i == 2)
			limits.handshake_ms = 0;
		if (i == 3)
			limits.frame_max = VDE_FRAME_MIN - 1;
		if (i == 4)
			limits.frame_max = VDE_FRAME_MAX + 1;
		errno = 0;
		CHECK(vde_hub_set_limits(ctx, &limits) == -1 && errno == EINVAL);
	}
	CHECK(vde_hub_set_limits(ctx, NULL) == -1);
	/* The host refuses the new timeout: the old one and the old limits stay. */
	limits = good;
	limits.handshake_ms = 1;
	loop_fail_at(1, ENOSPC);
	CHECK(vde_hub_set_limits(ctx, &limits) == -1 && errno == ENOSPC);
	vde_hub_get_limits(ctx, &limits);
	CHECK(limits.handshake_ms == good.handshake_ms && loop_counts.timeout_dels == 0);
	vde_hub_fini(ctx);
}

void paths_that_are_too_long(void)
{
	vde_context *ctx = init_vde_context(&loop_handler);
	char name[5000], dir[5000];
	struct plug plug;
	size_t room;

	CHECK(ctx != NULL);
	memset(name, 'd', sizeof(name));
	name[200] = '\0';
	snprintf(dir, sizeof(dir), "%s", test_path(name));
	CHECK(vde_hub_listen(ctx, dir) == -1 && errno == ENAMETOOLONG);
	CHECK(!exists(dir));
	memset(dir, 'd', sizeof(dir));
	dir[sizeof(dir) - 1] = '\0';
	CHECK(vde_hub_listen(ctx, dir) == -1 && errno == ENAMETOOLONG);
	/* One byte over what holds every port's socket too; then just that. */
	room = 108 - 1 - strlen("/4096.2147483647") - strlen(test_path(""));
	memset(name, 'd', sizeof(name));
	name[room + 1] = '\0';
	CHECK(vde_hub_listen(ctx, test_path(name)) == -1 && errno == ENAMETOOLONG);
	CHECK(!exists(test_path(name)));
	name[room] = '\0';
	CHECK(vde_hub_listen(ctx, test_path(name)) == 0);
	CHECK(plug_open(&plug, test_path(name), "x"));
	plug_close(&plug);
	vde_hub_fini(ctx);
	CHECK(!exists(test_path(name)));
}

void directories_that_cannot_be(void)
{
	vde_context *ctx = init_vde_context(&loop_handler);
	const char *file = test_path("file");
	const char *dir = test_path("hub");

	CHECK(ctx != NULL);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	CHECK(vde_hub_listen(ctx, NULL) == -1 && errno == EINVAL);
	CHECK(vde_hub_listen(ctx, "") == -1 && errno == ENOENT);
	CHECK(vde_hub_listen(ctx, test_path("no/such")) == -1 && errno == ENOENT);
	CHECK(vde_hub_listen(ctx, file) == -1 && errno == ENOTDIR);
	CHECK(vde_hub_listen(ctx, test_path("file/hub")) == -1 && errno == ENOTDIR);
	CHECK(vde_hub_listen(ctx, "/proc/1/hub") == -1 && errno != 0);
	/* `ctl` is not a socket: it is not ours to remove. */
	CHECK(mkdir(dir, 0700) == 0);
	close(open(test_path("hub/ctl"), O_CREAT | O_WRONLY, 0600));
	CHECK(vde_hub_listen(ctx, dir) == -1 && errno == ENOTSOCK);
	CHECK(exists(test_path("hub/ctl")));
	CHECK(unlink(test_path("hub/ctl")) == 0);
	/* After all that, a good one. Only one, though. */
	CHECK(vde_hub_listen(ctx, dir) == 0);
	CHECK(vde_hub_listen(ctx, test_path("other")) == -1 && errno == EALREADY);
	CHECK(!exists(test_path("other")));
	vde_hub_fini(ctx);
	CHECK(rmdir(dir) == 0 && unlink(file) == 0);
	if (geteuid() != 0) {
		ctx = init_vde_context(&loop_handler);
		CHECK(mkdir(dir, 0500) == 0);
		CHECK(vde_hub_listen(ctx, dir) == -1 && errno == EACCES);
		CHECK(vde_hub_listen(ctx, test_path("hub/sub")) == -1 && errno == EACCES);
		CHECK(rmdir(dir) == 0);
		vde_hub_fini(ctx);
	}
}

void stale_ctl_is_replaced(void)
{
	const char *dir = test_path("hub");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	vde_context *ctx;
	struct plug plug;

	CHECK(mkdir(dir, 0700) == 0);
	strcpy(address.sun_path, test_path("hub/ctl"));
	CHECK(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	close(fd); /* the file stays, as after a crash */
	CHECK(exists(address.sun_path));
	ctx = hub_in(dir);
	CHECK(plug_open(&plug, dir, "x"));
	plug_close(&plug);
	vde_hub_fini(ctx);
	/* The directory was there before, so it stays. */
	CHECK(entries_in(dir) == 0 && rmdir(dir) == 0);
}

void a_live_hub_is_not_replaced(void)
{
	const char *dir = test_path("hub");
	vde_context *first = hub_in(dir), *second = init_vde_context(&loop_handler);
	struct plug plug;

	CHECK(second != NULL);
	CHECK(vde_hub_listen(second, dir) == -1 && errno == EADDRINUSE);
	vde_hub_fini(second);
	/* The first has lost nothing by it, and the probe was no bad request. */
	CHECK(plug_open(&plug, dir, "x"));
	CHECK(stats_of(first).bad_requests == 0);
	plug_close(&plug);
	vde_hub_fini(first);
	CHECK(!exists(dir));
}

void fini_removes_what_it_made(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug a, b, half;
	struct wire_request request;

	CHECK(plug_open(&a, dir, "a") && plug_open(&b, dir, "b"));
	plug_prepare(&half, dir, "half", &request);
	loop_settle();
	CHECK(entries_in(dir) == 3); /* ctl and two data sockets */
	vde_hub_fini(ctx);
	CHECK(!exists(dir));
	CHECK(loop_counts.live == 0 && loop_counts.fd_closed_before_del == 0);
	CHECK(plug_hung_up(&a) && plug_hung_up(&b) && plug_hung_up(&half));
	plug_close(&a);
	plug_close(&b);
	plug_close(&half);
}

void fini_leaves_what_it_did_not_make(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir), *successor;
	int fd = open(test_path("hub/note"), O_CREAT | O_WRONLY, 0600);
	struct plug plug;

	close(fd);
	/* Somebody took `ctl` away and made another one. */
	CHECK(unlink(test_path("hub/ctl")) == 0);
	successor = hub_in(dir);
	vde_hub_fini(ctx);
	CHECK(exists(test_path("hub/note")));
	CHECK(plug_open(&plug, dir, "x"));
	plug_close(&plug);
	vde_hub_fini(successor);
	CHECK(entries_in(dir) == 1);
	CHECK(unlink(test_path("hub/note")) == 0 && rmdir(dir) == 0);
}

void two_contexts_in_one_process(void)
{
	vde_context *one = hub_in(test_path("one")), *two = hub_in(test_path("two"));
	struct plug a, b, c, d;
	unsigned char frame[60] = {1}, got[100];

	CHECK(plug_open(&a, test_path("one"), "a") && plug_open(&b, test_path("one"), "b"));
	CHECK(plug_open(&c, test_path("two"), "c") && plug_open(&d, test_path("two"), "d"));
	plug_send(&a, frame, sizeof(frame));
	loop_settle();
	CHECK(plug_recv(&b, got, sizeof(got)) == sizeof(frame));
	CHECK(plug_recv(&c, got, sizeof(got)) == -1 && plug_recv(&d, got, sizeof(got)) == -1);
	vde_hub_fini(one);
	plug_send(&c, frame, sizeof(frame));
	loop_settle();
	CHECK(plug_recv(&d, got, sizeof(got)) == sizeof(frame));
	vde_hub_fini(two);
	plug_close(&a);
	plug_close(&b);
	plug_close(&c);
	plug_close(&d);
}
