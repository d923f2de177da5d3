#include "hold.h"
#include "_cgo_export.h"

/* The value whose registration this thread is closing, and whether that has let it go. */
static _Thread_local struct {
	uintptr_t value;
	bool ended;
} closing;

/*
 * The library calls this once for each registration, when no call is inside: on the thread of the last call to
 * leave, or on that of the close. Where that is the close of this very value, Go lets it go when the close has
 * returned, and is not called from here for it.
 */
static void end(uintptr_t value)
{
	if (value == closing.value)
		closing.ended = true;
	else
		outlive_go_end(value);
}

struct outlive_go_held outlive_go_hold(const outlive_type *type, uintptr_t value, uint32_t kind,
                                       const char *file, uint32_t line)
{
	struct outlive_go_held made = {0};

	made.status = outlive_hold(type, value, end, kind, file, line, &made.held);
	if (made.status != OUTLIVE_OK)
		return made;
	made.table = outlive_table(made.held);
	made.user_data = (uintptr_t)outlive_user_data(made.held);
	made.id = outlive_id(made.held);
	return made;
}

/* A close that ends another value on its way may run Go code, which closes in turn: the outer one's goes on then. */
#define CLOSED_BY(call)                               \
	__typeof__(closing) outer = closing;              \
	struct outlive_go_closed closed;                  \
                                                      \
	closing.value = value;                            \
	closing.ended = false;                            \
	closed.status = (call);                           \
	closed.ended = closing.ended;                     \
	closing = outer;                                  \
	return closed

struct outlive_go_closed outlive_go_revoke(outlive_held *held, uintptr_t value, const char *file, uint32_t line)
{
	CLOSED_BY(outlive_revoke(held, file, line));
}

struct outlive_go_closed outlive_go_revoke_timeout(outlive_held *held, uintptr_t value, uint64_t nanoseconds,
                                                   const char *file, uint32_t line)
{
	CLOSED_BY(outlive_revoke_timeout(held, nanoseconds, file, line));
}

struct outlive_go_closed outlive_go_release(outlive_held *held, uintptr_t value, const char *file, uint32_t line)
{
	CLOSED_BY(outlive_release(held, file, line));
}
