/*
 * age.c: the persistent timeout, which ends what has been silent for too long.
 *
 * A living peer may be quiet for ever (a guest that is idle), so that only unfinished handshakes
 * age by default, and ports if vde_limits.idle_ms says so.
 */
#include "hub.h"

#define TICK_MIN_MS 20
#define TICK_MAX_MS 1000

/* Half of the shortest age that matters, so that nothing gets older than one and a half of it. */
static unsigned tick_ms(const vde_limits *limits)
{
	unsigned ms = limits->handshake_ms;

	if (limits->idle_ms != 0 && limits->idle_ms < ms)
		ms = limits->idle_ms;
	ms /= 2;
	if (ms < TICK_MIN_MS)
		return TICK_MIN_MS;
	return ms > TICK_MAX_MS ? TICK_MAX_MS : ms;
}

static void age_port(struct port *port, int64_t now)
{
	vde_context *ctx = port->ctx;
	int64_t age = now - port->active_ms;

	if (port->state == PORT_HANDSHAKE && age >= ctx->limits.handshake_ms) {
		ctx->stats.bad_requests++;
		vde_hub__port_close(port, 0);
	} else if (port->state == PORT_OPEN && ctx->limits.idle_ms != 0 && age >= ctx->limits.idle_ms) {
		vde_hub__port_close(port, VDE_CLOSED_IDLE);
	}
}

static void on_tick(int fd, short events, void *arg)
{
	vde_context *ctx = arg;
	int64_t now = vde_hub__now_ms();

	(void)fd;
	(void)events;
	vde_hub__enter(ctx);
	for (struct port *port = ctx->ports; port != NULL; port = port->next)
		age_port(port, now);
	/* A pause for want of descriptors ends here; if the host refuses, so does the next try. */
	if (!ctx->finished && ctx->listen_fd >= 0 && ctx->listen_token == NULL)
		(void)vde_hub__listen_resume(ctx);
	vde_hub__leave(ctx);
}

bool vde_hub__age_start(vde_context *ctx, void **slot, const vde_limits *limits)
{
	return vde_hub__timeout_add(ctx, slot, tick_ms(limits), on_tick, ctx);
}
