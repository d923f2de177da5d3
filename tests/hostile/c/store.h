/* A library that gets handles from its callbacks, gives them back, and says when it is done.
 *
 * Nothing here is checked: a handle is given back as often, and to whomever, as the caller asks.
 */
#ifndef STORE_H
#define STORE_H

struct store_table {
	/* The host's own handle for a value. */
	void *(*open)(int value, void *arg);
	/* The value of a handle; negative if there is none. */
	int (*read)(void *handle, void *arg);
	/* The handle's last use; its value. */
	int (*close)(void *handle, void *arg);
	/* The user data's last use. */
	void (*destroy)(void *arg);
};

void *store_open(const struct store_table *table, void *arg, int value);
int store_read(const struct store_table *table, void *arg, void *handle);
int store_close(const struct store_table *table, void *arg, void *handle);
void store_destroy(const struct store_table *table, void *arg);

/* Registers the user data with its destructor, in the two ways that libraries fail: *registered is
 * NULL after a failure. A registration that fails destroys the user data if destroy_on_failure is
 * not 0, and leaves it to the caller otherwise. */
struct store;
struct store *store_register(const struct store_table *table, void *arg, void (*destroy)(void *arg), int fail,
			     int destroy_on_failure);
int store_use(struct store *store, int value);
/* Calls the destructor; as often as times says. */
void store_unregister(struct store *store, int times);
/* The same, on a thread of the library's own. */
void store_unregister_on_thread(struct store *store, int times);

#endif
