/* Children of the process. */
#ifndef CHILD_H
#define CHILD_H

/* fork. In the child: no core file should it crash, and an alarm, by which one that hangs is killed. */
int child_fork(void);
/* The status of waitpid. */
int child_await(int child);

#endif
