/* What the library says: the ledger, incidents, tokens, and what is said at exit. */
#include "check.h"

static void the_ledger_lists_what_is_held(void)
{
	struct host hosts[] = {{0}, {0}};
	struct outlive_entry entries[2];
	outlive_held *held[2];
	unsigned line = __LINE__ + 2;

	CHECK(outlive_hold(listener_type, (uintptr_t)&hosts[0], host_end, OUTLIVE_SHARED, HERE, &held[0]) ==
	      OUTLIVE_OK);
	held[1] = hold_host(&hosts[1], OUTLIVE_SHARED);
	call_line(outlive_table(held[0]), outlive_user_data(held[0]), 1);
	call_line(outlive_table(held[0]), outlive_user_data(held[0]), 1);
	CHECK(outlive_revoke(held[1], "other.go", 77) == OUTLIVE_ENDED_NOW);
	call_line(outlive_table(held[1]), outlive_user_data(held[1]), 1);

	CHECK(outlive_ledger(entries, 1, sizeof entries[0]) == 2);
	CHECK(outlive_ledger(entries, 2, sizeof entries[0]) == 2);
	CHECK(entries[0].id == outlive_id(held[0]) && entries[0].state == OUTLIVE_LIVE);
	CHECK(is_text(entries[0].table, "listener") && is_text(entries[0].host, "struct host"));
	CHECK(is_text(entries[0].created.file, __FILE__) && entries[0].created.line >= line - 1 &&
	      entries[0].created.line <= line + 1);
	CHECK(entries[0].counts_served && entries[0].served == 2 && entries[0].refused == 0);
	CHECK(entries[0].ended.line == 0 && entries[0].in_flight == 0 && !entries[0].leaked);
	CHECK(entries[1].state == OUTLIVE_ENDED && entries[1].refused == 1);
	CHECK(is_text(entries[1].ended.file, "other.go") && entries[1].ended.line == 77);
	CHECK(entries[1].incidents[OUTLIVE_LATE_CALL] == 1);
	expect_incident(OUTLIVE_LATE_CALL);

	/* A program with an older, shorter struct gets as much as it knows. */
	memset(entries, 0x55, sizeof entries);
	CHECK(outlive_ledger(entries, 2, sizeof(uint64_t)) == 2);
	CHECK(entries[0].id == outlive_id(held[0]));
	CHECK(((uint64_t *)(void *)entries)[1] == outlive_id(held[1]));
	CHECK(((uint64_t *)(void *)entries)[2] == 0x5555555555555555);

	char *text = outlive_ledger_text();
	CHECK(strstr(text, "listener by struct host") != NULL && strstr(text, "2 served") != NULL);
	outlive_free(text);
	outlive_free(NULL);
	CHECK(outlive_release(held[0], HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_release(held[1], HERE) == OUTLIVE_ENDED_NOW);
}

static void tokens_find_what_is_alive(void)
{
	outlive_tokens *tokens, *others;
	struct outlive_incident incident;
	uintptr_t value = 0;
	void *token, *other;

	CHECK(outlive_tokens_new("timer", HERE, &tokens) == OUTLIVE_OK);
	CHECK(outlive_tokens_new("fd", HERE, &others) == OUTLIVE_OK);
	CHECK(outlive_tokens_new("x", HERE, NULL) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_tokens_insert(tokens, 41, &token) == OUTLIVE_OK && token != NULL);
	CHECK(outlive_tokens_insert(others, 42, &other) == OUTLIVE_OK && other != token);
	CHECK(outlive_tokens_insert(others, 42, NULL) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_tokens_get(tokens, token, &value) == OUTLIVE_OK && value == 41);
	CHECK(outlive_tokens_get(tokens, token, NULL) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_tokens_count(tokens) == 1);
	expect_no_incident();
	CHECK(outlive_tokens_get(tokens, other, &value) == OUTLIVE_BAD_TOKEN && value == 41);
	incident = expect_incident(OUTLIVE_TOKEN_NOT_LIVE);
	CHECK(is_text(incident.table, "timer") && is_text(incident.created.file, __FILE__));
	CHECK(outlive_tokens_remove(tokens, token, &value) == OUTLIVE_OK);
	CHECK(outlive_tokens_remove(tokens, token, &value) == OUTLIVE_BAD_TOKEN);
	expect_incident(OUTLIVE_TOKEN_NOT_LIVE);
	CHECK(outlive_tokens_remove(others, other, NULL) == OUTLIVE_OK);
	CHECK(outlive_tokens_free(tokens) == OUTLIVE_OK && outlive_tokens_free(others) == OUTLIVE_OK);
	CHECK(outlive_tokens_free(tokens) == OUTLIVE_NOT_HELD && outlive_tokens_free(NULL) == OUTLIVE_NOT_HELD);
	CHECK(outlive_tokens_insert(tokens, 1, &token) == OUTLIVE_NOT_HELD);
	CHECK(outlive_tokens_get(NULL, token, &value) == OUTLIVE_NOT_HELD);
	CHECK(outlive_tokens_count(tokens) == 0);
}

static int heard;

static void hook(const struct outlive_incident *incident, void *arg)
{
	CHECK(arg == &heard && incident->kind == OUTLIVE_LATE_CALL);
	CHECK(is_text(incident->callback, "on_line"));
	heard++;
}

static void a_hook_hears_of_incidents_on_the_hosts_side(void)
{
	struct host host = {0};
	outlive_held *held = hold_host(&host, OUTLIVE_SHARED);
	void *table = outlive_table(held);
	void *arg = outlive_user_data(held);

	outlive_on_incident(hook, &heard);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
	call_line(table, arg, 1);
	CHECK(heard == 0);
	outlive_deliver_incidents();
	CHECK(heard == 1);
	call_line(table, arg, 1);
	outlive_ledger(NULL, 0, 0);
	CHECK(heard == 2 && outlive_missed_incidents() == 0);
	outlive_on_incident(NULL, NULL);
}

static void a_loop_belongs_to_its_thread(void)
{
	outlive_loop *loop;
	outlive_held *held;
	size_t calls = 9;

	CHECK(outlive_loop_new(NULL) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_loop_new(&loop) == OUTLIVE_OK);
	CHECK(outlive_loop_run_once(loop, 0, &calls) == OUTLIVE_OK && calls == 0);
	CHECK(outlive_loop_stop(loop) == OUTLIVE_OK && outlive_loop_run(loop) == OUTLIVE_OK);
	CHECK(outlive_vde_handler_new(loop, HERE, NULL) == OUTLIVE_BAD_ARGUMENT);
	CHECK(outlive_vde_handler_new(loop, HERE, &held) == OUTLIVE_OK);
	CHECK(outlive_with(held, &(struct outlive_pass){0}) == OUTLIVE_UNSUPPORTED);
	CHECK(outlive_loop_free(loop) == OUTLIVE_OK);
	CHECK(outlive_loop_free(loop) == OUTLIVE_NOT_HELD && outlive_loop_run(NULL) == OUTLIVE_NOT_HELD);
	CHECK(outlive_loop_stop(loop) == OUTLIVE_NOT_HELD);
	CHECK(outlive_vde_handler_new(loop, HERE, &held) == OUTLIVE_NOT_HELD);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
}

int main(int argc, char **argv)
{
	static struct host host;

	describe_listener(argc > 1 && strcmp(argv[1], "abort") == 0 ? OUTLIVE_ABORT_ON_PANIC : OUTLIVE_COUNT);
	if (argc > 1 && strcmp(argv[1], "abort") == 0) {
		struct outlive_pass pass;

		CHECK(outlive_with(hold_host(&host, OUTLIVE_SHARED), &pass) == OUTLIVE_OK);
		outlive_panicked(&pass, "boom", 4);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "exit") == 0) {
		outlive_held *held;

		hold_host(&host, OUTLIVE_SHARED);
		CHECK(outlive_hold(listener_type, 0, NULL, OUTLIVE_SHARED, "kept.go", 33, &held) == OUTLIVE_OK);
		CHECK(outlive_leak(held) == OUTLIVE_OK);
		return 0;
	}
	the_ledger_lists_what_is_held();
	tokens_find_what_is_alive();
	a_hook_hears_of_incidents_on_the_hosts_side();
	a_loop_belongs_to_its_thread();
	CHECK(outlive_ledger(NULL, 0, 0) == 0);
	return 0;
}
