/* test_frames.c: frames, from port to port and on their way out. */
#include "harness.h"

void frames_reach_all_other_ports(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug plugs[4];
	unsigned char sent[1514], got[2048];
	static const size_t lengths[] = {14, 60, 1514};

	for (int i = 0; i < 4; i++)
		CHECK(plug_open(&plugs[i], dir, "p"));
	for (unsigned from = 0; from < 4; from++) {
		for (size_t n = 0; n < 3; n++) {
			make_frame(sent, lengths[n], from * 10 + (unsigned)n);
			plug_send(&plugs[from], sent, lengths[n]);
			loop_settle();
			for (unsigned to = 0; to < 4; to++) {
				ssize_t length = plug_recv(&plugs[to], got, sizeof(got));

				if (to == from)
					CHECK(length == -1);
				else
					CHECK(length == (ssize_t)lengths[n] && memcmp(got, sent, lengths[n]) == 0);
			}
		}
	}
	CHECK(stats_of(ctx).frames_received == 12);
	CHECK(stats_of(ctx).frames_delivered == 36);
	for (int i = 0; i < 4; i++)
		plug_close(&plugs[i]);
	loop_settle();
	CHECK(stats_of(ctx).ports_open == 0 && stats_of(ctx).ports_ever == 4);
	vde_hub_fini(ctx);
}

void one_read_for_each_frame_at_low_load(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	unsigned char frame[60], got[100];
	struct plug a, b;
	unsigned before;

	CHECK(plug_open(&a, dir, "a") && plug_open(&b, dir, "b"));
	for (unsigned i = 0; i < 100; i++) {
		make_frame(frame, sizeof(frame), i);
		plug_send(&a, frame, sizeof(frame));
		before = reads_counted;
		loop_settle();
		CHECK(reads_counted == before + 1);
		CHECK(plug_recv(&b, got, sizeof(got)) == sizeof(frame));
	}
	/* And fewer than that when many are there. */
	for (unsigned i = 0; i < 8; i++)
		plug_send(&a, frame, sizeof(frame));
	before = reads_counted;
	loop_settle();
	CHECK(reads_counted == before + 1);
	CHECK(stats_of(ctx).frames_received == 108);
	plug_close(&a);
	plug_close(&b);
	vde_hub_fini(ctx);
}

void frames_of_bad_length_are_counted(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	static unsigned char frame[20000], got[20000];
	struct plug a, b;
	vde_hub_stats stats;

	CHECK(plug_open(&a, dir, "a") && plug_open(&b, dir, "b"));
	plug_send(&a, frame, 0);
	plug_send(&a, frame, 13);
	plug_send(&a, frame, VDE_FRAME_MAX + 1);
	plug_send(&a, frame, 20000);
	loop_settle();
	CHECK(plug_recv(&b, got, sizeof(got)) == -1);
	stats = stats_of(ctx);
	CHECK(stats.dropped_too_short == 2 && stats.dropped_too_long == 2 && stats.frames_received == 0);
	/* The port has come to no harm, and the bounds themselves are good. */
	plug_send(&a, frame, VDE_FRAME_MIN);
	plug_send(&a, frame, VDE_FRAME_MAX);
	loop_settle();
	CHECK(plug_recv(&b, got, sizeof(got)) == VDE_FRAME_MIN);
	CHECK(plug_recv(&b, got, sizeof(got)) == VDE_FRAME_MAX);
	plug_close(&a);
	plug_close(&b);
	vde_hub_fini(ctx);
}

void a_peer_that_never_reads_is_bounded(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug a, good, never;
	unsigned char frame[1514], got[2048];
	vde_limits limits;
	vde_hub_stats stats;
	const unsigned total = 3000;

	vde_hub_get_limits(ctx, &limits);
	limits.queue_frames = 32;
	CHECK(vde_hub_set_limits(ctx, &limits) == 0);
	CHECK(plug_open(&a, dir, "a") && plug_open(&never, dir, "never") && plug_open(&good, dir, "good"));
	for (unsigned i = 0; i < total; i++) {
		make_frame(frame, sizeof(frame), i);
		plug_send(&a, frame, sizeof(frame));
		loop_settle();
		/* Each frame, at once, in order, whatever its neighbour does. */
		CHECK(plug_recv(&good, got, sizeof(got)) == sizeof(frame));
		CHECK(memcmp(frame, got, sizeof(frame)) == 0);
	}
	stats = stats_of(ctx);
	CHECK(stats.frames_queued == 32);
	CHECK(stats.dropped_queue_full > 0);
	CHECK(stats.frames_received == total);
	CHECK(stats.frames_delivered + stats.frames_queued + stats.dropped_queue_full == 2 * total);
	/* A WRITE event waits for it and does not fire while its socket is full. */
	CHECK(!loop_turn(0));
	plug_close(&never);
	loop_settle();
	stats = stats_of(ctx);
	CHECK(stats.ports_open == 2 && stats.frames_queued == 0 && stats.dropped_peer_gone == 32);
	plug_close(&a);
	plug_close(&good);
	vde_hub_fini(ctx);
}

void a_full_queue_is_sent_when_read(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug a, slow;
	unsigned char frame[1000], got[2048];
	unsigned sent = 0, received = 0;

	CHECK(plug_open(&a, dir, "a") && plug_open(&slow, dir, "slow"));
	while (stats_of(ctx).frames_queued < 100 && sent < 100000) {
		make_frame(frame, sizeof(frame), sent++);
		plug_send(&a, frame, sizeof(frame));
		loop_settle();
	}
	CHECK(stats_of(ctx).frames_queued == 100);
	/* None lost, none twice, none out of order, also those sent while others wait. */
	for (unsigned idle = 0; received < sent && idle < 100000; idle++) {
		ssize_t length = plug_recv(&slow, got, sizeof(got));

		if (length < 0) {
			loop_turn(1);
			continue;
		}
		make_frame(frame, sizeof(frame), received++);
		CHECK(length == sizeof(frame) && memcmp(frame, got, sizeof(frame)) == 0);
		if (received % 7 == 0 && sent < 1000) {
			make_frame(frame, sizeof(frame), sent++);
			plug_send(&a, frame, sizeof(frame));
			loop_settle();
		}
	}
	CHECK(received == sent);
	CHECK(stats_of(ctx).frames_queued == 0 && stats_of(ctx).dropped_queue_full == 0);
	CHECK(stats_of(ctx).frames_delivered == sent);
	plug_close(&a);
	plug_close(&slow);
	vde_hub_fini(ctx);
}

void a_dead_data_socket_closes_its_port(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug a, half, good;
	unsigned char frame[60] = {0}, got[100];

	CHECK(plug_open(&a, dir, "a") && plug_open(&half, dir, "half") && plug_open(&good, dir, "good"));
	close(half.data); /* its control connection stays */
	half.data = -1;
	plug_send(&a, frame, sizeof(frame));
	loop_settle();
	CHECK(plug_recv(&good, got, sizeof(got)) == sizeof(frame));
	CHECK(plug_hung_up(&half));
	CHECK(stats_of(ctx).ports_open == 2 && stats_of(ctx).dropped_peer_gone == 1);
	plug_close(&a);
	close(half.ctl);
	plug_close(&good);
	vde_hub_fini(ctx);
}

void dead_peers_raise_no_signal(void)
{
	const char *dir = test_path("hub");
	vde_context *ctx = hub_in(dir);
	struct plug a, b, c;
	struct wire_request request;
	unsigned char frame[60] = {0};
	size_t length;

	/* SIGPIPE is at its default here: one would end this test. */
	CHECK(plug_open(&a, dir, "a"));
	for (int i = 0; i < 20; i++) {
		CHECK(plug_open(&b, dir, "b"));
		plug_close(&b);
		plug_send(&a, frame, sizeof(frame));
		loop_settle();
		/* Gone before the reply, with a data socket that is still good: the reply meets a dead stream. */
		length = plug_prepare(&b, dir, "b", &request);
		CHECK(send(b.ctl, &request, length, MSG_NOSIGNAL) == (ssize_t)length);
		close(b.ctl);
		loop_settle();
		b.ctl = -1;
		CHECK(stats_of(ctx).bad_requests == (uint64_t)i + 1);
		/* Takes no more data, but lives. */
		CHECK(plug_open(&c, dir, "c"));
		CHECK(shutdown(c.data, SHUT_RD) == 0);
		plug_send(&a, frame, sizeof(frame));
		loop_settle();
		plug_close(&b);
		plug_close(&c);
		loop_settle();
	}
	CHECK(stats_of(ctx).ports_open == 1);
	plug_close(&a);
	vde_hub_fini(ctx);
}
