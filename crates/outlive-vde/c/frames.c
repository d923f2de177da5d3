/* frames.c: takes frames from one port and gives them to the others. */
#include "hub.h"

#include <errno.h>

enum outcome { SENT, FULL, GONE, FAILED };

static enum outcome send_now(struct port *port, const void *frame, size_t length)
{
	ssize_t sent;

	do
		sent = send(port->data_fd, frame, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0) {
		port->info.frames_out++;
		port->ctx->stats.frames_delivered++;
		port->active_ms = vde_hub__now_ms();
		return SENT;
	}
	switch (errno) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return FULL;
	case ECONNREFUSED:
	case ECONNRESET:
	case ENOTCONN:
	case EPIPE:
		return GONE;
	default:
		return FAILED;
	}
}

static void count_drop(struct port *port, uint64_t *counter)
{
	++*counter;
	port->info.frames_dropped++;
}

static void on_writable(int fd, short events, void *arg);

static void wait_for_room(struct port *port)
{
	if (port->write_token != NULL)
		return;
	if (!vde_hub__event_add(port->ctx, &port->write_token, port->data_fd, VDE_EV_WRITE,
				on_writable, port))
		vde_hub__port_close(port, VDE_CLOSED_HANDLER);
	else if (port->state == PORT_DEAD)
		vde_hub__port_drop_events(port);
}

static void enqueue(struct port *port, const void *frame, size_t length)
{
	vde_context *ctx = port->ctx;

	if (!vde_hub__queue_push(&port->queue, ctx->limits.queue_frames, frame, length)) {
		count_drop(port, &ctx->stats.dropped_queue_full);
		return;
	}
	ctx->stats.frames_queued++;
	wait_for_room(port);
}

static void deliver(struct port *port, const void *frame, size_t length)
{
	vde_hub_stats *stats = &port->ctx->stats;

	/* Never past frames that wait: order is kept. */
	switch (port->queue.length > 0 ? FULL : send_now(port, frame, length)) {
	case SENT:
		break;
	case FULL:
		enqueue(port, frame, length);
		break;
	case GONE:
		count_drop(port, &stats->dropped_peer_gone);
		vde_hub__port_close(port, VDE_CLOSED_PEER);
		break;
	case FAILED:
		count_drop(port, &stats->dropped_peer_gone);
		break;
	}
}

/* Sends what waits, until the peer's socket is full again. False: the port has to be closed. */
static bool flush(struct port *port)
{
	vde_hub_stats *stats = &port->ctx->stats;
	const void *frame;
	size_t length;

	while ((frame = vde_hub__queue_front(&port->queue, &length)) != NULL) {
		enum outcome outcome = send_now(port, frame, length);

		if (outcome == FULL)
			return true;
		if (outcome == GONE)
			return false;
		if (outcome == FAILED)
			count_drop(port, &stats->dropped_peer_gone);
		vde_hub__queue_pop(&port->queue);
		stats->frames_queued--;
	}
	return true;
}

static void on_writable(int fd, short events, void *arg)
{
	struct port *port = arg;
	vde_context *ctx = port->ctx;

	(void)fd;
	(void)events;
	vde_hub__enter(ctx);
	vde_hub__event_del(ctx, &port->write_token);
	if (port->state == PORT_OPEN) {
		if (!flush(port))
			vde_hub__port_close(port, VDE_CLOSED_PEER);
		else if (port->queue.length > 0)
			wait_for_room(port);
	}
	vde_hub__leave(ctx);
}

static void flood(struct port *source, const void *frame, size_t length)
{
	/* A port that a callback closes on the way stays in the list until the outermost call leaves. */
	for (struct port *port = source->ctx->ports; port != NULL; port = port->next)
		if (port != source && port->state == PORT_OPEN)
			deliver(port, frame, length);
}

static void take_frame(struct port *port, const void *frame, size_t length)
{
	vde_context *ctx = port->ctx;

	port->active_ms = vde_hub__now_ms();
	if (length < VDE_FRAME_MIN) {
		count_drop(port, &ctx->stats.dropped_too_short);
		return;
	}
	if (length > ctx->limits.frame_max) {
		count_drop(port, &ctx->stats.dropped_too_long);
		return;
	}
	port->info.frames_in++;
	ctx->stats.frames_received++;
	if (vde_hub__wants_frame(ctx, port->info.port, frame, length))
		flood(port, frame, length);
	else
		count_drop(port, &ctx->stats.dropped_by_listener);
}

void vde_hub__frames_on_data(int fd, short events, void *arg)
{
	struct port *port = arg;
	vde_context *ctx = port->ctx;

	(void)fd;
	(void)events;
	vde_hub__enter(ctx);
	if (port->state == PORT_OPEN && vde_hub__inbox_take(port, take_frame) < 0 &&
	    errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
		vde_hub__port_close(port, VDE_CLOSED_PEER);
	vde_hub__leave(ctx);
}
