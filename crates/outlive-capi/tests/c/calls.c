/* A table in C's hands: calls that are let in, and those that are refused. */
#include "check.h"
#include <errno.h>
#include <threads.h>

static void a_held_value_is_called_and_a_late_call_is_refused(void)
{
	struct host host = {.result = 40};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);
	struct listener *table = outlive_table(held);
	void *arg = outlive_user_data(held);
	struct outlive_incident incident;
	int line;

	CHECK(table->version == 7);
	CHECK((uintptr_t)arg >> 63 == 1); /* higher than any address */
	errno = 5;
	CHECK(call_line(table, arg, 2) == 42 && errno == 5);
	CHECK(outlive_revoke(held, "ends.go", 12) == OUTLIVE_ENDED_NOW);
	CHECK(atomic_load(&host.ended) == 1);
	CHECK(call_line(table, arg, 2) == -1 && errno == 5);
	CHECK(atomic_load(&host.calls) == 1);
	incident = expect_incident(OUTLIVE_LATE_CALL);
	CHECK(incident.id == outlive_id(held) && incident.count == 1);
	CHECK(is_text(incident.table, "listener") && is_text(incident.callback, "on_line"));
	CHECK(is_text(incident.ended.file, "ends.go") && incident.ended.line == 12);
	CHECK(incident.created.line != 0);

	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_release(held, HERE) == -OUTLIVE_NOT_HELD);
	CHECK(outlive_revoke(held, HERE) == -OUTLIVE_NOT_HELD);
	CHECK(outlive_table(held) == NULL && outlive_user_data(held) == NULL && outlive_id(held) == 0);
	CHECK(outlive_leak(held) == OUTLIVE_NOT_HELD && outlive_hand_over(held) == OUTLIVE_NOT_HELD);
	CHECK(outlive_to_malloc(held) == NULL && outlive_inspect_text(held) == NULL);
	outlive_drop(held);
	CHECK(atomic_load(&host.ended) == 1);

	/* The slot is reused; what is old reaches nobody. */
	for (line = 0; line < 100; line++) {
		struct host other = {.result = line};
		outlive_held *again = hold_host(&other, OUTLIVE_SHARED);

		CHECK(call_line(outlive_table(again), outlive_user_data(again), 1) == line + 1);
		CHECK(call_line(table, arg, 2) == -1);
		CHECK(outlive_revoke(held, HERE) == -OUTLIVE_NOT_HELD);
		CHECK(outlive_release(again, HERE) == OUTLIVE_ENDED_NOW);
		expect_incident(OUTLIVE_LATE_CALL);
	}
}

static void invented_user_data_is_refused(void)
{
	struct host host = {.result = 1};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);
	struct listener *table = outlive_table(held);
	const outlive_type *type = listener_type;
	uintptr_t bits = (uintptr_t)outlive_user_data(held);
	uintptr_t bit;

	for (bit = 1; bit != 0; bit <<= 1)
		CHECK(call_line(table, (void *)(bits ^ bit), 1) == -1);
	CHECK(call_line(table, NULL, 1) == -1);
	CHECK(call_line(table, held, 1) == -1);
	CHECK(call_line(table, &host, 1) == -1);
	while (outlive_take_incidents(&(struct outlive_incident){0}, 1, sizeof(struct outlive_incident)))
		;

	/* That of another type: the same struct, described once more. */
	describe_listener(0);
	CHECK(listener_type != type);
	CHECK(call_line(table, (void *)bits, 1) == -1);
	expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	listener_type = type;
	CHECK(call_line(table, (void *)bits, 1) == 2);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
	expect_no_incident();
}

static void enter_again(struct host *host)
{
	struct outlive_pass pass;

	host->inside = NULL;
	CHECK(outlive_with(host->held, &pass) == OUTLIVE_BUSY);
	outlive_leave(&pass); /* it was refused, so this does nothing */
	CHECK(call_line(outlive_table(host->held), outlive_user_data(host->held), 1) == -1);
}

static void an_exclusive_table_lets_one_call_in(void)
{
	struct host host = {.inside = enter_again};
	outlive_held *held = hold_host(&host, OUTLIVE_EXCLUSIVE);

	CHECK(call_line(outlive_table(held), outlive_user_data(held), 1) == 1);
	expect_incident(OUTLIVE_CONCURRENT_CALL);
	CHECK(call_line(outlive_table(held), outlive_user_data(held), 1) == 1);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
}

static int call_from_elsewhere(void *held)
{
	struct outlive_pass pass;

	CHECK(outlive_with(held, &pass) == OUTLIVE_WRONG_THREAD);
	CHECK(outlive_revoke(held, HERE) == OUTLIVE_ENDED_LATER);
	return call_line(outlive_table(held), outlive_user_data(held), 1);
}

static void a_local_table_is_called_and_ended_on_its_thread(void)
{
	struct host host = {0};
	outlive_held *held = hold_host(&host, OUTLIVE_LOCAL);
	thrd_t thread;
	int result;

	CHECK(call_line(outlive_table(held), outlive_user_data(held), 1) == 1);
	CHECK(thrd_create(&thread, call_from_elsewhere, held) == thrd_success);
	CHECK(thrd_join(thread, &result) == thrd_success);
	CHECK(result == -1 && atomic_load(&host.ended) == 0);
	outlive_ledger(NULL, 0, 0); /* an operation of the host's, on the value's thread */
	CHECK(atomic_load(&host.ended) == 1);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
	expect_incident(OUTLIVE_LATE_CALL);
}

static void the_host_enters_too(void)
{
	struct host host = {0};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);
	struct outlive_pass pass, second;

	CHECK(outlive_with(held, &pass) == OUTLIVE_OK && pass.value == (uintptr_t)&host);
	CHECK(outlive_with(held, &second) == OUTLIVE_OK);
	outlive_leave(&second);
	outlive_leave(&second); /* a second time does nothing */
	CHECK(outlive_revoke(held, HERE) == OUTLIVE_ENDED_LATER && atomic_load(&host.ended) == 0);
	outlive_panicked(&pass, "an exception", 12);
	outlive_bad_argument(&pass, 3, "is odd");
	outlive_leave(&pass);
	CHECK(atomic_load(&host.ended) == 1);
	CHECK(strcmp((const char *)expect_incident(OUTLIVE_PANIC).detail, "an exception") == 0);
	CHECK(strcmp((const char *)expect_incident(OUTLIVE_ARGUMENT_REFUSED).detail,
	             "argument 3: is odd") == 0);
	CHECK(outlive_with(held, &pass) == OUTLIVE_CLOSED);
	outlive_panicked(&pass, "nobody", 6);
	outlive_leave(&pass);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
	expect_no_incident();
}

static void bad_arguments_have_names(void)
{
	struct host host = {0};
	struct outlive_pass pass;
	char *misaligned = (char *)&pass + 1;
	outlive_held *held = NULL;
	outlive_held *some = hold_host(&host, OUTLIVE_SHARED);
	void *arg = outlive_user_data(some);

	CHECK(outlive_hold(NULL, 1, host_end, 0, HERE, &held) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_hold(listener_type, 1, host_end, 3, HERE, &held) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_hold(listener_type, 1, host_end, 0, HERE, NULL) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_hold(listener_type, 1, NULL, 0, NULL, 0, &held) == OUTLIVE_OK);
	CHECK(outlive_release(held, NULL, 0) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_revoke(NULL, HERE) == -OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_revoke_timeout(NULL, 1, HERE) == -OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_revoke_all(NULL, 1, HERE) == -OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_release(NULL, HERE) == -OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_revoke(arg, HERE) == -OUTLIVE_NOT_HELD); /* user data owns nothing */
	CHECK(outlive_leak(NULL) == OUTLIVE_BAD_ARGUMENT && outlive_hand_over(NULL) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_table(NULL) == NULL && outlive_user_data(NULL) == NULL && outlive_id(NULL) == 0);
	CHECK(!outlive_was_notified(NULL) && outlive_to_malloc(NULL) == NULL);
	CHECK(outlive_with(some, NULL) == OUTLIVE_BAD_ARGUMENT && outlive_with(NULL, &pass) == OUTLIVE_BAD_ARGUMENT);
	outlive_drop(NULL);
	CHECK(!outlive_enter(NULL, 0, arg, &pass) && !outlive_enter(listener_type, 0, arg, NULL));
	CHECK(!outlive_enter(listener_type, 0, arg, (void *)misaligned));
	CHECK(!outlive_enter_instance(NULL, 0, 0, &pass));
	CHECK(!outlive_enter_instance(listener_type, 0, 0, &pass)); /* it has no instances */
	expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	outlive_leave(NULL);
	outlive_leave(&pass);
	outlive_panicked(NULL, NULL, 3);
	outlive_bad_argument(NULL, 0, NULL);
	outlive_destroy_notify(NULL, arg);
	/* A callback that was not described has no name, and is called all the same. */
	CHECK(outlive_enter(listener_type, 99, arg, &pass));
	outlive_panicked(&pass, NULL, 3);
	outlive_leave(&pass);
	CHECK(is_text(expect_incident(OUTLIVE_PANIC).callback, ""));
	CHECK(strlen(outlive_status_text(-OUTLIVE_NOT_HELD)) > 0 && strlen(outlive_status_text(999)) > 0);
	CHECK(outlive_release(some, HERE) == OUTLIVE_ENDED_NOW);
	expect_no_incident();
}

static void wrong_descriptions_are_refused(void)
{
	static const struct listener template;
	const void *templates[] = {&template, &template};
	struct outlive_member member = {"on_line", OUTLIVE_CALLBACK, 0, sizeof(void *)};
	struct outlive_member two[] = {{"version", OUTLIVE_CONSTANT, 16, 4},
	                               {"on_line", OUTLIVE_CALLBACK, 0, sizeof(void *)}};
	const struct outlive_description good = {
		sizeof good, "listener", NULL, sizeof template, 8, &member, 1, templates, 1, 0};
	struct outlive_description wrong;
	const outlive_type *type = NULL;

	CHECK(outlive_describe(&good, &type) == OUTLIVE_OK && type != NULL);
	CHECK(outlive_describe(&good, NULL) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_describe(NULL, &type) == OUTLIVE_BAD_ARGUMENT);
#define REFUSED(change)                                                         \
	do {                                                                    \
		wrong = good;                                                   \
		change;                                                         \
		CHECK(outlive_describe(&wrong, &type) == OUTLIVE_BAD_ARGUMENT); \
	} while (0)
	REFUSED(wrong.description_size = 8);
	REFUSED(wrong.size = 0);
	REFUSED(wrong.align = 3);
	REFUSED(wrong.size = SIZE_MAX);
	REFUSED(wrong.members = NULL);
	REFUSED(wrong.member_count = SIZE_MAX);
	REFUSED(wrong.template_count = 0);
	REFUSED(wrong.template_count = 2);
	REFUSED(wrong.flags = 32);
	REFUSED(templates[0] = NULL);
	templates[0] = &template;
	REFUSED(member.kind = 7);
	member.kind = OUTLIVE_CALLBACK;
	REFUSED(member.offset = sizeof template);
	REFUSED(member.offset = SIZE_MAX);
	member.offset = 0;
	REFUSED(member.size = 4);
	member.size = sizeof(void *);
	REFUSED((wrong.members = two, wrong.member_count = 2));
	two[0] = (struct outlive_member){"arg", OUTLIVE_USER_DATA, 0, sizeof(void *)};
	REFUSED((wrong.members = two, wrong.member_count = 1, wrong.flags = OUTLIVE_CONTEXT_FREE));
	two[1] = two[0];
	REFUSED((wrong.members = two, wrong.member_count = 2));
	while (outlive_take_incidents(&(struct outlive_incident){0}, 1, sizeof(struct outlive_incident)))
		;
}

int main(void)
{
	describe_listener(0);
	a_held_value_is_called_and_a_late_call_is_refused();
	invented_user_data_is_refused();
	an_exclusive_table_lets_one_call_in();
	a_local_table_is_called_and_ended_on_its_thread();
	the_host_enters_too();
	bad_arguments_have_names();
	wrong_descriptions_are_refused();
	CHECK(outlive_ledger(NULL, 0, 0) == 0);
	return 0;
}
