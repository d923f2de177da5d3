/* What a call costs: a bare callback, one behind the gate, and one behind the gate whose calls are counted. */
#include "check.h"
#include <time.h>

enum { CALLS = 2000000, ROUNDS = 15 };

static int bare(int line, void *arg)
{
	return ((struct host *)arg)->result + line;
}

static int gated(int line, void *arg)
{
	struct outlive_pass pass;
	int result;

	if (!outlive_enter(listener_type, 0, arg, &pass))
		return -1;
	result = ((struct host *)pass.value)->result + line;
	outlive_leave(&pass);
	return result;
}

static double nanoseconds(int (*volatile function)(int, void *), void *arg)
{
	struct timespec begun, ended;
	int call;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (call = 0; call < CALLS; call++)
		CHECK(function(call, arg) == call);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	return ((double)(ended.tv_sec - begun.tv_sec) * 1e9 + (double)(ended.tv_nsec - begun.tv_nsec)) / CALLS;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

int main(void)
{
	double best[3] = {1e9, 1e9, 1e9};
	struct host host = {0};
	const outlive_type *plain;
	outlive_held *held, *counted;
	int round;

	describe_listener(0);
	plain = listener_type;
	held = hold_host(&host, OUTLIVE_SHARED);
	describe_listener(OUTLIVE_COUNT);
	counted = hold_host(&host, OUTLIVE_SHARED);
	for (round = 0; round < ROUNDS; round++) {
		const outlive_type *type = listener_type;

		best[0] = least(best[0], nanoseconds(bare, &host));
		best[2] = least(best[2], nanoseconds(gated, outlive_user_data(counted)));
		listener_type = plain;
		best[1] = least(best[1], nanoseconds(gated, outlive_user_data(held)));
		listener_type = type;
	}
	printf("bare %.2f ns, gated %.2f ns, counted %.2f ns\n", best[0], best[1], best[2]);
	outlive_leak(held);
	outlive_leak(counted);
	return 0;
}
