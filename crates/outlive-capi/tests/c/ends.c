/* The ways a table ends, while calls are inside and after. */
#include "check.h"
#include <threads.h>

static atomic_int entered, go_on;

static void stay_inside(struct host *host)
{
	(void)host;
	atomic_store(&entered, 1);
	while (!atomic_load(&go_on))
		thrd_yield();
}

static int caller(void *argument)
{
	struct host *host = argument;
	outlive_held *held = host->held;

	return call_line(outlive_table(held), outlive_user_data(held), 1);
}

static int letter(void *argument)
{
	(void)argument;
	thrd_sleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
	atomic_store(&go_on, 1);
	return 0;
}

static thrd_t start(thrd_start_t function, void *argument)
{
	thrd_t thread;

	CHECK(thrd_create(&thread, function, argument) == thrd_success);
	return thread;
}

static thrd_t start_inside(struct host *host)
{
	thrd_t thread;

	atomic_store(&entered, 0);
	atomic_store(&go_on, 0);
	host->inside = stay_inside;
	thread = start(caller, host);
	while (!atomic_load(&entered))
		thrd_yield();
	return thread;
}

static void revoke_waits_for_the_call_inside(void)
{
	struct host host = {.result = 10};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);
	thrd_t inside = start_inside(&host);
	thrd_t second;
	int result;

	CHECK(outlive_revoke_timeout(held, 1000000, HERE) == OUTLIVE_ENDED_LATER);
	CHECK(atomic_load(&host.ended) == 0);
	second = start(letter, NULL);
	CHECK(outlive_revoke(held, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(atomic_load(&go_on) == 1 && atomic_load(&host.ended) == 1);
	CHECK(thrd_join(inside, &result) == thrd_success && result == 11);
	CHECK(thrd_join(second, NULL) == thrd_success);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
}

static void release_from_inside(struct host *host)
{
	CHECK(outlive_release(host->held, HERE) == OUTLIVE_ENDED_LATER);
	CHECK(outlive_release(host->held, HERE) == -OUTLIVE_NOT_HELD);
	CHECK(atomic_load(&host->ended) == 0);
}

static void a_callback_releases_its_own_table(void)
{
	struct host host = {.inside = release_from_inside};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);

	CHECK(call_line(outlive_table(held), outlive_user_data(held), 3) == 3);
	CHECK(atomic_load(&host.ended) == 1);
	CHECK(outlive_ledger(NULL, 0, 0) == 0);
}

static void a_drop_does_not_wait(void)
{
	struct host host = {0};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);
	struct listener *table = outlive_table(held);
	void *arg = outlive_user_data(held);
	thrd_t inside = start_inside(&host);

	outlive_drop(held);
	CHECK(atomic_load(&host.ended) == 0);
	CHECK(call_line(table, arg, 1) == -1);
	expect_incident(OUTLIVE_LATE_CALL);
	atomic_store(&go_on, 1);
	CHECK(thrd_join(inside, NULL) == thrd_success);
	CHECK(atomic_load(&host.ended) == 1);
	CHECK(outlive_ledger(NULL, 0, 0) == 1); /* C may have the table still */
}

static void many_are_revoked_at_once(void)
{
	struct host hosts[3] = {{0}, {0}, {0}};
	outlive_held *held[3];
	int index;

	for (index = 0; index < 3; index++)
		held[index] = hold_host(&hosts[index], OUTLIVE_SHARED);
	CHECK(outlive_release(held[1], HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_revoke_all(held, 3, HERE) == -OUTLIVE_NOT_HELD);
	for (index = 0; index < 3; index++)
		CHECK(atomic_load(&hosts[index].ended) == 1);
	CHECK(outlive_revoke_all(&held[2], 1, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_release(held[0], HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_release(held[2], HERE) == OUTLIVE_ENDED_NOW);
}

static int closer(void *argument)
{
	struct host *host = argument;

	while (!atomic_load(&entered))
		thrd_yield();
	return outlive_revoke(host->held, HERE);
}

static void stay_inside_for_a_moment(struct host *host)
{
	(void)host;
	atomic_store(&entered, 1);
	/* The other thread begins to close meanwhile, and waits for this call. */
	thrd_sleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

static void the_owner_of_a_local_table_ends_what_another_thread_closes(void)
{
	struct host host = {.inside = stay_inside_for_a_moment};
	outlive_held *held;
	thrd_t other;
	int result;

	atomic_store(&entered, 0);
	held = hold_host(&host, OUTLIVE_LOCAL);
	other = start(closer, &host);
	CHECK(call_line(outlive_table(held), outlive_user_data(held), 1) == 1);
	CHECK(outlive_revoke(held, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(atomic_load(&host.ended) == 1);
	/* The value was left to its own thread, or that was quicker. */
	CHECK(thrd_join(other, &result) == thrd_success);
	CHECK(result == OUTLIVE_ENDED_LATER || result == OUTLIVE_ENDED_NOW);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
}

static void c_destroys_what_was_handed_over(void)
{
	struct host host = {0};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);
	struct listener *table = outlive_table(held);
	void *arg = outlive_user_data(held);
	size_t before = outlive_ledger(NULL, 0, 0);

	CHECK(!outlive_was_notified(held));
	CHECK(outlive_hand_over(held) == OUTLIVE_OK);
	CHECK(outlive_hand_over(held) == OUTLIVE_NOT_HELD);
	CHECK(call_line(table, arg, 5) == 5);
	table->on_close(arg);
	CHECK(atomic_load(&host.ended) == 1);
	CHECK(outlive_ledger(NULL, 0, 0) == before - 1);
	table->on_close(arg);
	expect_incident(OUTLIVE_LATE_CALL);
}

static void c_destroys_what_it_did_not_take(void)
{
	struct host host = {0};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);
	struct listener *table = outlive_table(held);
	size_t before = outlive_ledger(NULL, 0, 0);

	table->on_close(outlive_user_data(held)); /* the C call fails, and has called it */
	CHECK(atomic_load(&host.ended) == 1 && outlive_was_notified(held));
	CHECK(outlive_hand_over(held) == OUTLIVE_OK);
	CHECK(outlive_ledger(NULL, 0, 0) == before - 1);
}

static void what_is_leaked_stays(void)
{
	static struct host host = {.result = 1};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);
	struct listener *table = outlive_table(held);
	void *arg = outlive_user_data(held);
	struct host ended = {0};

	CHECK(outlive_leak(held) == OUTLIVE_OK && outlive_leak(held) == OUTLIVE_NOT_HELD);
	CHECK(call_line(table, arg, 1) == 2);
	held = hold_host(&ended, OUTLIVE_SHARED);
	CHECK(outlive_revoke(held, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_leak(held) == OUTLIVE_CLOSED);
}

/* Two threads give one table back, two more use it meanwhile. */
static _Atomic(outlive_held *) shared;
static atomic_int round_now, done, released;

static int user(void *argument)
{
	int number = (int)(intptr_t)argument;
	int seen = 0;

	for (;;) {
		int now = atomic_load(&round_now);
		outlive_held *held;
		struct outlive_pass pass;

		if (now < 0)
			return 0;
		if (now == seen) {
			thrd_yield();
			continue;
		}
		seen = now;
		held = atomic_load(&shared);
		if (outlive_with(held, &pass) == OUTLIVE_OK)
			outlive_leave(&pass);
		outlive_table(held);
		outlive_revoke(held, HERE);
		if (number % 2 == 0 && outlive_release(held, HERE) >= 0)
			atomic_fetch_add(&released, 1);
		atomic_fetch_add(&done, 1);
	}
}

static void one_of_two_threads_releases(void)
{
	enum { THREADS = 4, ROUNDS = 1000 };
	thrd_t threads[THREADS];
	size_t before = outlive_ledger(NULL, 0, 0);
	int round, index;

	for (index = 0; index < THREADS; index++)
		threads[index] = start(user, (void *)(intptr_t)index);
	for (round = 1; round <= ROUNDS; round++) {
		struct host host = {0};

		atomic_store(&done, 0);
		atomic_store(&released, 0);
		atomic_store(&shared, hold_host(&host, OUTLIVE_SHARED));
		atomic_store(&round_now, round);
		while (atomic_load(&done) < THREADS)
			thrd_yield();
		CHECK(atomic_load(&released) == 1 && atomic_load(&host.ended) == 1);
		CHECK(outlive_release(atomic_load(&shared), HERE) == -OUTLIVE_NOT_HELD);
	}
	atomic_store(&round_now, -1);
	for (index = 0; index < THREADS; index++)
		CHECK(thrd_join(threads[index], NULL) == thrd_success);
	CHECK(outlive_ledger(NULL, 0, 0) == before);
}

int main(void)
{
	describe_listener(OUTLIVE_COUNT);
	revoke_waits_for_the_call_inside();
	a_callback_releases_its_own_table();
	a_drop_does_not_wait();
	many_are_revoked_at_once();
	the_owner_of_a_local_table_ends_what_another_thread_closes();
	c_destroys_what_was_handed_over();
	c_destroys_what_it_did_not_take();
	what_is_leaked_stays();
	one_of_two_threads_releases();
	expect_no_incident();
	return 0;
}
