/* Tables of the other shapes: context-free, with user data of their own, written by C, and in C's memory. */
#include "check.h"

/* C passes nothing that leads to the host. */
struct clock {
	int (*now)(void);
};

static const outlive_type *clock_type;

static int now_of(uint32_t instance)
{
	struct outlive_pass pass;
	int result;

	if (!outlive_enter_instance(clock_type, 0, instance, &pass))
		return -1;
	result = ((struct host *)pass.value)->result;
	outlive_leave(&pass);
	return result;
}

static int now_0(void) { return now_of(0); }
static int now_1(void) { return now_of(1); }

static void an_instance_has_code_of_its_own(void)
{
	static const struct clock templates[] = {{now_0}, {now_1}};
	const void *pointers[] = {&templates[0], &templates[1]};
	const struct outlive_member member = {"now", OUTLIVE_CALLBACK, 0, sizeof(void *)};
	const struct outlive_description description = {sizeof description, "clock", "struct host",
		sizeof(struct clock), _Alignof(struct clock), &member, 1, pointers, 2, OUTLIVE_CONTEXT_FREE};
	struct host hosts[] = {{.result = 10}, {.result = 20}, {.result = 30}};
	outlive_held *held[2], *third = NULL;
	struct outlive_pass pass;
	struct clock *tables[2];
	int index;

	CHECK(outlive_describe(&description, &clock_type) == OUTLIVE_OK);
	for (index = 0; index < 2; index++) {
		CHECK(outlive_hold(clock_type, (uintptr_t)&hosts[index], host_end, OUTLIVE_SHARED, HERE,
		                   &held[index]) == OUTLIVE_OK);
		tables[index] = outlive_table(held[index]);
		CHECK(outlive_user_data(held[index]) == NULL);
	}
	CHECK(tables[0]->now() == 10 && tables[1]->now() == 20);
	CHECK(outlive_hold(clock_type, (uintptr_t)&hosts[2], host_end, OUTLIVE_SHARED, HERE, &third) ==
	      OUTLIVE_NO_INSTANCE_LEFT);
	CHECK(atomic_load(&hosts[2].ended) == 0);
	expect_incident(OUTLIVE_INSTANCES_TAKEN);
	CHECK(outlive_hand_over(held[0]) == OUTLIVE_UNSUPPORTED);

	CHECK(outlive_revoke(held[0], HERE) == OUTLIVE_ENDED_NOW);
	CHECK(tables[0]->now() == -1 && tables[1]->now() == 20);
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(outlive_release(held[0], HERE) == OUTLIVE_ENDED_NOW);
	CHECK(tables[0]->now() == -1); /* nobody has the instance */
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(outlive_hold(clock_type, (uintptr_t)&hosts[2], host_end, OUTLIVE_SHARED, HERE, &third) ==
	      OUTLIVE_OK);
	CHECK(tables[0]->now() == 30);
	CHECK(!outlive_enter_instance(clock_type, 0, 2, &pass));
	expect_incident(OUTLIVE_ARGUMENT_REFUSED);
	CHECK(outlive_release(third, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_release(held[1], HERE) == OUTLIVE_ENDED_NOW);
}

/* The first argument is the table, which carries the user data. */
struct device {
	int (*read)(struct device *device);
	void *opaque;
	int last; /* the C library writes it */
};

static const outlive_type *device_type;

static int device_read(struct device *device)
{
	struct outlive_pass pass;
	int result;

	if (!outlive_enter(device_type, 0, device->opaque, &pass))
		return -1;
	result = ((struct host *)pass.value)->result;
	outlive_leave(&pass);
	return result;
}

static void describe_device(size_t member_count)
{
	static const struct device template = {device_read, NULL, 5};
	const void *templates[] = {&template};
	const struct outlive_member members[] = {
		OUTLIVE_MEMBER(struct device, read, OUTLIVE_CALLBACK),
		OUTLIVE_MEMBER(struct device, opaque, OUTLIVE_USER_DATA),
		OUTLIVE_MEMBER(struct device, last, OUTLIVE_WRITTEN_BY_C),
	};
	const struct outlive_description description = {sizeof description, "device", "struct host",
		sizeof template, _Alignof(struct device), members, member_count, templates, 1, 0};

	CHECK(outlive_describe(&description, &device_type) == OUTLIVE_OK);
}

static void a_table_carries_its_own_user_data(void)
{
	struct host hosts[] = {{.result = 1}, {.result = 2}};
	outlive_held *held[2];
	struct device *tables[2], *copy;
	int index;

	describe_device(2);
	for (index = 0; index < 2; index++) {
		CHECK(outlive_hold(device_type, (uintptr_t)&hosts[index], host_end, OUTLIVE_SHARED, HERE,
		                   &held[index]) == OUTLIVE_OK);
		tables[index] = outlive_table(held[index]);
		CHECK(tables[index]->opaque == outlive_user_data(held[index]));
	}
	CHECK(tables[0]->read(tables[0]) == 1 && tables[1]->read(tables[1]) == 2);

	copy = outlive_to_malloc(held[0]);
	CHECK(copy->read(copy) == 1 && copy->last == 5);
	CHECK(outlive_release(held[0], HERE) == OUTLIVE_ENDED_NOW);
	CHECK(copy->read(copy) == -1); /* the copy is C's, and its call is late */
	free(copy);
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(outlive_release(held[1], HERE) == OUTLIVE_ENDED_NOW);
}

static int other_read(struct device *device)
{
	(void)device;
	return 0;
}

static void a_table_that_c_writes_is_watched(void)
{
	struct outlive_member_state members[3];
	struct host host = {.result = 1};
	struct outlive_incident incident;
	outlive_held *held;
	struct device *table;
	char *text;

	describe_device(3);
	CHECK(outlive_hold(device_type, (uintptr_t)&host, host_end, OUTLIVE_SHARED, HERE, &held) ==
	      OUTLIVE_OK);
	table = outlive_table(held);
	table->last = 9;
	CHECK(outlive_inspect(held, members, 3, sizeof members[0]) == 3);
	CHECK(is_text(members[0].name, "read") && members[0].state == OUTLIVE_INTACT);
	CHECK(members[0].kind == OUTLIVE_CALLBACK && members[0].value == (uintptr_t)device_read);
	CHECK(members[1].kind == OUTLIVE_USER_DATA && members[1].state == OUTLIVE_INTACT);
	CHECK(members[2].state == OUTLIVE_ANYTHING && members[2].value == 9);
	expect_no_incident();

	table->read = other_read;
	CHECK(outlive_inspect(held, NULL, 0, 0) == 3);
	incident = expect_incident(OUTLIVE_ALTERED_TABLE);
	CHECK(is_text(incident.callback, "read"));
	text = outlive_inspect_text(held);
	CHECK(strstr(text, "Altered") != NULL && strstr(text, "opaque") != NULL);
	outlive_free(text);
	expect_incident(OUTLIVE_ALTERED_TABLE);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
}

/* Lends what is the host's, and takes it back. */
struct pool {
	int *(*lend)(void *arg);
	int (*take_back)(int *lent, void *arg);
};

static const outlive_type *pool_type;

static int *pool_lend(void *arg)
{
	struct outlive_pass pass;
	int *lent;

	if (!outlive_enter(pool_type, 0, arg, &pass))
		return NULL;
	lent = &((struct host *)pass.value)->result;
	outlive_leave(&pass);
	return lent;
}

static int pool_take_back(int *lent, void *arg)
{
	struct outlive_pass pass;

	if (!outlive_enter(pool_type, 1, arg, &pass))
		return -1;
	CHECK(lent == &((struct host *)pass.value)->result);
	outlive_leave(&pass);
	return 0;
}

/* Holds a host as a pool; with these flags. */
static outlive_held *hold_pool(struct host *host, uint32_t flags)
{
	static const struct pool template = {pool_lend, pool_take_back};
	const void *templates[] = {&template};
	const struct outlive_member members[] = {
		OUTLIVE_MEMBER(struct pool, lend, OUTLIVE_CALLBACK),
		OUTLIVE_MEMBER(struct pool, take_back, OUTLIVE_TAKES_BACK),
	};
	const struct outlive_description description = {sizeof description, "pool", "struct host",
		sizeof(struct pool), _Alignof(struct pool), members, 2, templates, 1, flags};

	CHECK(outlive_describe(&description, &pool_type) == OUTLIVE_OK);
	CHECK(outlive_hold(pool_type, (uintptr_t)host, host_end, OUTLIVE_SHARED, HERE, &host->held) ==
	      OUTLIVE_OK);
	return host->held;
}

static void what_takes_back_is_served_until_the_release(void)
{
	struct host host = {.result = 10};
	outlive_held *held = hold_pool(&host, OUTLIVE_KEEP);
	struct pool *table = outlive_table(held);
	void *arg = outlive_user_data(held);
	int *lent = table->lend(arg);
	struct outlive_entry entry;

	CHECK(outlive_revoke(held, HERE) == OUTLIVE_ENDED_SERVING);
	CHECK(outlive_ledger(&entry, 1, sizeof entry) == 1 && entry.state == OUTLIVE_SERVING);
	CHECK(table->lend(arg) == NULL);
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(*lent == 10 && atomic_load(&host.ended) == 0);
	CHECK(table->take_back(lent, arg) == 0);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW && atomic_load(&host.ended) == 1);
	CHECK(table->take_back(lent, arg) == -1);
	expect_incident(OUTLIVE_LATE_CALL);
}

static void without_a_kept_value_nothing_is_served_after_the_end(void)
{
	struct host host = {0};
	outlive_held *held = hold_pool(&host, 0);
	struct pool *table = outlive_table(held);

	CHECK(outlive_revoke(held, HERE) == OUTLIVE_ENDED_NOW && atomic_load(&host.ended) == 1);
	CHECK(table->take_back(NULL, outlive_user_data(held)) == -1);
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(outlive_release(held, HERE) == OUTLIVE_ENDED_NOW);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "write") == 0) {
		/* A table that C does not write cannot be written. */
		struct host host = {0};
		outlive_held *held;

		describe_device(2);
		CHECK(outlive_hold(device_type, (uintptr_t)&host, NULL, OUTLIVE_SHARED, HERE, &held) ==
		      OUTLIVE_OK);
		puts("writing");
		fflush(stdout);
		((struct device *)outlive_table(held))->read = other_read;
		puts("written");
		return 0;
	}
	an_instance_has_code_of_its_own();
	a_table_carries_its_own_user_data();
	a_table_that_c_writes_is_watched();
	what_takes_back_is_served_until_the_release();
	without_a_kept_value_nothing_is_served_after_the_end();
	expect_no_incident();
	CHECK(outlive_ledger(NULL, 0, 0) == 0);
	return 0;
}
