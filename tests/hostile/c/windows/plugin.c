/* A DLL that takes a table, calls it from a thread of its own, and once more when it is unloaded, and whenever a
 * thread ends. It knows nothing of the rest of the library. */
#include "../keeper.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <windows.h>

static const struct keeper_table *plugin_table;
static void *plugin_arg;
static int *plugin_last;
static atomic_bool plugin_stop;
static HANDLE plugin_stopped;

/* Nobody can wait for the end of a thread who has the loader's lock: this one stops where none of the DLL's code
 * is left to run. */
static DWORD WINAPI call_on(void *data)
{
	(void)data;
	while (!atomic_load(&plugin_stop)) {
		plugin_table->on_event(1, plugin_arg);
		Sleep(1);
	}
	SignalObjectAndWait(plugin_stopped, GetCurrentThread(), INFINITE, FALSE);
	return 0;
}

/* Takes the table; what the last call returns goes to *last. */
__declspec(dllexport) void plugin_take(const struct keeper_table *table, void *arg, int *last);

void plugin_take(const struct keeper_table *table, void *arg, int *last)
{
	plugin_table = table;
	plugin_arg = arg;
	plugin_last = last;
	plugin_stopped = CreateEventW(NULL, FALSE, FALSE, NULL);
	HANDLE thread = CreateThread(NULL, 0, call_on, NULL, 0, NULL);
	if (plugin_stopped == NULL || thread == NULL || !CloseHandle(thread))
		abort();
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved);

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
	(void)module;
	if (plugin_table == NULL || (reason != DLL_THREAD_DETACH && reason != DLL_PROCESS_DETACH))
		return TRUE;
	*plugin_last = plugin_table->on_event(7, plugin_arg);
	/* When the process ends, the thread has gone already. */
	if (reason == DLL_PROCESS_DETACH && reserved == NULL) {
		atomic_store(&plugin_stop, true);
		WaitForSingleObject(plugin_stopped, INFINITE);
		Sleep(10);
	}
	return TRUE;
}
