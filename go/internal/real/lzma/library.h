#ifndef OUTLIVE_REAL_LZMA_H
#define OUTLIVE_REAL_LZMA_H

#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>

int outlive_there_and_back(const lzma_allocator *allocator, const uint8_t *text, size_t length, uint8_t *out,
                           size_t room, size_t *out_length);

static inline uintptr_t outlive_malloc(size_t size)
{
	return (uintptr_t)malloc(size);
}

static inline void outlive_free_number(uintptr_t memory)
{
	free((void *)memory);
}

#endif
