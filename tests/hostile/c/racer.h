/* A thread that is ready to destroy user data at once. */
#ifndef RACER_H
#define RACER_H

struct racer;
struct racer *racer_start(void);
/* The thread calls the destructor; nobody waits. */
void racer_destroy(struct racer *racer, void (*destroy)(void *arg), void *arg);
/* Returns when it has. */
void racer_await(struct racer *racer);
void racer_stop(struct racer *racer);

#endif
