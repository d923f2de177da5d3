/* context.c: the life of a context, its settings and its counters. */
#include "hub.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

vde_context *init_vde_context(vde_event_handler *handler)
{
	vde_context *ctx;

	if (handler == NULL || handler->event_add == NULL || handler->event_del == NULL ||
	    handler->timeout_add == NULL || handler->timeout_del == NULL) {
		errno = EINVAL;
		return NULL;
	}
	ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL)
		return NULL;
	ctx->handler = handler;
	ctx->listen_fd = -1;
	ctx->ports_end = &ctx->ports;
	ctx->limits = (vde_limits){
		.queue_frames = 256,
		.max_ports = 256,
		.handshake_ms = 5000,
		.idle_ms = 0,
		.frame_max = VDE_FRAME_MAX,
	};
	return ctx;
}

void vde_hub_own_handler(vde_context *ctx)
{
	ctx->owns_handler = true;
}

void vde_hub_fini(vde_context *ctx)
{
	int saved = errno;

	if (ctx == NULL || ctx->finished)
		return;
	vde_hub__enter(ctx);
	ctx->finished = true;
	/* All events go before any descriptor is closed: the host's poller never sees a dead one. */
	vde_hub__event_del(ctx, &ctx->listen_token);
	vde_hub__timeout_del(ctx, &ctx->age_token);
	for (struct port *port = ctx->ports; port != NULL; port = port->next)
		vde_hub__port_drop_events(port);
	for (struct port *port = ctx->ports; port != NULL; port = port->next)
		vde_hub__port_close(port, VDE_CLOSED_FINI);
	vde_hub__listen_stop(ctx);
	if (ctx->owns_handler)
		free(ctx->handler);
	ctx->handler = NULL;
	ctx->listener = NULL;
	vde_hub__leave(ctx);
	errno = saved;
}

void vde_hub__enter(vde_context *ctx)
{
	ctx->depth++;
}

/* Frees the ports that were closed while calls were inside. */
static void reap(vde_context *ctx)
{
	struct port **link = &ctx->ports;

	while (*link != NULL) {
		struct port *port = *link;

		if (port->state == PORT_DEAD) {
			*link = port->next;
			vde_hub__port_free(port);
		} else {
			link = &port->next;
		}
	}
	ctx->ports_end = link;
}

void vde_hub__leave(vde_context *ctx)
{
	int saved = errno;

	if (--ctx->depth == 0) {
		reap(ctx);
		if (ctx->finished) {
			vde_hub__inbox_free(ctx->inbox);
			free(ctx);
		}
	}
	errno = saved;
}

int64_t vde_hub__now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void vde_hub_set_listener(vde_context *ctx, const vde_listener *listener, void *arg)
{
	ctx->listener = listener;
	ctx->listener_arg = arg;
}

void vde_hub_get_limits(const vde_context *ctx, vde_limits *limits)
{
	*limits = ctx->limits;
}

static bool limits_are_valid(const vde_limits *limits)
{
	return limits->max_ports >= 1 && limits->max_ports <= VDE_PORTS_MAX &&
	       limits->handshake_ms >= 1 && limits->frame_max >= VDE_FRAME_MIN &&
	       limits->frame_max <= VDE_FRAME_MAX;
}

int vde_hub_set_limits(vde_context *ctx, const vde_limits *limits)
{
	void *other = NULL;
	bool done = true;

	if (limits == NULL || !limits_are_valid(limits)) {
		errno = EINVAL;
		return -1;
	}
	vde_hub__enter(ctx);
	/* How often ages are looked at depends on the limits: the new timeout first, then the old one goes. */
	if (ctx->age_token != NULL)
		done = vde_hub__age_start(ctx, &other, limits);
	if (done)
		ctx->limits = *limits;
	if (done && other != NULL) {
		void *old = ctx->age_token;

		ctx->age_token = other;
		vde_hub__timeout_del(ctx, &old);
	}
	vde_hub__leave(ctx);
	return done ? 0 : -1;
}

void vde_hub_get_stats(const vde_context *ctx, vde_hub_stats *stats)
{
	*stats = ctx->stats;
}

size_t vde_hub_get_ports(const vde_context *ctx, vde_port_info *infos, size_t capacity)
{
	size_t count = 0;

	for (const struct port *port = ctx->ports; port != NULL; port = port->next) {
		if (port->state != PORT_OPEN)
			continue;
		if (count < capacity) {
			infos[count] = port->info;
			infos[count].frames_queued = port->queue.length;
		}
		count++;
	}
	return count;
}

int vde_hub_close_port(vde_context *ctx, unsigned number)
{
	for (struct port *port = ctx->ports; port != NULL; port = port->next) {
		if (port->state == PORT_OPEN && port->info.port == number) {
			vde_hub__enter(ctx);
			vde_hub__port_close(port, VDE_CLOSED_REQUEST);
			vde_hub__leave(ctx);
			return 0;
		}
	}
	errno = ENOENT;
	return -1;
}
