#include "library.h"

#include <poll.h>
#include <string.h>

struct outlive_bus {
	DBusServer *server;
	DBusWatch *listening;
	DBusConnection *accepted;
	DBusConnection *client;
};

static dbus_bool_t watch(DBusWatch *watch, void *data)
{
	((struct outlive_bus *)data)->listening = watch;
	return TRUE;
}

static void unwatch(DBusWatch *watch, void *data)
{
	struct outlive_bus *bus = data;

	if (bus->listening == watch)
		bus->listening = NULL;
}

static void accepted(DBusServer *server, DBusConnection *connection, void *data)
{
	(void)server;
	((struct outlive_bus *)data)->accepted = dbus_connection_ref(connection);
}

/* One turn of both sides. */
static void turn(struct outlive_bus *bus)
{
	if (!bus->accepted && bus->listening) {
		struct pollfd ready = {dbus_watch_get_unix_fd(bus->listening), POLLIN, 0};

		if (poll(&ready, 1, 1) == 1)
			dbus_watch_handle(bus->listening, DBUS_WATCH_READABLE);
	}
	if (bus->accepted)
		dbus_connection_read_write_dispatch(bus->accepted, 1);
	dbus_connection_read_write_dispatch(bus->client, 1);
}

static void end(DBusConnection *connection)
{
	if (!connection)
		return;
	dbus_connection_close(connection);
	while (dbus_connection_dispatch(connection) == DBUS_DISPATCH_DATA_REMAINS)
		;
	dbus_connection_unref(connection);
}

void outlive_bus_free(struct outlive_bus *bus)
{
	end(bus->client);
	end(bus->accepted);
	if (bus->server) {
		dbus_server_disconnect(bus->server);
		dbus_server_unref(bus->server);
	}
	free(bus);
}

struct outlive_bus *outlive_bus_new(const char *address)
{
	struct outlive_bus *bus = calloc(1, sizeof *bus);
	char *listening;

	dbus_threads_init_default();
	bus->server = dbus_server_listen(address, NULL);
	if (bus->server) {
		dbus_server_set_new_connection_function(bus->server, accepted, bus, NULL);
		dbus_server_set_watch_functions(bus->server, watch, unwatch, NULL, bus, NULL);
		listening = dbus_server_get_address(bus->server);
		bus->client = dbus_connection_open_private(listening, NULL);
		dbus_free(listening);
	}
	if (!bus->client) {
		outlive_bus_free(bus);
		return NULL;
	}
	dbus_connection_set_exit_on_disconnect(bus->client, FALSE);
	while (!bus->accepted)
		turn(bus);
	dbus_connection_set_exit_on_disconnect(bus->accepted, FALSE);
	while (!dbus_connection_get_is_authenticated(bus->client))
		turn(bus);
	return bus;
}

int outlive_bus_register(struct outlive_bus *bus, const char *path, const struct DBusObjectPathVTable *table,
                         uintptr_t user_data)
{
	return dbus_connection_register_object_path(bus->accepted, path, table, (void *)user_data);
}

int outlive_bus_unregister(struct outlive_bus *bus, const char *path)
{
	return dbus_connection_unregister_object_path(bus->accepted, path);
}

char *outlive_bus_ask(struct outlive_bus *bus, const char *path, const char *method, const char *text, int *failed)
{
	DBusMessage *message = dbus_message_new_method_call(NULL, path, "dev.outlive.Test", method);
	DBusPendingCall *pending = NULL;
	DBusMessage *reply;
	const char *said;
	char *copy;

	dbus_message_append_args(message, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	dbus_connection_send_with_reply(bus->client, message, &pending, 10000);
	dbus_message_unref(message);
	while (!dbus_pending_call_get_completed(pending))
		turn(bus);
	reply = dbus_pending_call_steal_reply(pending);
	dbus_pending_call_unref(pending);
	*failed = dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_ERROR;
	if (*failed)
		said = dbus_message_get_error_name(reply);
	else
		said = outlive_message_text((uintptr_t)reply);
	copy = strdup(said);
	dbus_message_unref(reply);
	return copy;
}

const char *outlive_message_member(uintptr_t message)
{
	return dbus_message_get_member((DBusMessage *)message);
}

const char *outlive_message_text(uintptr_t message)
{
	const char *text = "";

	dbus_message_get_args((DBusMessage *)message, NULL, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	return text;
}

int outlive_connection_reply(uintptr_t connection, uintptr_t message, const char *text)
{
	DBusMessage *reply = dbus_message_new_method_return((DBusMessage *)message);
	int sent;

	dbus_message_append_args(reply, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	sent = dbus_connection_send((DBusConnection *)connection, reply, NULL);
	dbus_message_unref(reply);
	return sent;
}
