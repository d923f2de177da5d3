/* events.c: the hub's side of the host's event handler. */
#include "hub.h"

#include <errno.h>

/* Before a call out: is there a handler to ask? */
static bool may_ask(vde_context *ctx, bool member_present)
{
	if (ctx->finished) {
		errno = ECANCELED;
		return false;
	}
	if (!member_present) {
		/* It was there at init: somebody has changed the table since. */
		ctx->stats.handler_failures++;
		errno = EINVAL;
		return false;
	}
	errno = 0;
	return true;
}

/* After a call out: was it granted? */
static bool granted(vde_context *ctx, void **slot, void *token)
{
	if (ctx->finished) {
		/* Ended from inside the call; the host keeps what it made, as the header says. */
		errno = ECANCELED;
		return false;
	}
	if (token == NULL) {
		ctx->stats.handler_failures++;
		if (errno == 0)
			errno = EIO;
		return false;
	}
	*slot = token;
	return true;
}

bool vde_hub__event_add(vde_context *ctx, void **slot, int fd, short events, event_cb cb, void *arg)
{
	vde_event_handler *handler = ctx->handler;

	if (!may_ask(ctx, handler != NULL && handler->event_add != NULL))
		return false;
	return granted(ctx, slot, handler->event_add(fd, events, NULL, cb, arg));
}

bool vde_hub__timeout_add(vde_context *ctx, void **slot, unsigned ms, event_cb cb, void *arg)
{
	vde_event_handler *handler = ctx->handler;
	struct timeval timeout = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};

	if (!may_ask(ctx, handler != NULL && handler->timeout_add != NULL))
		return false;
	return granted(ctx, slot, handler->timeout_add(&timeout, VDE_EV_PERSIST, cb, arg));
}

void vde_hub__event_del(vde_context *ctx, void **slot)
{
	int saved = errno;
	void *token = *slot;

	/* Emptied first, so that a call back in cannot delete the same token again. */
	*slot = NULL;
	if (token != NULL && ctx->handler != NULL && ctx->handler->event_del != NULL)
		ctx->handler->event_del(token);
	errno = saved;
}

void vde_hub__timeout_del(vde_context *ctx, void **slot)
{
	int saved = errno;
	void *token = *slot;

	*slot = NULL;
	if (token != NULL && ctx->handler != NULL && ctx->handler->timeout_del != NULL)
		ctx->handler->timeout_del(token);
	errno = saved;
}
