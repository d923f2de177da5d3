/* listen.c: takes connections on `ctl`. */
#include "hub.h"

#include <errno.h>
#include <unistd.h>

/* Connections taken for one readiness. */
#define ACCEPTS_PER_EVENT 16

static void on_connection(int fd, short events, void *arg)
{
	vde_context *ctx = arg;

	(void)fd;
	(void)events;
	hub_enter(ctx);
	for (int i = 0; i < ACCEPTS_PER_EVENT && ctx->listen_fd >= 0; i++) {
		int peer = accept4(ctx->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (peer >= 0) {
			port_accept(ctx, peer);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK) {
			/* Out of descriptors or memory: the socket stays readable, so do not look until the next tick. */
			ctx->stats.refused_connections++;
			hub_event_del(ctx, &ctx->listen_token);
		}
		break;
	}
	hub_leave(ctx);
}

bool listen_resume(vde_context *ctx)
{
	return hub_event_add(ctx, &ctx->listen_token, ctx->listen_fd, VDE_EV_READ | VDE_EV_PERSIST,
			     on_connection, ctx);
}

void listen_stop(vde_context *ctx)
{
	hub_event_del(ctx, &ctx->listen_token);
	hub_timeout_del(ctx, &ctx->age_token);
	if (ctx->listen_fd >= 0)
		close(ctx->listen_fd);
	ctx->listen_fd = -1;
	directory_remove(ctx);
}

int vde_context_listen(vde_context *ctx, const char *dir)
{
	bool done;

	if (ctx == NULL || dir == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (ctx->finished || ctx->listen_fd >= 0) {
		errno = ctx->finished ? ECANCELED : EALREADY;
		return -1;
	}
	hub_enter(ctx);
	done = directory_prepare(ctx, dir) && directory_bind_ctl(ctx) && listen_resume(ctx) &&
	       age_start(ctx, &ctx->age_token, &ctx->limits);
	if (!done && !ctx->finished) {
		int error = errno;

		listen_stop(ctx);
		errno = error;
	}
	hub_leave(ctx);
	return done ? 0 : -1;
}
