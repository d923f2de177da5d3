/*
 * locker.h: a C library that has its host lock and unlock around what it does.
 */
#ifndef LOCKER_H
#define LOCKER_H

#include <stdint.h>

struct locker {
	/* Called before the library touches what host and library share. */
	void (*lock)(void *arg);
	/* Called after it, on the same thread, once for each lock. */
	void (*unlock)(void *arg);
};

/* The same, whose unlock takes back. */
struct locker_kept {
	void (*lock)(void *arg);
	void (*unlock)(void *arg);
};

/* The library begins and ends something, on this thread. */
static inline void locker_begin(const struct locker *locker, uintptr_t arg)
{
	locker->lock((void *)arg);
}

static inline void locker_end(const struct locker *locker, uintptr_t arg)
{
	locker->unlock((void *)arg);
}

#endif
