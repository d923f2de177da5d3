/* trampolines.h: the tables and functions of errands.h, as outlive has them. */
#ifndef ERRANDS_TRAMPOLINES_H
#define ERRANDS_TRAMPOLINES_H

#include "errands.h"

#include <outlive.h>

/* A lone function is described as a struct of nothing else. */
struct errand_run_table {
	errand_run run;
};

struct errand_tick_table {
	errand_tick tick;
};

/* Each describes one type, once. */
int errands_describe_run(const outlive_type **type);
int errands_describe_once(const outlive_type **type);
int errands_describe_tick(const outlive_type **type);
int errands_describe_stream(const outlive_type **type);
int errands_describe_worker(const outlive_type **type);

#endif
