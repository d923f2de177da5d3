/* test_handshake.c: how a connection becomes a port, or does not. */
#include "harness.h"

#include <sys/resource.h>

void ports_are_numbered_and_described(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug a, b, c;
	vde_port_info infos[3];
	char path[128], longest[VDE_DESCRIPTION_MAX + 1];

	memset(longest, 'x', VDE_DESCRIPTION_MAX);
	longest[VDE_DESCRIPTION_MAX] = '\0';
	CHECK(plug_open(&a, dir, "first user=me\033[2J") && plug_open(&b, dir, longest) && plug_open(&c, dir, ""));
	CHECK(vde_hub_get_ports(ctx, NULL, 0) == 3);
	CHECK(vde_hub_get_ports(ctx, infos, 3) == 3);
	CHECK(infos[0].port == 1 && infos[1].port == 2 && infos[2].port == 3);
	CHECK(strcmp(infos[0].description, "first user=me?[2J") == 0);
	CHECK(strcmp(infos[1].description, longest) == 0);
	CHECK(strcmp(infos[2].description, "") == 0);
	/* The reply names a socket in the hub's directory, by its absolute path. */
	snprintf(path, sizeof(path), "%s/001.", dir);
	CHECK(a.hub.sun_family == AF_UNIX && strncmp(a.hub.sun_path, path, strlen(path)) == 0);
	/* The lowest free number is used again. */
	plug_close(&b);
	loop_settle();
	CHECK(plug_open(&b, dir, "again"));
	CHECK(vde_hub_get_ports(ctx, infos, 3) == 3 && infos[2].port == 2);
	plug_close(&a);
	plug_close(&b);
	plug_close(&c);
	vde_hub_fini(ctx);
}

static bool open_with_type(struct plug *plug, const char *dir, uint32_t type)
{
	struct wire_request request;
	size_t length = plug_prepare(plug, dir, "typed", &request);

	request.type = type;
	CHECK(send(plug->ctl, &request, length, MSG_NOSIGNAL) == (ssize_t)length);
	if (plug_take_reply(plug))
		return true;
	plug_close(plug);
	return false;
}

void a_port_can_be_asked_for_by_number(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug seven, zero, other;
	vde_port_info infos[2];

	CHECK(open_with_type(&seven, dir, 7 << 8));
	CHECK(open_with_type(&zero, dir, 1));
	CHECK(vde_hub_get_ports(ctx, infos, 2) == 2 && infos[0].port == 7 && infos[1].port == 0);
	CHECK(!open_with_type(&other, dir, 7 << 8));
	CHECK(!open_with_type(&other, dir, 1));
	CHECK(!open_with_type(&other, dir, 0x7fffff00));
	CHECK(stats_of(ctx).bad_requests == 3);
	plug_close(&seven);
	plug_close(&zero);
	vde_hub_fini(ctx);
}

void a_request_may_come_in_pieces(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug plug;
	struct wire_request request;
	size_t length = plug_prepare(&plug, dir, "", &request);

	for (size_t i = 0; i < length; i++) {
		CHECK(stats_of(ctx).ports_open == 0);
		CHECK(send(plug.ctl, (char *)&request + i, 1, MSG_NOSIGNAL) == 1);
		loop_settle();
	}
	CHECK(stats_of(ctx).ports_open == 1);
	CHECK(plug_take_reply(&plug));
	/* What comes after the handshake is of no interest, and bounded. */
	for (int i = 0; i < 50; i++) {
		char noise[1000] = {0};

		CHECK(send(plug.ctl, noise, sizeof(noise), MSG_NOSIGNAL) == sizeof(noise));
		loop_settle();
	}
	CHECK(stats_of(ctx).ports_open == 1 && stats_of(ctx).bad_requests == 0);
	plug_close(&plug);
	vde_hub_fini(ctx);
}

/* Sends one spoiled request; true if the hub hung up, counted it, and opened no port. */
static bool refused(vde_context *ctx, const char *dir, void (*spoil)(struct wire_request *), size_t cut)
{
	struct plug plug;
	struct wire_request request;
	size_t length = plug_prepare(&plug, dir, "x", &request);
	uint64_t before = stats_of(ctx).bad_requests;
	bool hung_up;

	spoil(&request);
	length = cut < length ? cut : length;
	CHECK(send(plug.ctl, &request, length, MSG_NOSIGNAL) == (ssize_t)length);
	hung_up = plug_hung_up(&plug);
	plug_close(&plug);
	return hung_up && stats_of(ctx).bad_requests == before + 1 && stats_of(ctx).ports_ever == 1;
}

static void spoil_magic(struct wire_request *request) { request->magic = 0xdeadbeef; }
static void spoil_version(struct wire_request *request) { request->version = 2; }
static void spoil_type(struct wire_request *request) { request->type = 9; }
static void spoil_family(struct wire_request *request) { request->address.sun_family = AF_INET; }
static void no_path(struct wire_request *request) { memset(request->address.sun_path, 0, 108); }
static void no_such_path(struct wire_request *request) { strcpy(request->address.sun_path, "/nobody/here"); }
static void no_end(struct wire_request *request) { memset(request->address.sun_path, 'x', 108); }
static void own_ctl(struct wire_request *request)
{
	strcpy(request->address.sun_path, test_path("hub/ctl"));
}

void bad_requests_are_counted_and_hung_up(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug good;

	CHECK(plug_open(&good, dir, "good"));
	/* Refused as soon as it shows. */
	CHECK(refused(ctx, dir, spoil_magic, 4));
	CHECK(refused(ctx, dir, spoil_version, 8));
	CHECK(refused(ctx, dir, spoil_type, 12));
	CHECK(refused(ctx, dir, spoil_family, WIRE_FIXED));
	CHECK(refused(ctx, dir, no_path, WIRE_FIXED));
	CHECK(refused(ctx, dir, no_such_path, 1000));
	CHECK(refused(ctx, dir, no_end, 1000));
	CHECK(refused(ctx, dir, own_ctl, 1000));
	CHECK(stats_of(ctx).ports_open == 1 && stats_of(ctx).handshakes == 0);
	plug_close(&good);
	vde_hub_fini(ctx);
}

void half_a_request_then_death(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct wire_request request;
	struct plug plug;

	for (size_t cut = 0; cut < WIRE_FIXED; cut += 11) {
		plug_prepare(&plug, dir, "x", &request);
		CHECK(send(plug.ctl, &request, cut, MSG_NOSIGNAL) == (ssize_t)cut);
		loop_settle();
		CHECK(stats_of(ctx).handshakes == 1);
		plug_close(&plug);
		loop_settle();
		CHECK(stats_of(ctx).handshakes == 0);
		/* Who came and went without a word made no bad request. */
		CHECK(stats_of(ctx).bad_requests == cut / 11);
	}
	vde_hub_fini(ctx);
}

void two_plugs_with_one_path(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug first, other;
	struct wire_request request;
	unsigned char frame[60] = {0}, got[100];
	int second, third;
	size_t length = plug_prepare(&first, dir, "x", &request);

	/* Before the first has connected: the hub cannot know better. */
	second = ctl_connect(dir);
	CHECK(send(first.ctl, &request, length, MSG_NOSIGNAL) == (ssize_t)length);
	loop_settle();
	CHECK(send(second, &request, length, MSG_NOSIGNAL) == (ssize_t)length);
	loop_settle();
	CHECK(recv(first.ctl, &first.hub, sizeof(first.hub), 0) == sizeof(first.hub));
	CHECK(connect(first.data, (struct sockaddr *)&first.hub, sizeof(first.hub)) == 0);
	/* After: the kernel refuses the hub's connect. */
	third = ctl_connect(dir);
	CHECK(send(third, &request, length, MSG_NOSIGNAL) == (ssize_t)length);
	loop_settle();
	CHECK(stats_of(ctx).bad_requests == 1);
	/* The first port works; frames for its double are counted drops. */
	CHECK(plug_open(&other, dir, "other"));
	plug_send(&other, frame, sizeof(frame));
	loop_settle();
	CHECK(plug_recv(&first, got, sizeof(got)) == sizeof(frame));
	CHECK(plug_recv(&first, got, sizeof(got)) == -1);
	CHECK(stats_of(ctx).frames_delivered == 1 && stats_of(ctx).dropped_peer_gone == 1);
	close(second);
	close(third);
	plug_close(&first);
	plug_close(&other);
	vde_hub_fini(ctx);
}

void unfinished_handshakes_age(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug good, silent;
	struct wire_request request;
	vde_limits limits;

	vde_hub_get_limits(ctx, &limits);
	limits.handshake_ms = 60;
	CHECK(vde_hub_set_limits(ctx, &limits) == 0);
	CHECK(plug_open(&good, dir, "good"));
	plug_prepare(&silent, dir, "silent", &request);
	CHECK(plug_hung_up(&silent));
	CHECK(stats_of(ctx).bad_requests == 1 && stats_of(ctx).handshakes == 0);
	CHECK(stats_of(ctx).ports_open == 1);
	plug_close(&good);
	plug_close(&silent);
	vde_hub_fini(ctx);
}

void quiet_ports_stay_unless_told(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug quiet;
	vde_limits limits;

	vde_hub_get_limits(ctx, &limits);
	limits.handshake_ms = 20;
	CHECK(vde_hub_set_limits(ctx, &limits) == 0);
	CHECK(plug_open(&quiet, dir, "quiet"));
	for (int i = 0; i < 30; i++)
		loop_turn(10);
	CHECK(stats_of(ctx).ports_open == 1);
	limits.idle_ms = 50;
	CHECK(vde_hub_set_limits(ctx, &limits) == 0);
	CHECK(plug_hung_up(&quiet));
	CHECK(stats_of(ctx).ports_open == 0 && stats_of(ctx).bad_requests == 0);
	plug_close(&quiet);
	vde_hub_fini(ctx);
}

void ports_are_bounded(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug a, b, c;
	vde_limits limits;
	int silent;

	vde_hub_get_limits(ctx, &limits);
	limits.max_ports = 2;
	CHECK(vde_hub_set_limits(ctx, &limits) == 0);
	CHECK(plug_open(&a, dir, "a"));
	/* A handshake takes a place too. */
	silent = ctl_connect(dir);
	loop_settle();
	CHECK(!plug_open(&b, dir, "b"));
	close(silent);
	loop_settle();
	CHECK(plug_open(&b, dir, "b"));
	CHECK(!plug_open(&c, dir, "c"));
	CHECK(stats_of(ctx).refused_connections == 2 && stats_of(ctx).ports_open == 2);
	plug_close(&a);
	plug_close(&b);
	vde_hub_fini(ctx);
}

void out_of_descriptors_pauses_and_resumes(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct rlimit before, none;
	vde_limits limits;
	int waiting, other;

	vde_hub_get_limits(ctx, &limits);
	limits.handshake_ms = 10000;
	CHECK(vde_hub_set_limits(ctx, &limits) == 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	waiting = ctl_connect(dir);
	none = before;
	none.rlim_cur = (rlim_t)waiting + 1;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(loop_turn(0));
	/* The connection still waits, and yet the loop has nothing to do. */
	CHECK(!loop_turn(0));
	CHECK(stats_of(ctx).refused_connections == 1);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	/* Not "both": valgrind makes up its own EMFILE, and the first is lost. */
	other = ctl_connect(dir);
	for (int i = 0; i < 500 && stats_of(ctx).handshakes == 0; i++)
		loop_turn(10);
	CHECK(stats_of(ctx).handshakes >= 1);
	close(waiting);
	close(other);
	vde_hub_fini(ctx);
}
