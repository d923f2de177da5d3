/* A library of streams, whose last call is `close`, with a result, and of requests, whose only call is their completion.
 *
 * Nothing here is checked: a stream is closed as often, and by whomever, as the caller asks.
 */
#ifndef STREAM_H
#define STREAM_H

struct stream_table {
	/* A value that is read. */
	int (*read)(void *file, int value);
	/* The file's last use; *error stays NULL where it went well. */
	int (*close)(void *file, const char **error);
};

int stream_read(const struct stream_table *table, void *file, int value);
int stream_close(const struct stream_table *table, void *file);
/* Closes on a thread of the library's own. */
int stream_close_on_thread(const struct stream_table *table, void *file);
/* Two threads close at the same time; how many of their calls were refused, which is a negative result. */
int stream_close_at_once(const struct stream_table *table, void *file);

/* A table without user data: `shutdown` is the last call. */
struct stream_hooks {
	int (*note)(int value);
	int (*shutdown)(void);
};

int stream_note(const struct stream_hooks *hooks, int value);
int stream_shutdown(const struct stream_hooks *hooks);

/* Called once for each request. */
typedef int (*stream_done)(int status, void *user);

int stream_complete(stream_done done, int status, void *user);
int stream_complete_on_thread(stream_done done, int status, void *user);
/* Two threads complete one request; how many of their calls were refused. */
int stream_complete_at_once(stream_done done, int status, void *user);
/* Calls so often, on so many threads; how many calls were refused. */
int stream_complete_often(stream_done done, int status, void *user, int threads, int calls);

#endif
