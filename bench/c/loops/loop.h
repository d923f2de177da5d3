/*
 * loop.h: event loops behind one table of functions, that of a C library which brings no loop of its own (libvde's
 * vde_event_handler), and what is done with them.
 */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <stdint.h>
#include <sys/time.h>

#define BENCH_TIMEOUT 0x01
#define BENCH_READ 0x02
#define BENCH_WRITE 0x04
#define BENCH_PERSIST 0x10

typedef void (*bench_event_cb)(int fd, short events, void *arg);

/*
 * A loop. The first four are those of the table: event_add watches for BENCH_READ or BENCH_WRITE, once or with
 * BENCH_PERSIST; a timeout, which may be NULL, starts again at each call. Each token is deleted once, one that has fired
 * too, often in its own callback. They return NULL if they cannot.
 */
struct bench_loop {
	void *(*event_add)(int fd, short events, const struct timeval *timeout, bench_event_cb cb,
			   void *arg);
	void (*event_del)(void *event);
	void *(*timeout_add)(const struct timeval *timeout, short events, bench_event_cb cb, void *arg);
	void (*timeout_del)(void *timeout);
	int (*begin)(void); /* makes the loop; 0, or -1 */
	void (*end)(void);
	void (*run)(void);  /* until it is stopped */
	void (*stop)(void); /* from inside a callback */
};

/* libevent.c, libev.c, libuv.c: as one binds them to such a table. */
extern const struct bench_loop bench_libevent, bench_libev, bench_libuv;

/* epoll.c: the least that does it, without timeouts. */
extern const struct bench_loop bench_epoll;

enum bench_kind {
	BENCH_RING,    /* a byte goes round pipes: each callback reads it and writes it to the next one */
	BENCH_ONCE,    /* the same with one-shots, which are deleted and added again in their callback */
	BENCH_CHURN,   /* the same, and each callback deletes and adds a watcher of an idle pipe */
	BENCH_IDLE,    /* the same, and each watcher has a timeout, which starts again at each call */
	BENCH_RETIME,  /* the same, and each callback deletes its timer and adds another */
	BENCH_ECHO,    /* the ends of socket pairs send bytes back: each waits with a watcher until it may write */
	BENCH_TIMERS   /* one-shot timers of up to 10 ms are added, fire, and are deleted in their callback */
};

struct bench_case {
	int kind;        /* enum bench_kind */
	int n;           /* pipes, pairs or timers */
	int active;      /* bytes that are on their way at once */
	int64_t events;  /* callbacks that count; of timers, n */
};

struct bench_sample {
	double ns;       /* CPU time of the calling thread, all in all */
	int64_t events;  /* in that time: some loops work off what they have fetched after a stop */
	int64_t in_vain; /* callbacks that found nothing to read */
};

/* The pipes or pairs of a case; NULL with errno. */
struct bench_world *bench_world_new(const struct bench_case *which);
void bench_world_free(struct bench_world *world);

/* Runs the case once. 0, or -1: the loop refused something, or has lost an event. */
int bench_world_run(struct bench_world *world, const struct bench_loop *loop,
		    struct bench_sample *sample);

/* The same reads and writes without a loop. */
int bench_world_bare(struct bench_world *world, struct bench_sample *sample);

#endif
