/* What the system does for gone.c: the rest of gone.h, and this. */
#ifndef GONE_PRIVATE_H
#define GONE_PRIVATE_H

#include "gone.h"

#include <pthread.h>
#include <stdatomic.h>

/* The system's number of the calling thread. */
int gone_number(void);
/* Ends another thread. */
void gone_end(pthread_t thread);
/* Waits until a thread has ended, in whatever way. Its number is 0 before it runs. */
void gone_await(pthread_t thread, atomic_int *number);

#endif
