/* Last calls and completions. */
#define _POSIX_C_SOURCE 200809L
#include "stream.h"

#include "must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

int stream_read(const struct stream_table *table, void *file, int value)
{
	return table->read(file, value);
}

int stream_close(const struct stream_table *table, void *file)
{
	const char *error = NULL;
	return table->close(file, &error);
}

int stream_note(const struct stream_hooks *hooks, int value)
{
	return hooks->note(value);
}

int stream_shutdown(const struct stream_hooks *hooks)
{
	return hooks->shutdown();
}

int stream_complete(stream_done done, int status, void *user)
{
	return done(status, user);
}

/* A close or a completion, for other threads. */
struct job {
	const struct stream_table *table;
	stream_done done;
	int status;
	void *user;
	int calls;
	atomic_int *waiting;
	atomic_int refused;
	int result;
};

static void *run(void *arg)
{
	struct job *job = arg;
	if (job->waiting != NULL) {
		atomic_fetch_sub(job->waiting, 1);
		while (atomic_load(job->waiting) > 0) {
		}
	}
	for (int i = 0; i < job->calls; i++) {
		job->result = job->table != NULL ? stream_close(job->table, job->user)
						 : job->done(job->status, job->user);
		if (job->result < 0)
			atomic_fetch_add(&job->refused, 1);
	}
	return NULL;
}

enum { MOST_THREADS = 8 };

/* Runs the job on so many threads at once; the last result, or how many calls were refused. */
static int on_threads(struct job job, int threads, int count_refused)
{
	pthread_t ids[MOST_THREADS];
	atomic_int waiting = threads;
	struct job jobs[MOST_THREADS];
	int refused = 0;
	for (int i = 0; i < threads; i++) {
		jobs[i] = job;
		jobs[i].waiting = threads > 1 ? &waiting : NULL;
		check(pthread_create(&ids[i], NULL, run, &jobs[i]));
	}
	for (int i = 0; i < threads; i++) {
		check(pthread_join(ids[i], NULL));
		refused += atomic_load(&jobs[i].refused);
	}
	return count_refused ? refused : jobs[0].result;
}

int stream_close_on_thread(const struct stream_table *table, void *file)
{
	return on_threads((struct job){ .table = table, .user = file, .calls = 1 }, 1, 0);
}

int stream_close_at_once(const struct stream_table *table, void *file)
{
	return on_threads((struct job){ .table = table, .user = file, .calls = 1 }, 2, 1);
}

int stream_complete_on_thread(stream_done done, int status, void *user)
{
	return on_threads((struct job){ .done = done, .status = status, .user = user, .calls = 1 }, 1, 0);
}

int stream_complete_at_once(stream_done done, int status, void *user)
{
	return on_threads((struct job){ .done = done, .status = status, .user = user, .calls = 1 }, 2, 1);
}

int stream_complete_often(stream_done done, int status, void *user, int threads, int calls)
{
	return on_threads((struct job){ .done = done, .status = status, .user = user, .calls = calls }, threads, 1);
}
