#include "keeper_listener_trampolines.h"

#include <errno.h>

#include "_cgo_export.h"

/* Set by describe, before there is a table. */
static const outlive_type *type;

enum { ON_EVENT, ON_DO, ON_UNDO };

static int on_event(int value, void *arg)
{
	struct outlive_pass pass;
	int result;

	if (!outlive_enter(type, ON_EVENT, arg, &pass))
		return -1;
	result = outlive_go_keeper_listener_on_event(&pass, value);
	outlive_leave(&pass);
	return result;
}

static void *on_do(const char *what, void *arg)
{
	struct outlive_pass pass;
	uintptr_t result;

	if (!outlive_enter(type, ON_DO, arg, &pass)) {
		errno = ECANCELED;
		return NULL;
	}
	result = outlive_go_keeper_listener_on_do(&pass, (char *)what);
	outlive_leave(&pass);
	return (void *)result;
}

static void on_undo(void *token, void *arg)
{
	struct outlive_pass pass;

	if (!outlive_enter(type, ON_UNDO, arg, &pass))
		return;
	outlive_go_keeper_listener_on_undo(&pass, (uintptr_t)token);
	outlive_leave(&pass);
}

static void destroy(void *arg)
{
	outlive_destroy_notify(type, arg);
}

static const struct keeper_listener table = {
	.on_event = on_event,
	.on_do = on_do,
	.on_undo = on_undo,
	.destroy = destroy,
};
static const void *const templates[] = {&table};

#define MEMBER(member, kind)                                                                                  \
	{                                                                                                         \
		#member, kind, offsetof(struct keeper_listener, member), sizeof(((struct keeper_listener *)0)->member) \
	}

int outlive_go_keeper_listener_describe(const outlive_type **described)
{
	static const struct outlive_member members[] = {
		MEMBER(on_event, OUTLIVE_CALLBACK),
		MEMBER(on_do, OUTLIVE_CALLBACK),
		MEMBER(on_undo, OUTLIVE_CALLBACK),
		MEMBER(destroy, OUTLIVE_DESTROY_NOTIFY),
	};
	static const struct outlive_description description = {
		.description_size = sizeof description,
		.table = "keeper_listener",
		.host = "keeper.Listener",
		.size = sizeof(struct keeper_listener),
		.align = _Alignof(struct keeper_listener),
		.members = members,
		.member_count = sizeof members / sizeof *members,
		.templates = templates,
		.template_count = 1,
	};
	int status = outlive_describe(&description, &type);

	*described = type;
	return status;
}
