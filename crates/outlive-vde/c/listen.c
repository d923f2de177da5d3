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
	vde_hub__enter(ctx);
	for (int i = 0; i < ACCEPTS_PER_EVENT && ctx->listen_fd >= 0; i++) {
		int peer = accept4(ctx->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (peer >= 0) {
			vde_hub__port_accept(ctx, peer);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK) {
			/* Out of descriptors or memory: the socket stays readable, so do not look until the next tick. */
			ctx->stats.refused_connections++;
			vde_hub__event_del(ctx, &ctx->listen_token);
		}
		break;
	}
	vde_hub__leave(ctx);
}

bool vde_hub__listen_resume(vde_context *ctx)
{
	return vde_hub__event_add(ctx, &ctx->listen_token, ctx->listen_fd, VDE_EV_READ | VDE_EV_PERSIST,
				  on_connection, ctx);
}

void vde_hub__listen_stop(vde_context *ctx)
{
	vde_hub__event_del(ctx, &ctx->listen_token);
	vde_hub__timeout_del(ctx, &ctx->age_token);
	if (ctx->listen_fd >= 0)
		close(ctx->listen_fd);
	ctx->listen_fd = -1;
	vde_hub__directory_remove(ctx);
}

int vde_hub_listen(vde_context *ctx, const char *dir)
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
	vde_hub__enter(ctx);
	done = vde_hub__directory_prepare(ctx, dir) && vde_hub__directory_bind_ctl(ctx) &&
	       vde_hub__listen_resume(ctx) && vde_hub__age_start(ctx, &ctx->age_token, &ctx->limits);
	if (!done && !ctx->finished) {
		int error = errno;

		vde_hub__listen_stop(ctx);
		errno = error;
	}
	vde_hub__leave(ctx);
	return done ? 0 : -1;
}
