#include "trampolines.h"

#include "_cgo_export.h"

/* What C gets for a call that is late, that is refused for another reason, and that panicked. */
enum { LATE = -1, REFUSED = -2, PANICKED = -3 };

static int unserved(const struct outlive_pass *pass)
{
	switch (pass->unserved) {
	case OUTLIVE_LATE:
		return LATE;
	case OUTLIVE_REFUSED:
		return REFUSED;
	}
	return PANICKED;
}

static int describe(const char *name, size_t size, const struct outlive_member *members, size_t member_count,
                    const void *const *templates, size_t template_count, uint32_t flags, const outlive_type **type)
{
	const struct outlive_description description = {
		.description_size = sizeof description,
		.table = name,
		.host = "errands",
		.size = size,
		.align = _Alignof(void *),
		.members = members,
		.member_count = member_count,
		.templates = templates,
		.template_count = template_count,
		.flags = flags,
	};

	return outlive_describe(&description, type);
}

/* A call of a func(int) int that a pass was tried for. */
static int serve(bool is_inside, struct outlive_pass *pass, int value)
{
	int result;

	if (!is_inside)
		return unserved(pass);
	result = errands_serve(pass, value);
	if (pass->unserved != OUTLIVE_SERVED)
		result = unserved(pass);
	outlive_leave(pass);
	return result;
}

static const outlive_type *run_type;

static int call_run(int value, void *arg)
{
	struct outlive_pass pass;

	return serve(outlive_enter(run_type, 0, arg, &pass), &pass, value);
}

int errands_describe_run(const outlive_type **type)
{
	static const struct errand_run_table table = {call_run};
	static const void *const templates[] = {&table};
	static const struct outlive_member members[] = {OUTLIVE_MEMBER(struct errand_run_table, run, OUTLIVE_CALLBACK)};
	int status = describe("errand_run", sizeof table, members, 1, templates, 1, 0, &run_type);

	*type = run_type;
	return status;
}

static const outlive_type *once_type;

static int call_run_once(int value, void *arg)
{
	struct outlive_pass pass;
	int result = serve(outlive_enter(once_type, 0, arg, &pass), &pass, value);

	outlive_last_call(once_type, 0, &pass);
	return result;
}

int errands_describe_once(const outlive_type **type)
{
	static const struct errand_run_table table = {call_run_once};
	static const void *const templates[] = {&table};
	static const struct outlive_member members[] = {OUTLIVE_MEMBER(struct errand_run_table, run, OUTLIVE_LAST)};
	int status = describe("errand_once", sizeof table, members, 1, templates, 1, 0, &once_type);

	*type = once_type;
	return status;
}

static const outlive_type *tick_type;

#define TICK(number)                                                                              \
	static int call_tick_##number(int value)                                                  \
	{                                                                                         \
		struct outlive_pass pass;                                                         \
                                                                                                  \
		return serve(outlive_enter_instance(tick_type, 0, number, &pass), &pass, value);  \
	}                                                                                         \
	static const struct errand_tick_table tick_##number = {call_tick_##number}
TICK(0);
TICK(1);
TICK(2);

int errands_describe_tick(const outlive_type **type)
{
	static const void *const templates[] = {&tick_0, &tick_1, &tick_2};
	static const struct outlive_member members[] = {OUTLIVE_MEMBER(struct errand_tick_table, tick, OUTLIVE_CALLBACK)};
	int status = describe("errand_tick", sizeof(struct errand_tick_table), members, 1, templates, 3,
	                      OUTLIVE_CONTEXT_FREE, &tick_type);

	*type = tick_type;
	return status;
}

static const outlive_type *stream_type;

static int call_next(struct errand_stream *stream)
{
	struct outlive_pass pass;
	int result;

	if (!outlive_enter_table(stream_type, 0, stream, &pass))
		return unserved(&pass);
	result = errands_next(&pass);
	if (pass.unserved != OUTLIVE_SERVED)
		result = unserved(&pass);
	outlive_leave(&pass);
	return result;
}

static void call_release(struct errand_stream *stream)
{
	struct outlive_pass pass;

	if (outlive_enter_table(stream_type, 1, stream, &pass)) {
		errands_release(&pass);
		outlive_leave(&pass);
	}
	outlive_last_call(stream_type, 1, &pass);
}

int errands_describe_stream(const outlive_type **type)
{
	static const struct errand_stream table = {call_next, call_release};
	static const void *const templates[] = {&table};
	static const struct outlive_member members[] = {
		OUTLIVE_MEMBER(struct errand_stream, next, OUTLIVE_CALLBACK),
		OUTLIVE_MEMBER(struct errand_stream, release, OUTLIVE_LAST),
	};
	int status = describe("errand_stream", sizeof table, members, 2, templates, 1, OUTLIVE_BY_ADDRESS, &stream_type);

	*type = stream_type;
	return status;
}

static const outlive_type *worker_type;

static int call_start(int job, errand_done done, void *cookie, void *arg)
{
	struct outlive_pass pass;
	int result;

	if (!outlive_enter(worker_type, 0, arg, &pass)) {
		done(LATE, cookie);
		return unserved(&pass);
	}
	result = errands_start(&pass, job, done, (uintptr_t)cookie);
	if (pass.unserved != OUTLIVE_SERVED)
		result = unserved(&pass);
	outlive_leave(&pass);
	return result;
}

int errands_describe_worker(const outlive_type **type)
{
	static const struct errand_worker table = {call_start};
	static const void *const templates[] = {&table};
	static const struct outlive_member members[] = {OUTLIVE_MEMBER(struct errand_worker, start, OUTLIVE_CALLBACK)};
	int status = describe("errand_worker", sizeof table, members, 1, templates, 1, 0, &worker_type);

	*type = worker_type;
	return status;
}
