/* queue.c: the frames that wait for a slow peer, oldest first. */
#include "hub.h"

#include <stdlib.h>
#include <string.h>

struct queued_frame {
	struct queued_frame *next;
	size_t length;
	unsigned char bytes[];
};

bool vde_hub__queue_push(struct frame_queue *queue, size_t limit, const void *frame, size_t length)
{
	struct queued_frame *entry;

	if (queue->length >= limit)
		return false;
	entry = malloc(sizeof(*entry) + length);
	if (entry == NULL)
		return false;
	entry->next = NULL;
	entry->length = length;
	memcpy(entry->bytes, frame, length);
	if (queue->head == NULL)
		queue->head = entry;
	else
		queue->tail->next = entry;
	queue->tail = entry;
	queue->length++;
	return true;
}

const void *vde_hub__queue_front(const struct frame_queue *queue, size_t *length)
{
	if (queue->head == NULL)
		return NULL;
	*length = queue->head->length;
	return queue->head->bytes;
}

void vde_hub__queue_pop(struct frame_queue *queue)
{
	struct queued_frame *entry = queue->head;

	if (entry == NULL)
		return;
	queue->head = entry->next;
	queue->length--;
	free(entry);
}
