/* port.c: a connection, from its accept to its close. */
#include "hub.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void count_bad_request(struct port *port)
{
	port->ctx->stats.bad_requests++;
	vde_hub__port_close(port, 0);
}

/* Takes more of the request; a stream gives it in any pieces. */
static void read_request(struct port *port)
{
	struct request request = {.any_number = true};
	ssize_t got = recv(port->ctl_fd, port->request + port->request_length,
			   sizeof(port->request) - port->request_length, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (got <= 0) {
		/* Who says nothing at all (another hub's probe, say) has made no bad request. */
		if (port->request_length > 0)
			count_bad_request(port);
		else
			vde_hub__port_close(port, 0);
		return;
	}
	port->request_length += (size_t)got;
	switch (vde_hub__request_parse(port->request, port->request_length, &request)) {
	case REQUEST_PARTIAL:
		return;
	case REQUEST_BAD:
		count_bad_request(port);
		return;
	case REQUEST_COMPLETE:
		break;
	}
	if (!vde_hub__port_plug(port, &request) && port->state != PORT_DEAD)
		vde_hub__port_close(port, VDE_CLOSED_HANDLER);
}

/* After the handshake the connection is silent; its end is the port's. */
static void watch_for_hangup(struct port *port)
{
	char ignored[256];
	ssize_t got = recv(port->ctl_fd, ignored, sizeof(ignored), MSG_DONTWAIT);

	if (got > 0)
		return;
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	vde_hub__port_close(port, VDE_CLOSED_HANGUP);
}

static void on_ctl(int fd, short events, void *arg)
{
	struct port *port = arg;
	vde_context *ctx = port->ctx;

	(void)fd;
	(void)events;
	vde_hub__enter(ctx);
	if (port->state == PORT_HANDSHAKE)
		read_request(port);
	else if (port->state == PORT_OPEN)
		watch_for_hangup(port);
	vde_hub__leave(ctx);
}

void vde_hub__port_accept(vde_context *ctx, int fd)
{
	struct port *port = NULL;

	if (ctx->stats.ports_open + ctx->stats.handshakes < ctx->limits.max_ports)
		port = calloc(1, sizeof(*port));
	if (port == NULL) {
		ctx->stats.refused_connections++;
		close(fd);
		return;
	}
	port->ctx = ctx;
	port->state = PORT_HANDSHAKE;
	port->ctl_fd = fd;
	port->data_fd = -1;
	port->active_ms = vde_hub__now_ms();
	/* In the list before the call out, so that whoever ends the context from there finds it. */
	*ctx->ports_end = port;
	ctx->ports_end = &port->next;
	ctx->stats.handshakes++;
	if (!vde_hub__event_add(ctx, &port->ctl_token, fd, VDE_EV_READ | VDE_EV_PERSIST, on_ctl,
				port))
		vde_hub__port_close(port, VDE_CLOSED_HANDLER);
	else if (port->state == PORT_DEAD)
		vde_hub__port_drop_events(port);
}

void vde_hub__port_drop_events(struct port *port)
{
	vde_hub__event_del(port->ctx, &port->write_token);
	vde_hub__event_del(port->ctx, &port->data_token);
	vde_hub__event_del(port->ctx, &port->ctl_token);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Gives back all but the memory; each step can be repeated, as a call out may come back here. */
static void release(struct port *port)
{
	vde_hub_stats *stats = &port->ctx->stats;

	vde_hub__port_drop_events(port);
	close_fd(&port->ctl_fd);
	close_fd(&port->data_fd);
	if (port->data_address.sun_path[0] != '\0')
		unlink(port->data_address.sun_path);
	port->data_address.sun_path[0] = '\0';
	stats->frames_queued -= port->queue.length;
	stats->dropped_peer_gone += port->queue.length;
	while (port->queue.length > 0)
		vde_hub__queue_pop(&port->queue);
}

void vde_hub__port_close(struct port *port, int reason)
{
	vde_context *ctx = port->ctx;
	enum port_state before = port->state;
	int saved = errno;

	port->state = PORT_DEAD;
	release(port);
	if (before == PORT_HANDSHAKE)
		ctx->stats.handshakes--;
	if (before == PORT_OPEN) {
		ctx->stats.ports_open--;
		vde_hub__tell_closed(ctx, port->info.port, reason);
	}
	errno = saved;
}

void vde_hub__port_free(struct port *port)
{
	free(port);
}
