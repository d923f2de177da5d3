/* A queue that passes jobs to a worker. The worker calls `done` once for each; the job's memory is used again then. One thread
 * has the queue. */
#include <stddef.h>

enum { JOBS = 8 };

typedef void done_cb(int status, void *cookie);

typedef struct worker {
    void (*start)(int number, done_cb *done, void *cookie, void *user);
} worker;

typedef struct job {
    int is_running, number;
} job;

static job jobs[JOBS];
static int statuses[JOBS];

static void on_done(int status, void *cookie)
{
    job *j = cookie;
    if (!j->is_running) return;
    j->is_running = 0;
    statuses[j->number] = status;
}

/* Nonzero where there is no room, or no such number. */
int queue_submit(const worker *table, void *user, int number)
{
    if (number < 0 || number >= JOBS) return -1;
    for (int i = 0; i < JOBS; i++) {
        if (jobs[i].is_running) continue;
        jobs[i] = (job){1, number};
        table->start(number, on_done, &jobs[i], user);
        return 0;
    }
    return -1;
}

/* The status of a job that is done. */
int queue_status(int number)
{
    return number < 0 || number >= JOBS ? -1 : statuses[number];
}
