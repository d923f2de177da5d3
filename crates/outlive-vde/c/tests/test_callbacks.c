/* test_callbacks.c: the handler's four members, the listener, and who ends what from inside of which. */
#include "harness.h"

/* Fills a port's socket so that a WRITE event is waiting. */
static void fill(vde_context *ctx, struct plug *from)
{
	unsigned char frame[1000] = {0};

	for (int i = 0; i < 100000 && stats_of(ctx).frames_queued == 0; i++) {
		plug_send(from, frame, sizeof(frame));
		loop_settle();
	}
	CHECK(stats_of(ctx).frames_queued > 0);
}

void every_token_is_deleted_once(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug a, b, half;
	struct wire_request request;

	CHECK(plug_open(&a, dir, "a") && plug_open(&b, dir, "b"));
	plug_prepare(&half, dir, "half", &request);
	loop_settle();
	fill(ctx, &a);
	/* Listen, two for each port, the half one's, a WRITE; and the aging timeout. */
	CHECK(loop_counts.live == 1 + 2 * 2 + 1 + 1 + 1);
	CHECK(loop_counts.timeout_adds == 1 && loop_counts.timeout_dels == 0);
	vde_hub_fini(ctx);
	/* The loop itself aborts on a token that is deleted twice or with the wrong member. */
	CHECK(loop_counts.live == 0);
	CHECK(loop_counts.event_adds == loop_counts.event_dels);
	CHECK(loop_counts.timeout_adds == loop_counts.timeout_dels);
	CHECK(loop_counts.fd_closed_before_del == 0);
	plug_close(&a);
	plug_close(&b);
	plug_close(&half);
}

/* A listener that does one thing at one moment. */
struct trap {
	vde_context *ctx;
	void (*spring)(struct trap *trap);
	enum { ON_OPENED, ON_CLOSED, ON_FRAME } on;
	unsigned opened, closed, frames, port;
	int reason, verdict;
	char description[VDE_DESCRIPTION_MAX + 1];
};

static void spring(struct trap *trap, int on)
{
	if (trap->spring != NULL && on == (int)trap->on)
		trap->spring(trap);
}

static void opened(unsigned port, const char *description, void *arg)
{
	struct trap *trap = arg;

	trap->opened++;
	trap->port = port;
	snprintf(trap->description, sizeof(trap->description), "%s", description);
	spring(trap, ON_OPENED);
}

static void closed(unsigned port, int reason, void *arg)
{
	struct trap *trap = arg;

	trap->closed++;
	trap->port = port;
	trap->reason = reason;
	spring(trap, ON_CLOSED);
}

static int frame_seen(unsigned port, const void *frame, size_t length, void *arg)
{
	struct trap *trap = arg;

	CHECK(frame != NULL && length >= VDE_FRAME_MIN);
	trap->frames++;
	trap->port = port;
	spring(trap, ON_FRAME);
	return trap->verdict;
}

static const vde_listener trap_listener = {opened, closed, frame_seen};

static void end_context(struct trap *trap)
{
	vde_context *ctx = trap->ctx;

	if (ctx == NULL)
		return;
	trap->ctx = NULL;
	vde_hub_fini(ctx);
	/* When it has returned, nothing is left in the host's loop. */
	CHECK(loop_counts.live == 0);
}

static void end_while(int on)
{
	const char *dir = test_path("hub");
	struct trap trap = {.ctx = hub_in(dir), .on = on};
	unsigned char frame[60] = {0};
	struct plug a, b, c;

	vde_hub_set_listener(trap.ctx, &trap_listener, &trap);
	CHECK(plug_open(&a, dir, "a") && plug_open(&b, dir, "b"));
	trap.spring = end_context;
	if (on == ON_OPENED)
		CHECK(!plug_open(&c, dir, "c"));
	if (on == ON_CLOSED)
		plug_close(&b);
	if (on == ON_FRAME)
		plug_send(&a, frame, sizeof(frame));
	loop_settle();
	CHECK(trap.ctx == NULL && !exists(dir) && loop_counts.live == 0);
	CHECK(trap.opened == trap.closed);
	if (on != ON_CLOSED)
		plug_close(&b);
	plug_close(&a);
}

void fini_inside_every_kind_of_callback(void)
{
	end_while(ON_OPENED);
	end_while(ON_CLOSED);
	end_while(ON_FRAME);
}

static struct trap hostile;
static unsigned hostile_in;

static void end_inside_add(void)
{
	if (hostile_in > 0 && --hostile_in == 0) {
		end_context(&hostile);
		loop_fail_at(1, ECANCELED); /* as the header asks: no token for an ended context */
	}
}

void fini_inside_the_handler(void)
{
	const char *dir = test_path("hub");
	unsigned char frame[1000] = {0};

	/* Adds 1 and 2 are listen's, 3 to 6 those of two ports, 7 the first WRITE event. */
	for (unsigned n = 1; n <= 7; n++) {
		struct plug a, b;
		bool have_a = false, have_b = false;

		loop_reset();
		hostile.ctx = init_vde_context(&loop_handler);
		hostile_in = n;
		loop_inside_add = end_inside_add;
		if (vde_hub_listen(hostile.ctx, dir) == 0) {
			have_a = plug_open(&a, dir, "a");
			have_b = hostile.ctx != NULL && plug_open(&b, dir, "b");
			for (int i = 0; have_b && hostile.ctx != NULL && i < 100000; i++) {
				plug_send(&a, frame, sizeof(frame));
				loop_settle();
			}
		} else {
			CHECK(n <= 2 && errno == ECANCELED);
		}
		CHECK(hostile.ctx == NULL && loop_counts.live == 0 && !exists(dir));
		loop_settle();
		if (have_a)
			plug_close(&a);
		if (have_b)
			plug_close(&b);
	}
}

void listener_hears_and_drops(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct trap trap = {.ctx = ctx};
	unsigned char frame[60] = {0}, got[100];
	struct plug a, b;

	vde_hub_set_listener(ctx, &trap_listener, &trap);
	CHECK(plug_open(&a, dir, "a"));
	CHECK(trap.opened == 1 && trap.port == 1 && strcmp(trap.description, "a") == 0);
	CHECK(plug_open(&b, dir, "b"));
	plug_send(&a, frame, sizeof(frame));
	loop_settle();
	CHECK(trap.frames == 1 && trap.port == 1 && plug_recv(&b, got, sizeof(got)) == sizeof(frame));
	trap.verdict = 1;
	plug_send(&b, frame, sizeof(frame));
	loop_settle();
	CHECK(trap.frames == 2 && trap.port == 2 && plug_recv(&a, got, sizeof(got)) == -1);
	CHECK(stats_of(ctx).dropped_by_listener == 1 && stats_of(ctx).frames_received == 2);
	plug_close(&a);
	loop_settle();
	CHECK(trap.closed == 1 && trap.port == 1 && trap.reason == VDE_CLOSED_HANGUP);
	CHECK(vde_hub_close_port(ctx, 1) == -1 && errno == ENOENT);
	CHECK(vde_hub_close_port(ctx, 2) == 0);
	CHECK(trap.closed == 2 && trap.port == 2 && trap.reason == VDE_CLOSED_REQUEST && plug_hung_up(&b));
	plug_close(&b);
	/* A table of NULLs is a listener too. */
	vde_hub_set_listener(ctx, &(vde_listener){NULL, NULL, NULL}, NULL);
	CHECK(plug_open(&a, dir, "a") && plug_open(&b, dir, "b"));
	plug_send(&a, frame, sizeof(frame));
	loop_settle();
	CHECK(plug_recv(&b, got, sizeof(got)) == sizeof(frame));
	vde_hub_set_listener(ctx, &trap_listener, &trap);
	vde_hub_fini(ctx);
	CHECK(trap.closed == 4 && trap.reason == VDE_CLOSED_FINI);
	plug_close(&a);
	plug_close(&b);
}

static void remove_listener(struct trap *trap)
{
	vde_hub_set_listener(trap->ctx, NULL, NULL);
}

void listener_removes_itself(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct trap trap = {.ctx = ctx, .on = ON_FRAME, .spring = remove_listener};
	unsigned char frame[60] = {0}, got[100];
	struct plug a, b;

	vde_hub_set_listener(ctx, &trap_listener, &trap);
	CHECK(plug_open(&a, dir, "a") && plug_open(&b, dir, "b"));
	for (int i = 0; i < 5; i++)
		plug_send(&a, frame, sizeof(frame));
	loop_settle();
	CHECK(trap.frames == 1);
	for (int i = 0; i < 5; i++)
		CHECK(plug_recv(&b, got, sizeof(got)) == sizeof(frame));
	plug_close(&a);
	plug_close(&b);
	loop_settle();
	CHECK(trap.closed == 0);
	vde_hub_fini(ctx);
}

static void close_all_ports(struct trap *trap)
{
	for (unsigned port = 1; port <= 4; port++)
		(void)vde_hub_close_port(trap->ctx, port);
}

void a_listener_closes_ports_on_the_way(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct trap trap = {.ctx = ctx, .on = ON_FRAME, .spring = close_all_ports};
	unsigned char frame[60] = {0};
	struct plug plugs[4];

	vde_hub_set_listener(ctx, &trap_listener, &trap);
	for (int i = 0; i < 4; i++)
		CHECK(plug_open(&plugs[i], dir, "p"));
	plug_send(&plugs[1], frame, sizeof(frame));
	loop_settle();
	CHECK(trap.closed == 4 && stats_of(ctx).ports_open == 0);
	/* The same while a port's close is being told. */
	for (int i = 0; i < 4; i++) {
		plug_close(&plugs[i]);
		CHECK(plug_open(&plugs[i], dir, "p"));
	}
	trap.on = ON_CLOSED;
	plug_close(&plugs[2]);
	loop_settle();
	CHECK(trap.closed == 8 && stats_of(ctx).ports_open == 0);
	plug_close(&plugs[0]);
	plug_close(&plugs[1]);
	plug_close(&plugs[3]);
	vde_hub_fini(ctx);
}

/* One life with everything in it, whatever fails on the way; true if an add has failed. */
static bool live_with_failure_at(unsigned n, int error)
{
	const char *dir = test_path("hub");
	vde_context *ctx = init_vde_context(&loop_handler);
	unsigned char frame[1000] = {0};
	struct plug a, b;
	bool have_a, have_b;
	unsigned refused;

	loop_reset();
	loop_fail_at(n, error);
	CHECK(ctx != NULL);
	errno = 0;
	if (vde_hub_listen(ctx, dir) < 0) {
		CHECK(n <= 2 && errno == (error != 0 ? error : EIO));
		CHECK(loop_counts.live == 0 && !exists(dir));
		/* It left no trace, so it can be tried again. */
		CHECK(vde_hub_listen(ctx, dir) == 0);
	}
	have_a = plug_open(&a, dir, "a");
	have_b = plug_open(&b, dir, "b");
	for (int i = 0; have_a && have_b && i < 1000; i++) {
		plug_send(&a, frame, sizeof(frame));
		loop_settle();
		if (stats_of(ctx).frames_queued > 10 || stats_of(ctx).ports_open < 2)
			break;
	}
	refused = loop_counts.refused;
	CHECK(stats_of(ctx).handler_failures == refused);
	CHECK(stats_of(ctx).handshakes == 0);
	/* The hub is as good as new for the next one. */
	loop_fail_at(0, 0);
	if (have_a)
		plug_close(&a);
	if (have_b)
		plug_close(&b);
	loop_settle();
	CHECK(plug_open(&a, dir, "a") && plug_open(&b, dir, "b"));
	plug_send(&a, frame, 60);
	loop_settle();
	CHECK(plug_recv(&b, frame, sizeof(frame)) == 60);
	vde_hub_fini(ctx);
	CHECK(loop_counts.live == 0 && loop_counts.fd_closed_before_del == 0 && !exists(dir));
	plug_close(&a);
	plug_close(&b);
	return refused > 0;
}

void every_add_may_fail(void)
{
	unsigned n = 1;

	while (live_with_failure_at(n, ENOSPC) && live_with_failure_at(n, 0))
		n++;
	/* Listen, its timeout, two for each of two ports, a WRITE event. */
	CHECK(n > 7);
}
