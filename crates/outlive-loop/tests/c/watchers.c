/* A watcher as a C library has it: a function, and an argument that is C's own. */
#include <sys/socket.h>

#define EV_READ 0x02

struct seen {
	int calls;
	int spurious;
	int fd;
	short events;
};

void on_event(int fd, short events, void *arg)
{
	struct seen *seen = arg;
	char byte;

	seen->calls++;
	seen->fd = fd;
	seen->events = events;
	if ((events & EV_READ) && recv(fd, &byte, 1, MSG_DONTWAIT) != 1)
		seen->spurious++;
}
