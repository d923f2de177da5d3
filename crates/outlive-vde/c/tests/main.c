/*
 * main.c: runs the test named on the command line, in an empty directory of its own.
 *   --list       prints the names of the tests
 *   --serve DIR  is a hub in DIR until its input ends, for plugs of others
 */
#include "harness.h"

#include <inttypes.h>
#include <poll.h>

static int serve(const char *dir)
{
	vde_context *ctx = hub_in(dir);
	vde_hub_stats stats;
	struct pollfd input = {.fd = 0, .events = POLLIN};

	puts("ready");
	fflush(stdout);
	while (poll(&input, 1, 0) == 0)
		loop_turn(10);
	stats = stats_of(ctx);
	vde_hub_fini(ctx);
	printf("ports %" PRIu64 " received %" PRIu64 " delivered %" PRIu64 " bad %" PRIu64 "\n", stats.ports_ever,
	       stats.frames_received, stats.frames_delivered, stats.bad_requests);
	return 0;
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/hub.XXXXXX";

	if (argc == 3 && strcmp(argv[1], "--serve") == 0)
		return serve(argv[2]);
	CHECK(argc == 2);
	CHECK(mkdtemp(dir) != NULL);
	CHECK(setenv("HUB_TEST_DIR", dir, 1) == 0);
#define RUN(name)                                    \
	if (strcmp(argv[1], #name) == 0) {           \
		name();                              \
		loop_reset();                        \
		CHECK(entries_in(dir) == 0);         \
		CHECK(rmdir(dir) == 0);              \
		return 0;                            \
	}
	TESTS(RUN)
	rmdir(dir);
	if (strcmp(argv[1], "--list") == 0) {
#define PRINT(name) puts(#name);
		TESTS(PRINT)
		return 0;
	}
	fprintf(stderr, "no test is named %s\n", argv[1]);
	return 2;
}
