/*
 * errands.h: a C library that takes functions apart from any struct, finds tables by their address, and waits for answers.
 */
#ifndef ERRANDS_H
#define ERRANDS_H

#include <stdint.h>

/* A function with a user data pointer. */
typedef int (*errand_run)(int value, void *arg);
/* The same without one. */
typedef int (*errand_tick)(int value);

/* A stream, whose functions get the stream itself. */
struct errand_stream {
	int (*next)(struct errand_stream *stream);
	/* The last call: whoever has the stream reads it no more. */
	void (*release)(struct errand_stream *stream);
};

/* The answer to a job. */
typedef void (*errand_done)(int status, void *cookie);

struct errand_worker {
	/* The worker calls done once, whenever it likes. */
	int (*start)(int job, errand_done done, void *cookie, void *arg);
};

/* Calls a function, on this thread or on a new one. */
int errand_call(errand_run run, uintptr_t arg, int value);
int errand_call_on_thread(errand_run run, uintptr_t arg, int value);

/* A job that was started: how often it was answered, with what at last, and on which thread. */
struct errand_job {
	int answers;
	int status;
	int on_its_thread;
};

/* Starts a job, and gives what start returned. */
int errand_start(const struct errand_worker *worker, uintptr_t arg, int job, struct errand_job *started);

#endif
