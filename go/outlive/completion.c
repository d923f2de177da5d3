#include "completion.h"

#include <stdatomic.h>

#include "_cgo_export.h"

uint64_t outlive_go_thread(void)
{
	static atomic_uint_least64_t threads;
	static _Thread_local uint64_t number;

	if (number == 0)
		number = atomic_fetch_add(&threads, 1) + 1;
	return number;
}

int outlive_go_call(outlive_outgoing *outgoing, uintptr_t number)
{
	return outlive_outgoing_call(outgoing, outlive_go_answer, number);
}
