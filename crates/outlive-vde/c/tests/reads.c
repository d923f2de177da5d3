/* reads.c: counts the calls by which the process reads from sockets; the linker takes these for the C library's. */
#include "harness.h"

#include <sys/syscall.h>

unsigned reads_counted;

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
	reads_counted++;
	return syscall(SYS_recvfrom, fd, bytes, size, flags, NULL, NULL);
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
	reads_counted++;
	return (int)syscall(SYS_recvmmsg, fd, messages, count, flags, timeout);
}
