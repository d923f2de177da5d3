/* Libraries that allocate by functions of their host's: without user data, as sqlite3_mem_methods, jansson's and
 * libxml2's functions, and with it, as lzma_allocator. */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

struct heap_methods {
	/* NULL: there is no memory. */
	void *(*allocate)(size_t size);
	void (*release)(void *memory);
	/* NULL: there is no memory; the old memory is as before. */
	void *(*resize)(void *memory, size_t size);
};

struct heap_allocator {
	void *(*allocate)(void *opaque, size_t count, size_t size);
	void (*release)(void *opaque, void *memory);
	void *opaque;
};

/* Memory that is in use. */
struct heap;

/* Allocates a few blocks, of which one is resized. NULL where one of them is refused: those before are released. */
struct heap *heap_open(const struct heap_methods *methods);
/* Resizes a block; whether there was memory. */
int heap_grow(struct heap *heap);
/* Releases all blocks. */
void heap_close(struct heap *heap);
/* heap_open and heap_close; whether there was memory. */
int heap_use(const struct heap_methods *methods);

/* The same by an allocator with user data. */
int heap_use_allocator(const struct heap_allocator *allocator);

#endif
