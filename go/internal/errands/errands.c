#include "errands.h"

#include <pthread.h>

struct one_call {
	errand_run run;
	uintptr_t arg;
	int value;
	int answer;
};

int errand_call(errand_run run, uintptr_t arg, int value)
{
	return run(value, (void *)arg);
}

static void *call_once(void *arg)
{
	struct one_call *call = arg;

	call->answer = errand_call(call->run, call->arg, call->value);
	return NULL;
}

int errand_call_on_thread(errand_run run, uintptr_t arg, int value)
{
	struct one_call call = {run, arg, value, 0};
	pthread_t thread;

	if (pthread_create(&thread, NULL, call_once, &call) != 0)
		return -3;
	pthread_join(thread, NULL);
	return call.answer;
}

/* The thread that has started the job that is answered. */
static __thread struct errand_job *started_here;

static void done(int status, void *cookie)
{
	struct errand_job *job = cookie;

	job->answers++;
	job->status = status;
	job->on_its_thread = started_here == job;
}

int errand_start(const struct errand_worker *worker, uintptr_t arg, int job, struct errand_job *started)
{
	started_here = started;
	return worker->start(job, done, started, (void *)arg);
}
