/* How long the process's own work at its exit takes. */
#ifndef BENCH_EXIT_H
#define BENCH_EXIT_H

/* Has the last exit handler of those that are registered from here on print how long exit() took to come
 * to it. Not 0 if that cannot be. What the system does later, with the process's memory, is not counted. */
int bench_exit_watch(void);

/* exit(0), from which on the time counts. */
_Noreturn void bench_exit(void);

#endif
