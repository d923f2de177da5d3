/* Blocks of memory that comes from the host. */
#include "heap.h"

#include <string.h>

enum { BLOCKS = 8, SIZE = 32 };

struct heap {
	const struct heap_methods *methods;
	void *blocks[BLOCKS];
};

struct heap *heap_open(const struct heap_methods *methods)
{
	struct heap *heap = methods->allocate(sizeof *heap);
	if (heap == NULL)
		return NULL;
	memset(heap, 0, sizeof *heap);
	heap->methods = methods;
	for (int i = 0; i < BLOCKS; i++) {
		heap->blocks[i] = methods->allocate(SIZE);
		if (heap->blocks[i] == NULL) {
			heap_close(heap);
			return NULL;
		}
		memset(heap->blocks[i], i, SIZE);
	}
	if (!heap_grow(heap)) {
		heap_close(heap);
		return NULL;
	}
	return heap;
}

int heap_grow(struct heap *heap)
{
	void *larger = heap->methods->resize(heap->blocks[0], 4 * SIZE);
	if (larger == NULL)
		return 0;
	heap->blocks[0] = larger;
	memset(larger, 0, 4 * SIZE);
	return 1;
}

void heap_close(struct heap *heap)
{
	const struct heap_methods *methods = heap->methods;
	for (int i = 0; i < BLOCKS; i++) {
		if (heap->blocks[i] != NULL)
			methods->release(heap->blocks[i]);
	}
	methods->release(heap);
}

int heap_use(const struct heap_methods *methods)
{
	struct heap *heap = heap_open(methods);
	if (heap == NULL)
		return 0;
	heap_close(heap);
	return 1;
}

int heap_use_allocator(const struct heap_allocator *allocator)
{
	void *blocks[BLOCKS];
	int count = 0;
	while (count < BLOCKS) {
		blocks[count] = allocator->allocate(allocator->opaque, SIZE, 1);
		if (blocks[count] == NULL)
			break;
		memset(blocks[count++], 0, SIZE);
	}
	for (int i = 0; i < count; i++)
		allocator->release(allocator->opaque, blocks[i]);
	return count == BLOCKS;
}
