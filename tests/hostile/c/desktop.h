/* A library in the calling convention of the system's own API: what windows.h calls WINAPI and CALLBACK. Elsewhere it is C's.
 */
#ifndef DESKTOP_H
#define DESKTOP_H

#include <stdint.h>

#ifdef _WIN32
#define SYSTEM_CALL __stdcall
#else
#define SYSTEM_CALL
#endif

typedef void *desktop_window;
typedef void(SYSTEM_CALL *desktop_free)(void *data);
/* False ends the enumeration. */
typedef int(SYSTEM_CALL *desktop_visit)(desktop_window window, intptr_t param);
typedef int(SYSTEM_CALL *desktop_visit_first)(void *user, desktop_window window);
typedef int(SYSTEM_CALL *desktop_compare)(desktop_window one, void *user, desktop_window other);
typedef void(SYSTEM_CALL *desktop_done)(int status, void *cookie);
typedef void(SYSTEM_CALL *desktop_changed)(int value, void *data);

/* Members of both conventions. */
struct desktop_table {
	int(SYSTEM_CALL *on_message)(uint8_t message, double weight, void *arg);
	int (*on_log)(int value, void *arg);
	/* A request, to be answered once. */
	void(SYSTEM_CALL *ask)(desktop_done done, void *cookie, void *arg);
	/* What may be called until the host has its data freed. */
	void(SYSTEM_CALL *watch)(desktop_changed changed, void *data, desktop_free free, void *arg);
	/* The library's last call. */
	void(SYSTEM_CALL *on_close)(void *arg);
};

struct desktop_plugin {
	int(SYSTEM_CALL *run)(int value, void *arg);
	desktop_free destroy;
};

/* No parameter leads to the host. */
struct desktop_hook {
	int(SYSTEM_CALL *hook)(int code);
};

/* Visits the windows 1 to 3; how many were visited. */
int SYSTEM_CALL desktop_enumerate(desktop_visit visit, intptr_t param);
int SYSTEM_CALL desktop_enumerate_first(desktop_visit_first visit, void *user);
/* Compares the windows 1 and 3. */
int SYSTEM_CALL desktop_compare_windows(desktop_compare compare, void *user);
/* Visits the window 1, and says that it is done. */
int SYSTEM_CALL desktop_once(desktop_visit visit, void *user, desktop_free destroy);

int SYSTEM_CALL desktop_message(const struct desktop_table *table, void *arg);
int SYSTEM_CALL desktop_log(const struct desktop_table *table, int value, void *arg);
/* `status` is where the answer goes. */
void SYSTEM_CALL desktop_ask(const struct desktop_table *table, int *status, void *arg);
/* Each call of the host's is added to `sum`, and 100 where the data is freed. */
void SYSTEM_CALL desktop_watch(const struct desktop_table *table, int *sum, void *arg);
void SYSTEM_CALL desktop_close(const struct desktop_table *table, void *arg);
int SYSTEM_CALL desktop_run(const struct desktop_plugin *plugin, int value, void *arg);
void SYSTEM_CALL desktop_unload(const struct desktop_plugin *plugin, void *arg);
int SYSTEM_CALL desktop_call_hook(const struct desktop_hook *hook, int code);

#endif
