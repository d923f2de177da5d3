/* What cannot fail in a test that means something. */
#ifndef MUST_H
#define MUST_H

#include <stdlib.h>

static inline void check(int error)
{
	if (error != 0)
		abort();
}

static inline void *allocate(size_t size)
{
	void *memory = calloc(1, size);
	if (memory == NULL)
		abort();
	return memory;
}

#endif
