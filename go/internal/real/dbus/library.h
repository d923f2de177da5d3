#ifndef OUTLIVE_REAL_DBUS_H
#define OUTLIVE_REAL_DBUS_H

#include <dbus/dbus.h>
#include <stdint.h>
#include <stdlib.h>

struct outlive_bus;

struct outlive_bus *outlive_bus_new(const char *address);
void outlive_bus_free(struct outlive_bus *bus);
int outlive_bus_register(struct outlive_bus *bus, const char *path, const struct DBusObjectPathVTable *table,
                         uintptr_t user_data);
int outlive_bus_unregister(struct outlive_bus *bus, const char *path);
/* The caller frees the answer, which is an error's name if it failed. */
char *outlive_bus_ask(struct outlive_bus *bus, const char *path, const char *method, const char *text, int *failed);

/* Go has messages and connections as numbers. */
const char *outlive_message_member(uintptr_t message);
const char *outlive_message_text(uintptr_t message);
int outlive_connection_reply(uintptr_t connection, uintptr_t message, const char *text);

#endif
