/* check.h: what the programs have in common. */
#ifndef CHECK_H
#define CHECK_H

#include <outlive.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                       \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			fprintf(stderr, "%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #condition); \
			abort();                                                               \
		}                                                                              \
	} while (0)

#define HERE __FILE__, __LINE__

/* The C library's struct. */
struct listener {
	int (*on_line)(int line, void *arg);
	void (*on_close)(void *arg);
	int version;
};

/* What the host's values are: how often each was called and let go. */
struct host {
	atomic_int calls;
	atomic_int ended;
	/* Called inside on_line. */
	void (*inside)(struct host *host);
	outlive_held *held;
	int result;
};

extern const outlive_type *listener_type;
/* Describes struct listener with these flags. */
void describe_listener(uint32_t flags);
/* Holds a host, and gives the owner. */
outlive_held *hold_host(struct host *host, uint32_t kind);
/* The host's end function. */
void host_end(uintptr_t value);
/* Calls on_line as the C library would; -1 is what it does for a refused call. */
int call_line(struct listener *table, void *arg, int line);

/* The oldest incident that nobody has seen must be of this kind. */
struct outlive_incident expect_incident(uint32_t kind);
void expect_no_incident(void);
int is_text(struct outlive_text text, const char *expected);

#endif
