/* Children of the process. */
#ifndef CHILD_H
#define CHILD_H

/* How a child is made. */
enum child_how { CHILD_FORK, CHILD_UNDERSCORE_FORK, CHILD_SYSTEM_CALL };
/* Whether the C library has it. */
int child_can(enum child_how how);
/* fork, or _Fork, or the system call alone. In the child: no core file should it crash, and an alarm, by which one
 * that hangs is killed. */
int child_fork_by(enum child_how how);
int child_fork(void);
/* vfork. The child takes so many milliseconds before it becomes a program that exits with the status. */
int child_vfork_and_exec(int milliseconds, int status);
/* The status of waitpid. */
int child_await(int child);
/* Whether there is memory that a child finds wiped. */
int child_wipes_memory(void);

#endif
