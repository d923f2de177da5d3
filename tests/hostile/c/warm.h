/* Each thread of the library's calls once into a table that lives for good, before it does what it is for.
 *
 * The other sources are compiled with pthread_create for another name of keeper_create_thread. */
#ifndef WARM_H
#define WARM_H

/* Has threads begin with a call of hook, or, with NULL, go to their work at once. */
void keeper_warm_threads(void (*hook)(void));

#endif
