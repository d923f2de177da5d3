/* Calls every function of shapes.h. Each check gives the line that was not satisfied, or 0. */
#ifndef SHAPES_LIBRARY_H
#define SHAPES_LIBRARY_H

#include "shapes.h"

int shapes_check_listener(const struct shapes_listener *listener, uintptr_t arg);
int shapes_call_event(const struct shapes_listener *listener, uintptr_t arg);
void shapes_close(const struct shapes_listener *listener, uintptr_t arg);

int shapes_check_stream(struct shapes_stream *stream, struct shapes_stream *other);
int shapes_next(struct shapes_stream *stream);
void shapes_release(struct shapes_stream *stream);
int shapes_probe(struct shapes_driver *driver, int number);

/* What C has heard. */
struct shapes_heard {
	int answers, status;
	double share;
};
void shapes_start(const struct shapes_worker *worker, uintptr_t arg, struct shapes_heard *heard);
void shapes_start_unheard(const struct shapes_worker *worker, uintptr_t arg);
int shapes_ask(const struct shapes_worker *worker, uintptr_t arg, struct shapes_heard *heard);
void shapes_wait(const struct shapes_worker *worker, uintptr_t arg, struct shapes_heard *heard);

void shapes_log(void *function, uintptr_t user, int level);
int shapes_compared(void *function, int a, int b);
int shapes_done(void *function, uintptr_t user, int status);
int shapes_transferred(void *function, uintptr_t user, int length);

#endif
