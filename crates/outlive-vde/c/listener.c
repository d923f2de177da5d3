/* listener.c: tells the host what happens. Any of these calls may end the context. */
#include "hub.h"

void vde_hub__tell_opened(vde_context *ctx, const struct port *port)
{
	const vde_listener *listener = ctx->listener;

	if (listener != NULL && listener->port_opened != NULL)
		listener->port_opened(port->info.port, port->info.description, ctx->listener_arg);
}

void vde_hub__tell_closed(vde_context *ctx, unsigned number, int reason)
{
	const vde_listener *listener = ctx->listener;

	if (listener != NULL && listener->port_closed != NULL)
		listener->port_closed(number, reason, ctx->listener_arg);
}

bool vde_hub__wants_frame(vde_context *ctx, unsigned number, const void *frame, size_t length)
{
	const vde_listener *listener = ctx->listener;

	if (listener == NULL || listener->frame == NULL)
		return true;
	return listener->frame(number, frame, length, ctx->listener_arg) == 0;
}
