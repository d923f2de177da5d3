/* hold.h: what held.go asks of the library in one call. */
#ifndef OUTLIVE_GO_HOLD_H
#define OUTLIVE_GO_HOLD_H

#include <stdbool.h>

#include <outlive.h>

/* A registration, with what a Held wants to know of it. */
struct outlive_go_held {
	int status;
	outlive_held *held;
	void *table;
	uintptr_t user_data;
	uint64_t id;
};

/* outlive_hold with the runtime's own end function. */
struct outlive_go_held outlive_go_hold(const outlive_type *type, uintptr_t value, uint32_t kind,
                                       const char *file, uint32_t line);

/* What a close came to, and whether it has let the value go, which Go is then to forget. */
struct outlive_go_closed {
	int status;
	bool ended;
};

/* The library's functions of these names, for a registration that holds value. */
struct outlive_go_closed outlive_go_revoke(outlive_held *held, uintptr_t value, const char *file, uint32_t line);
struct outlive_go_closed outlive_go_revoke_timeout(outlive_held *held, uintptr_t value, uint64_t nanoseconds,
                                                   const char *file, uint32_t line);
struct outlive_go_closed outlive_go_release(outlive_held *held, uintptr_t value, const char *file, uint32_t line);

#endif
