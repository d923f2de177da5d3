/* plug.c: the second half of the handshake, which makes a connection a port. */
#include "hub.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool number_is_free(const vde_context *ctx, unsigned number)
{
	for (const struct port *port = ctx->ports; port != NULL; port = port->next)
		if (port->state == PORT_OPEN && port->info.port == number)
			return false;
	return true;
}

/* The lowest free number from 1 (0 is only for who asks for it), or the one that was asked for. */
static bool choose_number(const vde_context *ctx, const struct request *request, unsigned *number)
{
	if (!request->any_number) {
		*number = request->number;
		return *number <= VDE_PORTS_MAX && number_is_free(ctx, *number);
	}
	for (*number = 1; *number <= VDE_PORTS_MAX; ++*number)
		if (number_is_free(ctx, *number))
			return true;
	return false;
}

/* Binds the data socket to a name in the hub's directory. */
static bool bind_data(struct port *port)
{
	struct sockaddr_un *address = &port->data_address;
	struct stat status;
	int length;

	address->sun_family = AF_UNIX;
	length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%03u.%d", port->ctx->dir,
			  port->info.port, port->data_fd);
	if (length < 0 || (size_t)length >= sizeof(address->sun_path)) {
		address->sun_path[0] = '\0';
		errno = ENAMETOOLONG;
		return false;
	}
	/* This hub owns the directory: a socket of that name was left behind by a dead one. */
	if (lstat(address->sun_path, &status) == 0 && S_ISSOCK(status.st_mode))
		unlink(address->sun_path);
	if (bind(port->data_fd, (struct sockaddr *)address, sizeof(*address)) < 0) {
		address->sun_path[0] = '\0';
		return false;
	}
	return chmod(address->sun_path, 0600) == 0;
}

/*
 * Connects before binding: libvdeplug unlinks its socket after the handshake, so that sending by
 * path would not work, and a connected socket takes datagrams from nobody but its peer.
 */
static bool open_data_socket(struct port *port, const struct request *request)
{
	port->data_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (port->data_fd < 0)
		return false;
	if (connect(port->data_fd, (const struct sockaddr *)&request->peer, sizeof(request->peer)) < 0)
		return false;
	return bind_data(port);
}

static bool send_reply(const struct port *port)
{
	const struct sockaddr_un *address = &port->data_address;
	/* A fresh connection has room for it, or something is wrong with the peer. */
	ssize_t sent = send(port->ctl_fd, address, sizeof(*address), MSG_DONTWAIT | MSG_NOSIGNAL);

	return sent == (ssize_t)sizeof(*address);
}

static bool announce(struct port *port)
{
	vde_context *ctx = port->ctx;

	if (!send_reply(port)) {
		ctx->stats.bad_requests++;
		return false;
	}
	port->state = PORT_OPEN;
	port->active_ms = vde_hub__now_ms();
	ctx->stats.handshakes--;
	ctx->stats.ports_open++;
	ctx->stats.ports_ever++;
	vde_hub__tell_opened(ctx, port);
	return true;
}

bool vde_hub__port_plug(struct port *port, const struct request *request)
{
	vde_context *ctx = port->ctx;

	if (!choose_number(ctx, request, &port->info.port) || !open_data_socket(port, request)) {
		ctx->stats.bad_requests++;
		return false;
	}
	memcpy(port->info.description, request->description, sizeof(port->info.description));
	if (!vde_hub__event_add(ctx, &port->data_token, port->data_fd, VDE_EV_READ | VDE_EV_PERSIST,
				vde_hub__frames_on_data, port))
		return false;
	if (port->state == PORT_DEAD) {
		vde_hub__port_drop_events(port);
		return false;
	}
	return announce(port);
}
