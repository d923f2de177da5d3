#include "check.h"

const outlive_type *listener_type;

static int on_line(int line, void *arg)
{
	struct outlive_pass pass;
	struct host *host;
	int result;

	if (!outlive_enter(listener_type, 0, arg, &pass))
		return -1;
	host = (struct host *)pass.value;
	CHECK(atomic_load(&host->ended) == 0);
	atomic_fetch_add(&host->calls, 1);
	if (host->inside)
		host->inside(host);
	result = host->result + line;
	CHECK(atomic_load(&host->ended) == 0);
	outlive_leave(&pass);
	return result;
}

static void on_close(void *arg)
{
	outlive_destroy_notify(listener_type, arg);
}

void describe_listener(uint32_t flags)
{
	/* Copied: it need not be there after the call. */
	struct listener template = {on_line, on_close, 7};
	const void *templates[] = {&template};
	const struct outlive_member members[] = {
		OUTLIVE_MEMBER(struct listener, on_line, OUTLIVE_CALLBACK),
		OUTLIVE_MEMBER(struct listener, on_close, OUTLIVE_DESTROY_NOTIFY),
		OUTLIVE_MEMBER(struct listener, version, OUTLIVE_CONSTANT),
	};
	const struct outlive_description description = {
		.description_size = sizeof description,
		.table = "listener",
		.host = "struct host",
		.size = sizeof template,
		.align = _Alignof(struct listener),
		.members = members,
		.member_count = 3,
		.templates = templates,
		.template_count = 1,
		.flags = flags,
	};

	CHECK(outlive_describe(&description, &listener_type) == OUTLIVE_OK);
	memset(&template, 0, sizeof template);
}

void host_end(uintptr_t value)
{
	struct host *host = (struct host *)value;

	CHECK(atomic_fetch_add(&host->ended, 1) == 0);
}

outlive_held *hold_host(struct host *host, uint32_t kind)
{
	CHECK(outlive_hold(listener_type, (uintptr_t)host, host_end, kind, HERE, &host->held) ==
	      OUTLIVE_OK);
	return host->held;
}

int call_line(struct listener *table, void *arg, int line)
{
	return table->on_line(line, arg);
}

struct outlive_incident expect_incident(uint32_t kind)
{
	struct outlive_incident incident;

	CHECK(outlive_take_incidents(&incident, 1, sizeof incident) == 1);
	if (incident.kind != kind)
		fprintf(stderr, "kind %u: %s\n", incident.kind, (const char *)incident.detail);
	CHECK(incident.kind == kind);
	return incident;
}

void expect_no_incident(void)
{
	struct outlive_incident incident;

	CHECK(outlive_take_incidents(&incident, 1, sizeof incident) == 0);
}

int is_text(struct outlive_text text, const char *expected)
{
	return text.length == strlen(expected) && memcmp(text.text, expected, text.length) == 0;
}
