/* A library that asks its host, and is answered then or later: each request once, by the function that goes with it.
 *
 * Nothing here is checked but what its own memory is for: an answer to what was answered, or forgotten, aborts.
 */
#ifndef ASKER_H
#define ASKER_H

typedef void (*asker_done)(int status, void *cookie);
typedef void (*asker_changed)(int value, void *data);
typedef void (*asker_free)(void *data);

struct asker_table {
	/* A request, to be answered once. */
	int (*request)(int value, asker_done done, void *cookie, void *arg);
	/* What may be called until the host has its data freed. */
	int (*watch)(int value, asker_changed changed, void *data, asker_free free, void *arg);
	/* The library's last call. It waits for answers all the same. */
	void (*close)(void *arg);
};

struct asker;

struct asker *asker_new(const struct asker_table *table, void *arg);
int asker_request(struct asker *asker, int value);
int asker_request_on_thread(struct asker *asker, int value);
int asker_watch(struct asker *asker, int value);
void asker_close(struct asker *asker);
/* Forgets all requests and all data: the host has said that it calls no more. */
void asker_forget(struct asker *asker);
/* Has each answer, and each call of `changed`, do this too. */
void asker_during(struct asker *asker, void (*during)(void *), void *data);
/* How many requests were answered, and with what at last. */
int asker_answered(struct asker *asker);
int asker_status(struct asker *asker);
/* How often `changed` was called, and how many data were freed. */
int asker_changes(struct asker *asker);
int asker_freed(struct asker *asker);

#endif
