/* hold.h: what held.go asks of the library in one call. */
#ifndef OUTLIVE_GO_HOLD_H
#define OUTLIVE_GO_HOLD_H

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

#endif
