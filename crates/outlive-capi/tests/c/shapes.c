/* Tables that C finds by their address, last calls, why a call was not served, and ways back into C. */
#include "check.h"
#include <errno.h>
#include <threads.h>

/* A stream, whose functions get the stream itself. release is the last that C calls. */
struct stream {
	int (*next)(struct stream *stream);
	int (*release)(struct stream *stream);
	int version;
};

static const outlive_type *stream_type;
/* What the trampolines have read in the passes of the last calls. */
static uintptr_t unserved;
/* What next does inside. */
static void (*inside_next)(struct outlive_pass *pass);

static int serve_next(struct stream *stream, struct outlive_pass *pass)
{
	struct host *host;
	int result;

	if (!outlive_enter_table(stream_type, 0, stream, pass)) {
		CHECK(pass->value == 0);
		unserved = pass->unserved;
		return -1;
	}
	CHECK(pass->unserved == OUTLIVE_SERVED);
	host = (struct host *)pass->value;
	CHECK(atomic_load(&host->ended) == 0);
	atomic_fetch_add(&host->calls, 1);
	if (inside_next)
		inside_next(pass);
	if (host->inside)
		host->inside(host);
	result = pass->unserved == OUTLIVE_SERVED ? host->result : -2;
	outlive_leave(pass);
	unserved = pass->unserved;
	return result;
}

static int next(struct stream *stream)
{
	struct outlive_pass pass;

	return serve_next(stream, &pass);
}

static int release(struct stream *stream)
{
	struct outlive_pass pass;
	struct host *host;
	int result = -1;

	if (outlive_enter_table(stream_type, 1, stream, &pass)) {
		host = (struct host *)pass.value;
		atomic_fetch_add(&host->calls, 1);
		if (host->inside)
			host->inside(host);
		if (host->result < 0)
			outlive_panicked(&pass, "boom", 4);
		result = pass.unserved == OUTLIVE_SERVED ? 0 : -2;
		outlive_leave(&pass);
	}
	unserved = pass.unserved;
	outlive_last_call(stream_type, 1, &pass);
	return result;
}

static const struct stream template = {next, release, 7};
static const void *const templates[] = {&template};

static void describe_stream(uint32_t flags, uint32_t kind_of_version)
{
	const struct outlive_member members[] = {
		OUTLIVE_MEMBER(struct stream, next, OUTLIVE_CALLBACK),
		OUTLIVE_MEMBER(struct stream, release, OUTLIVE_LAST),
		OUTLIVE_MEMBER(struct stream, version, kind_of_version),
	};
	const struct outlive_description description = {sizeof description, "stream", "struct host",
		sizeof template, _Alignof(struct stream), members, 3, templates, 1,
		OUTLIVE_BY_ADDRESS | flags};

	CHECK(outlive_describe(&description, &stream_type) == OUTLIVE_OK);
}

static struct stream *hold_stream(struct host *host, uint32_t kind)
{
	CHECK(outlive_hold(stream_type, (uintptr_t)host, host_end, kind, HERE, &host->held) ==
	      OUTLIVE_OK);
	return outlive_table(host->held);
}

static void a_table_is_found_by_its_address(void)
{
	enum { TABLES = 1000 };
	static struct host hosts[TABLES];
	static struct stream *tables[TABLES];
	int index;

	for (index = 0; index < TABLES; index++) {
		hosts[index].result = index;
		tables[index] = hold_stream(&hosts[index], OUTLIVE_SHARED);
		CHECK(tables[index]->version == 7);
	}
	for (index = 0; index < TABLES; index++) {
		errno = 5;
		CHECK(tables[index]->next(tables[index]) == index && errno == 5);
	}
	CHECK(outlive_user_data(hosts[0].held) == NULL && outlive_to_malloc(hosts[0].held) == NULL);
	for (index = 0; index < TABLES; index++)
		CHECK(outlive_release(hosts[index].held, HERE) == OUTLIVE_ENDED_NOW &&
		      atomic_load(&hosts[index].ended) == 1);
	expect_no_incident();
}

static void an_address_of_no_table_is_refused(void)
{
	struct host host = {.result = 1};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	struct stream copy = *table;
	struct outlive_pass pass;
	struct outlive_incident incident;
	size_t offset;

	errno = 5;
	CHECK(next(&copy) == -1 && unserved == OUTLIVE_REFUSED && errno == 5);
	incident = expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	CHECK(is_text(incident.table, "stream") && is_text(incident.callback, "next"));
	CHECK(strstr((const char *)incident.detail, "is no table of stream") != NULL);
	CHECK(next(NULL) == -1 && unserved == OUTLIVE_REFUSED);
	incident = expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	CHECK(strcmp((const char *)incident.detail, "the table's address is NULL") == 0);
	for (offset = 1; offset < sizeof *table; offset++) {
		CHECK(!outlive_enter_table(stream_type, 0, (char *)table + offset, &pass));
		CHECK(pass.unserved == OUTLIVE_REFUSED);
		expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	}
	CHECK(!outlive_enter_table(stream_type, 0, (void *)UINTPTR_MAX, &pass));
	expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	/* A refused pass leaves nothing, panics not, and is no last call of anybody's. */
	outlive_leave(&pass);
	outlive_panicked(&pass, "nobody", 6);
	outlive_bad_argument(&pass, 1, "nobody");
	CHECK(pass.unserved == OUTLIVE_REFUSED);
	outlive_last_call(stream_type, 1, &pass);
	CHECK(!outlive_enter_table(NULL, 0, table, &pass) && pass.unserved == OUTLIVE_REFUSED);
	CHECK(!outlive_enter_table(stream_type, 0, table, NULL));
	CHECK(!outlive_enter_table(stream_type, 0, table, (void *)((char *)&pass + 1)));
	/* A table that no address leads to. */
	CHECK(!outlive_enter_table(listener_type, 0, table, &pass));
	expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	expect_no_incident();
	CHECK(table->next(table) == 1 && atomic_load(&host.ended) == 0);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
}

static void a_table_that_c_writes_has_an_address_of_its_own(void)
{
	struct host host = {.result = 1};
	const outlive_type *type = stream_type;
	struct stream *table;

	describe_stream(0, OUTLIVE_WRITTEN_BY_C);
	table = hold_stream(&host, OUTLIVE_SHARED);
	table->version = 9;
	CHECK(table->next(table) == 1 && table->version == 9);
	/* The table of another type. */
	stream_type = type;
	CHECK(next(table) == -1 && unserved == OUTLIVE_REFUSED);
	CHECK(strstr((const char *)expect_incident(OUTLIVE_ARGUMENT_REFUSED).detail,
	             "the address is of stream") != NULL);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
}

static void a_last_call_ends_what_was_handed_over(void)
{
	struct host host = {0};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	outlive_held *held = host.held;
	struct outlive_entry entry;

	CHECK(!outlive_was_notified(held));
	CHECK(outlive_hand_over(held) == OUTLIVE_OK);
	CHECK(outlive_hand_over(held) == OUTLIVE_NOT_HELD);
	CHECK(table->next(table) == 0);
	CHECK(outlive_ledger(&entry, 1, sizeof entry) == 1 && entry.state == OUTLIVE_LIVE);
	errno = 5;
	CHECK(table->release(table) == 0 && unserved == OUTLIVE_SERVED && errno == 5);
	CHECK(atomic_load(&host.ended) == 1 && atomic_load(&host.calls) == 2);
	CHECK(outlive_ledger(NULL, 0, 0) == 0);
	expect_no_incident();
	/* Twice. */
	CHECK(table->release(table) == -1 && unserved == OUTLIVE_LATE);
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(atomic_load(&host.ended) == 1);
}

static void a_last_call_leaves_what_is_the_hosts_still(void)
{
	struct host host = {0};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);

	CHECK(table->release(table) == 0 && atomic_load(&host.ended) == 1);
	CHECK(outlive_was_notified(host.held) && outlive_id(host.held) != 0);
	CHECK(table->release(table) == -1 && unserved == OUTLIVE_LATE);
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
	expect_no_incident();
}

static void a_last_call_that_panicked_was_made(void)
{
	struct host host = {.result = -1};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);

	CHECK(outlive_hand_over(host.held) == OUTLIVE_OK);
	CHECK(table->release(table) == -2 && unserved == OUTLIVE_PANICKED);
	expect_incident(OUTLIVE_PANIC);
	CHECK(atomic_load(&host.ended) == 1 && outlive_ledger(NULL, 0, 0) == 0);
	expect_no_incident();
}

static void a_last_call_that_was_refused_was_made_and_is_no_fault(void)
{
	struct host host = {0};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);

	CHECK(outlive_revoke(host.held, HERE) == OUTLIVE_ENDED_NOW && atomic_load(&host.ended) == 1);
	CHECK(outlive_hand_over(host.held) == OUTLIVE_OK);
	CHECK(outlive_ledger(NULL, 0, 0) == 1);
	CHECK(table->release(table) == -1 && unserved == OUTLIVE_LATE);
	CHECK(outlive_ledger(NULL, 0, 0) == 0 && atomic_load(&host.calls) == 0);
	expect_no_incident();
}

static void a_last_call_is_served_until_the_release(void)
{
	struct host host = {0};
	const outlive_type *type = stream_type;
	struct stream *table;

	describe_stream(OUTLIVE_KEEP, OUTLIVE_CONSTANT);
	table = hold_stream(&host, OUTLIVE_SHARED);
	CHECK(outlive_revoke(host.held, HERE) == OUTLIVE_ENDED_SERVING);
	CHECK(table->next(table) == -1 && unserved == OUTLIVE_LATE);
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(atomic_load(&host.ended) == 0);
	CHECK(table->release(table) == 0 && atomic_load(&host.ended) == 1);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
	expect_no_incident();
	stream_type = type;
}

/* A registration that has got this table's memory, which is used again after all that is free. */
static void hold_again(struct host *host, struct stream *table)
{
	int left = 100000;

	while (hold_stream(host, OUTLIVE_SHARED) != table) {
		CHECK(outlive_release(host->held, HERE) == OUTLIVE_ENDED_NOW && left-- > 0);
		atomic_store(&host->ended, 0);
	}
}

static void a_last_call_ends_no_other_that_has_got_its_memory(void)
{
	struct host host = {0}, other = {.result = 2};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	struct outlive_pass pass;

	/* What `release` does; but its host releases the table meanwhile, and another gets the memory. */
	CHECK(outlive_enter_table(stream_type, 1, table, &pass));
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_LATER);
	outlive_leave(&pass);
	CHECK(atomic_load(&host.ended) == 1);
	hold_again(&other, table);
	outlive_last_call(stream_type, 1, &pass);
	CHECK(atomic_load(&other.ended) == 0 && table->next(table) == 2);
	CHECK(outlive_release(other.held, HERE) == OUTLIVE_ENDED_NOW);
	expect_no_incident();
}

static atomic_int is_inside, go_on;

static void stay_inside(struct host *host)
{
	(void)host;
	atomic_store(&is_inside, 1);
	while (!atomic_load(&go_on))
		thrd_yield();
}

static int call_next(void *table)
{
	return next(table);
}

static void a_last_call_leaves_the_value_to_the_call_inside(void)
{
	struct host host = {.inside = stay_inside};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	thrd_t thread;
	int result;

	atomic_store(&is_inside, 0);
	atomic_store(&go_on, 0);
	CHECK(thrd_create(&thread, call_next, table) == thrd_success);
	while (!atomic_load(&is_inside))
		thrd_yield();
	host.inside = NULL;
	CHECK(outlive_hand_over(host.held) == OUTLIVE_OK);
	CHECK(table->release(table) == 0 && atomic_load(&host.ended) == 0);
	atomic_store(&go_on, 1);
	CHECK(thrd_join(thread, &result) == thrd_success && result == 0);
	CHECK(atomic_load(&host.ended) == 1 && outlive_ledger(NULL, 0, 0) == 0);
	expect_no_incident();
}

static void make_the_last_call_again(struct host *host)
{
	host->inside = NULL;
	CHECK(release(outlive_table(host->held)) == 0);
}

static void of_two_last_calls_at_once_the_second_is_told(void)
{
	struct host host = {.inside = make_the_last_call_again};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);

	CHECK(table->release(table) == 0);
	CHECK(is_text(expect_incident(OUTLIVE_CONCURRENT_CALL).callback, "release"));
	CHECK(atomic_load(&host.ended) == 1 && atomic_load(&host.calls) == 2);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
	expect_no_incident();
}

static void only_a_callback_that_is_described_so_is_the_last(void)
{
	struct host host = {0};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	struct outlive_pass pass;

	CHECK(serve_next(table, &pass) == 0);
	outlive_last_call(stream_type, 0, &pass);
	CHECK(is_text(expect_incident(OUTLIVE_ARGUMENT_REFUSED).callback, "next"));
	outlive_last_call(stream_type, 2, &pass);
	expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	outlive_last_call(stream_type, 99, &pass);
	expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	outlive_last_call(NULL, 1, &pass);
	outlive_last_call(stream_type, 1, NULL);
	outlive_last_call(stream_type, 1, (void *)((char *)&pass + 1));
	outlive_last_call(stream_type, 1, &(struct outlive_pass){0});
	CHECK(!outlive_was_notified(host.held) && table->next(table) == 0);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
	expect_no_incident();
}

/* A callback without user data, which C calls once. */
static int (*once_table)(void);
static const outlive_type *once_type;

static int take_once(void)
{
	struct outlive_pass pass;
	int result = -1;

	if (outlive_enter_instance(once_type, 0, 0, &pass)) {
		result = ((struct host *)pass.value)->result;
		outlive_leave(&pass);
	}
	outlive_last_call(once_type, 0, &pass);
	return result;
}

static void a_last_call_gives_an_instance_back(void)
{
	static int (*const once)(void) = take_once;
	const void *const once_templates[] = {&once};
	const struct outlive_member member = {"once", OUTLIVE_LAST, 0, sizeof once};
	const struct outlive_description description = {sizeof description, "once", "struct host",
		sizeof once, _Alignof(int (*)(void)), &member, 1, once_templates, 1, OUTLIVE_CONTEXT_FREE};
	int round;

	CHECK(outlive_describe(&description, &once_type) == OUTLIVE_OK);
	for (round = 0; round < 3; round++) {
		struct host host = {.result = round};
		outlive_held *held, *second;

		CHECK(outlive_hold(once_type, (uintptr_t)&host, host_end, OUTLIVE_SHARED, HERE, &held) ==
		      OUTLIVE_OK);
		CHECK(outlive_hold(once_type, 1, NULL, OUTLIVE_SHARED, HERE, &second) ==
		      OUTLIVE_NO_INSTANCE_LEFT);
		expect_incident(OUTLIVE_INSTANCES_TAKEN);
		memcpy(&once_table, outlive_table(held), sizeof once_table);
		CHECK(outlive_hand_over(held) == OUTLIVE_OK);
		CHECK(once_table() == round && atomic_load(&host.ended) == 1);
	}
	CHECK(once_table() == -1);
	expect_incident(OUTLIVE_LATE_CALL);
}

static void fail_otherwise(struct outlive_pass *pass)
{
	outlive_bad_argument(pass, 1, "is odd");
	CHECK(pass->unserved == OUTLIVE_BAD_CALL);
}

static void fail(struct outlive_pass *pass)
{
	outlive_panicked(pass, "boom", 4);
	CHECK(pass->unserved == OUTLIVE_PANICKED);
}

static void a_pass_says_why_its_call_was_not_served(void)
{
	struct host host = {.result = 3};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	struct outlive_pass pass;

	memset(&pass, 0xff, sizeof pass);
	CHECK(outlive_with(host.held, &pass) == OUTLIVE_OK && pass.unserved == OUTLIVE_SERVED);
	outlive_leave(&pass);
	inside_next = fail_otherwise;
	CHECK(table->next(table) == -2 && unserved == OUTLIVE_BAD_CALL);
	expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	inside_next = fail;
	CHECK(table->next(table) == -2 && unserved == OUTLIVE_PANICKED);
	expect_incident(OUTLIVE_PANIC);
	inside_next = NULL;
	CHECK(table->next(table) == 3 && unserved == OUTLIVE_SERVED);
	CHECK(outlive_revoke(host.held, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(table->next(table) == -1 && unserved == OUTLIVE_LATE);
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(outlive_with(host.held, &pass) == OUTLIVE_CLOSED && pass.unserved == OUTLIVE_LATE);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(next(table) == -1 && unserved == OUTLIVE_LATE);
	expect_incident(OUTLIVE_LATE_CALL);
}

static void enter_again(struct host *host)
{
	host->inside = NULL;
	CHECK(next(outlive_table(host->held)) == -1 && unserved == OUTLIVE_REFUSED);
	expect_incident(OUTLIVE_CONCURRENT_CALL);
}

static void an_exclusive_table_that_is_busy_is_refused_not_late(void)
{
	struct host host = {.inside = enter_again, .result = 4};
	struct stream *table = hold_stream(&host, OUTLIVE_EXCLUSIVE);

	CHECK(table->next(table) == 4);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
}

static outlive_outgoing *way;
static atomic_int answered;

static void make_way(struct outlive_pass *pass)
{
	CHECK(outlive_outgoing_new(pass, &way) == OUTLIVE_OK && way != NULL);
}

static outlive_outgoing *way_of(struct stream *table)
{
	inside_next = make_way;
	table->next(table);
	inside_next = NULL;
	return way;
}

static void answer(uintptr_t arg)
{
	atomic_fetch_add(&answered, (int)arg);
}

static int answer_elsewhere(void *outgoing)
{
	return outlive_outgoing_call(outgoing, answer, 10);
}

static void a_host_answers_until_the_release(void)
{
	struct host host = {0};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	outlive_outgoing *first = way_of(table), *second = way_of(table);
	thrd_t thread;
	int result;

	CHECK(first != second);
	atomic_store(&answered, 0);
	CHECK(outlive_outgoing_call(first, answer, 1) == OUTLIVE_OK && atomic_load(&answered) == 1);
	CHECK(thrd_create(&thread, answer_elsewhere, first) == thrd_success);
	CHECK(thrd_join(thread, &result) == thrd_success && result == OUTLIVE_OK);
	CHECK(atomic_load(&answered) == 11);
	CHECK(outlive_revoke(host.held, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_outgoing_call(second, answer, 100) == OUTLIVE_OK);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_outgoing_call(second, answer, 1000) == OUTLIVE_CLOSED);
	CHECK(outlive_outgoing_free(first) == OUTLIVE_OK);
	CHECK(outlive_outgoing_free(first) == OUTLIVE_NOT_HELD);
	CHECK(outlive_outgoing_call(first, answer, 1000) == OUTLIVE_NOT_HELD);
	CHECK(outlive_outgoing_free(second) == OUTLIVE_OK);
	CHECK(atomic_load(&answered) == 111);
	expect_no_incident();
}

static void a_host_answers_after_cs_last_call(void)
{
	struct host host = {0};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	outlive_outgoing *outgoing = way_of(table);

	CHECK(outlive_hand_over(host.held) == OUTLIVE_OK);
	CHECK(table->release(table) == 0 && atomic_load(&host.ended) == 1);
	atomic_store(&answered, 0);
	CHECK(outlive_outgoing_call(outgoing, answer, 1) == OUTLIVE_OK && atomic_load(&answered) == 1);
	CHECK(outlive_outgoing_free(outgoing) == OUTLIVE_OK);
	CHECK(outlive_ledger(NULL, 0, 0) == 0);
	expect_no_incident();
}

static void answer_slowly(uintptr_t arg)
{
	(void)arg;
	stay_inside(NULL);
}

static int answer_slowly_elsewhere(void *outgoing)
{
	return outlive_outgoing_call(outgoing, answer_slowly, 0);
}

static int let_go_on(void *unused)
{
	(void)unused;
	thrd_sleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
	atomic_store(&go_on, 1);
	return 0;
}

static void a_release_waits_for_an_answer_under_way(void)
{
	struct host host = {0};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	outlive_outgoing *outgoing = way_of(table);
	thrd_t threads[2];
	int result;

	atomic_store(&is_inside, 0);
	atomic_store(&go_on, 0);
	CHECK(thrd_create(&threads[0], answer_slowly_elsewhere, outgoing) == thrd_success);
	while (!atomic_load(&is_inside))
		thrd_yield();
	/* It is not awaited here. */
	CHECK(outlive_outgoing_free(outgoing) == OUTLIVE_OK);
	CHECK(thrd_create(&threads[1], let_go_on, NULL) == thrd_success);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW && atomic_load(&go_on) == 1);
	CHECK(thrd_join(threads[0], &result) == thrd_success && result == OUTLIVE_OK);
	CHECK(thrd_join(threads[1], NULL) == thrd_success);
	CHECK(outlive_ledger(NULL, 0, 0) == 0);
	expect_no_incident();
}

static void a_way_into_c_is_made_of_a_call_that_is_inside(void)
{
	struct host host = {0};
	struct stream *table = hold_stream(&host, OUTLIVE_SHARED);
	struct outlive_pass pass;
	outlive_outgoing *outgoing = NULL;

	CHECK(serve_next(table, &pass) == 0);
	CHECK(outlive_outgoing_new(&pass, &outgoing) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_outgoing_new(NULL, &outgoing) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_with(host.held, &pass) == OUTLIVE_OK);
	CHECK(outlive_outgoing_new(&pass, NULL) == OUTLIVE_BAD_ARGUMENT && outgoing == NULL);
	CHECK(outlive_outgoing_new(&pass, &outgoing) == OUTLIVE_OK);
	outlive_leave(&pass);
	CHECK(outlive_outgoing_call(outgoing, NULL, 1) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_outgoing_call(NULL, answer, 1) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_outgoing_call((outlive_outgoing *)host.held, answer, 1) == OUTLIVE_NOT_HELD);
	CHECK(outlive_outgoing_free(NULL) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_outgoing_free((outlive_outgoing *)host.held) == OUTLIVE_NOT_HELD);
	CHECK(outlive_outgoing_free(outgoing) == OUTLIVE_OK);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);
	expect_no_incident();
}

static void what_c_can_end_by_nothing_is_not_handed_over(void)
{
	const struct outlive_member member = OUTLIVE_MEMBER(struct stream, next, OUTLIVE_CALLBACK);
	const struct outlive_description description = {sizeof description, "stream", "struct host",
		sizeof template, _Alignof(struct stream), &member, 1, templates, 1, OUTLIVE_BY_ADDRESS};
	const outlive_type *type;
	outlive_held *held;

	CHECK(outlive_describe(&description, &type) == OUTLIVE_OK);
	CHECK(outlive_hold(type, 1, NULL, OUTLIVE_SHARED, HERE, &held) == OUTLIVE_OK);
	CHECK(outlive_hand_over(held) == OUTLIVE_UNSUPPORTED);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
}

/* Describes a table with this member and these flags, and gives what is said of it. */
static struct outlive_incident refused(struct outlive_member member, size_t size, uint32_t flags)
{
	struct outlive_description description = {sizeof description, "stream", "struct host",
		size, 8, &member, 1, templates, 1, flags};
	const outlive_type *type = NULL;

	CHECK(outlive_describe(&description, &type) == OUTLIVE_BAD_ARGUMENT && type == NULL);
	return expect_incident(OUTLIVE_ARGUMENT_REFUSED);
}

static void wrong_descriptions_are_refused_in_words(void)
{
	const struct outlive_member good = {"next", OUTLIVE_CALLBACK, 0, sizeof(void *)};
	struct outlive_member wrong = good;

#define SAID(text, member, size, flags) \
	CHECK(strstr((const char *)refused(member, size, flags).detail, text) != NULL)
	SAID("not context-free and by address", good, 24, OUTLIVE_BY_ADDRESS | OUTLIVE_CONTEXT_FREE);
	SAID("flags 0x20", good, 24, 32);
	SAID("less than 64 KiB", good, 1 << 16, OUTLIVE_BY_ADDRESS);
	wrong.kind = OUTLIVE_USER_DATA;
	SAID("where C passes no user data", wrong, 24, OUTLIVE_BY_ADDRESS);
	wrong.kind = OUTLIVE_DESTROY_NOTIFY;
	SAID("where C passes no user data", wrong, 24, OUTLIVE_BY_ADDRESS);
	wrong.kind = OUTLIVE_LAST + 1;
	SAID("of a kind that there is not", wrong, 24, 0);
	wrong.kind = OUTLIVE_LAST;
	wrong.size = 4;
	SAID("not as long as a pointer", wrong, 24, 0);
}

int main(void)
{
	struct outlive_member_state members[3];
	struct host host = {0};

	describe_listener(0);
	describe_stream(0, OUTLIVE_CONSTANT);
	hold_stream(&host, OUTLIVE_SHARED);
	CHECK(outlive_inspect(host.held, members, 3, sizeof members[0]) == 3);
	CHECK(members[0].kind == OUTLIVE_CALLBACK && members[1].kind == OUTLIVE_LAST);
	CHECK(outlive_release(host.held, HERE) == OUTLIVE_ENDED_NOW);

	a_table_is_found_by_its_address();
	an_address_of_no_table_is_refused();
	a_table_that_c_writes_has_an_address_of_its_own();
	a_last_call_ends_what_was_handed_over();
	a_last_call_leaves_what_is_the_hosts_still();
	a_last_call_that_panicked_was_made();
	a_last_call_that_was_refused_was_made_and_is_no_fault();
	a_last_call_is_served_until_the_release();
	a_last_call_ends_no_other_that_has_got_its_memory();
	a_last_call_leaves_the_value_to_the_call_inside();
	of_two_last_calls_at_once_the_second_is_told();
	only_a_callback_that_is_described_so_is_the_last();
	a_last_call_gives_an_instance_back();
	a_pass_says_why_its_call_was_not_served();
	an_exclusive_table_that_is_busy_is_refused_not_late();
	a_host_answers_until_the_release();
	a_host_answers_after_cs_last_call();
	a_release_waits_for_an_answer_under_way();
	a_way_into_c_is_made_of_a_call_that_is_inside();
	what_c_can_end_by_nothing_is_not_handed_over();
	wrong_descriptions_are_refused_in_words();
	expect_no_incident();
	CHECK(outlive_ledger(NULL, 0, 0) == 0);
	return 0;
}
