#include "vde_event_handler_trampolines.h"

#include <errno.h>

#include "_cgo_export.h"

/* Set by describe, before there is a table. */
static const outlive_type *type;

enum { EVENT_ADD, EVENT_DEL, TIMEOUT_ADD, TIMEOUT_DEL };

static void *event_add(uint32_t instance, int fd, short events, const struct timeval *timeout, event_cb cb,
                       void *arg)
{
	struct outlive_pass pass;
	uintptr_t result;

	if (!outlive_enter_instance(type, EVENT_ADD, instance, &pass)) {
		errno = ECANCELED;
		return NULL;
	}
	result = outlive_go_vde_event_handler_event_add(&pass, fd, events, (struct timeval *)timeout, cb,
	                                                (uintptr_t)arg);
	outlive_leave(&pass);
	return (void *)result;
}

static void event_del(uint32_t instance, void *ev)
{
	struct outlive_pass pass;

	if (!outlive_enter_instance(type, EVENT_DEL, instance, &pass))
		return;
	outlive_go_vde_event_handler_event_del(&pass, (uintptr_t)ev);
	outlive_leave(&pass);
}

static void *timeout_add(uint32_t instance, const struct timeval *timeout, short events, event_cb cb,
                         void *arg)
{
	struct outlive_pass pass;
	uintptr_t result;

	if (!outlive_enter_instance(type, TIMEOUT_ADD, instance, &pass)) {
		errno = ECANCELED;
		return NULL;
	}
	result = outlive_go_vde_event_handler_timeout_add(&pass, (struct timeval *)timeout, events, cb,
	                                                  (uintptr_t)arg);
	outlive_leave(&pass);
	return (void *)result;
}

static void timeout_del(uint32_t instance, void *ev)
{
	struct outlive_pass pass;

	if (!outlive_enter_instance(type, TIMEOUT_DEL, instance, &pass))
		return;
	outlive_go_vde_event_handler_timeout_del(&pass, (uintptr_t)ev);
	outlive_leave(&pass);
}

/* No parameter leads to the host, so each instance has code of its own, which knows its number. */
#define INSTANCES(X)                                                                                          \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) \
	X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31) \
	X(32) X(33) X(34) X(35) X(36) X(37) X(38) X(39) X(40) X(41) X(42) X(43) X(44) X(45) X(46) X(47) \
	X(48) X(49) X(50) X(51) X(52) X(53) X(54) X(55) X(56) X(57) X(58) X(59) X(60) X(61) X(62) X(63)

#define INSTANCE(n)                                                                                           \
	static void *event_add_##n(int fd, short events, const struct timeval *timeout, event_cb cb, void *arg)   \
	{                                                                                                         \
		return event_add(n, fd, events, timeout, cb, arg);                                                    \
	}                                                                                                         \
	static void event_del_##n(void *ev)                                                                       \
	{                                                                                                         \
		event_del(n, ev);                                                                                     \
	}                                                                                                         \
	static void *timeout_add_##n(const struct timeval *timeout, short events, event_cb cb, void *arg)         \
	{                                                                                                         \
		return timeout_add(n, timeout, events, cb, arg);                                                      \
	}                                                                                                         \
	static void timeout_del_##n(void *ev)                                                                     \
	{                                                                                                         \
		timeout_del(n, ev);                                                                                   \
	}
INSTANCES(INSTANCE)

#define TABLE(n)                                                                                              \
	{                                                                                                         \
		.event_add = event_add_##n,                                                                           \
		.event_del = event_del_##n,                                                                           \
		.timeout_add = timeout_add_##n,                                                                       \
		.timeout_del = timeout_del_##n,                                                                       \
	},
static const struct vde_event_handler tables[] = {INSTANCES(TABLE)};

#define ADDRESS(n) &tables[n],
static const void *const templates[] = {INSTANCES(ADDRESS)};

#define MEMBER(member, kind)                                                                                  \
	{                                                                                                         \
		#member, kind, offsetof(struct vde_event_handler, member),                                            \
			sizeof(((struct vde_event_handler *)0)->member)                                                   \
	}

int outlive_go_vde_event_handler_describe(const outlive_type **described)
{
	static const struct outlive_member members[] = {
		MEMBER(event_add, OUTLIVE_CALLBACK),
		MEMBER(event_del, OUTLIVE_CALLBACK),
		MEMBER(timeout_add, OUTLIVE_CALLBACK),
		MEMBER(timeout_del, OUTLIVE_CALLBACK),
	};
	static const struct outlive_description description = {
		.description_size = sizeof description,
		.table = "vde_event_handler",
		.host = "vde.EventHandler",
		.size = sizeof(struct vde_event_handler),
		.align = _Alignof(struct vde_event_handler),
		.members = members,
		.member_count = sizeof members / sizeof *members,
		.templates = templates,
		.template_count = sizeof templates / sizeof *templates,
		.flags = OUTLIVE_CONTEXT_FREE,
	};
	int status = outlive_describe(&description, &type);

	*described = type;
	return status;
}
