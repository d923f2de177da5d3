/* inbox.c: takes frames out of a port's socket: all that are there, up to a bound, by one call of the system. */
#include "hub.h"

#include <errno.h>
#include <stdlib.h>

/* Frames taken for one readiness: a flood from one port must not starve the others. */
#define FRAMES 16

struct vde_hub__inbox {
	bool busy; /* its frames are being given to the other ports */
	struct mmsghdr messages[FRAMES];
	struct iovec parts[FRAMES];
	unsigned char frames[FRAMES][VDE_FRAME_MAX];
};

static struct vde_hub__inbox *inbox_of(vde_context *ctx)
{
	struct vde_hub__inbox *inbox = ctx->inbox;

	if (inbox != NULL)
		return inbox;
	/* Its pages are taken when frames lie in them. */
	ctx->inbox = inbox = calloc(1, sizeof(*inbox));
	for (int i = 0; inbox != NULL && i < FRAMES; i++) {
		inbox->parts[i] = (struct iovec){inbox->frames[i], VDE_FRAME_MAX};
		inbox->messages[i].msg_hdr.msg_iov = &inbox->parts[i];
		inbox->messages[i].msg_hdr.msg_iovlen = 1;
	}
	return inbox;
}

/* MSG_TRUNC: the length the frame had, not what fitted. */
static int take_many(struct port *port, struct vde_hub__inbox *inbox, inbox_cb cb)
{
	int count = recvmmsg(port->data_fd, inbox->messages, FRAMES, MSG_DONTWAIT | MSG_TRUNC, NULL);

	inbox->busy = true;
	for (int i = 0; i < count && port->state == PORT_OPEN; i++)
		cb(port, inbox->frames[i], inbox->messages[i].msg_len);
	inbox->busy = false;
	return count < 0 ? -1 : 0;
}

/* Without memory for more, or where a host dispatches another port from inside a callback. */
static int take_one(struct port *port, inbox_cb cb)
{
	unsigned char frame[VDE_FRAME_MAX];
	ssize_t got = recv(port->data_fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_TRUNC);

	if (got >= 0)
		cb(port, frame, (size_t)got);
	return got < 0 ? -1 : 0;
}

int vde_hub__inbox_take(struct port *port, inbox_cb cb)
{
	struct vde_hub__inbox *inbox = inbox_of(port->ctx);

	return inbox == NULL || inbox->busy ? take_one(port, cb) : take_many(port, inbox, cb);
}

void vde_hub__inbox_free(struct vde_hub__inbox *inbox)
{
	free(inbox);
}
