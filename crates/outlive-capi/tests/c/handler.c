/* The ready-made handler, and a hub of the program's own: one socket and one timeout on the library's loop. */
#ifdef _WIN32
#include <winsock2.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#define closesocket close
#endif
#include "check.h"
#include <errno.h>
#include <vde_hub.h>

struct told {
	int calls;
	int fd;
	int events;
	outlive_loop *loop;
};

static void tell(int fd, short events, void *arg)
{
	struct told *told = arg;
	char byte;

	told->calls++;
	told->fd = fd;
	told->events = events;
	if (events & VDE_EV_READ)
		CHECK(recv(fd, &byte, 1, 0) == 1 && byte == 'x');
	CHECK(outlive_loop_run(told->loop) == OUTLIVE_RUNNING);
	CHECK(outlive_loop_stop(told->loop) == OUTLIVE_OK);
}

/* A socket that sends to itself. */
static int open_socket(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = (int)socket(AF_INET, SOCK_DGRAM, 0);
#ifdef _WIN32
	int length = sizeof address;
#else
	socklen_t length = sizeof address;
#endif

	CHECK(fd >= 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
	return fd;
}

static void is_called_until_it_gives_back(const struct vde_event_handler *hub, struct told *told, int fd)
{
	struct timeval soon = {0, 1000};
	void *event = hub->event_add(fd, VDE_EV_READ | VDE_EV_PERSIST, NULL, tell, told);
	void *timeout;
	size_t calls;

	CHECK(event != NULL);
	CHECK(send(fd, "x", 1, 0) == 1);
	CHECK(outlive_loop_run(told->loop) == OUTLIVE_OK);
	CHECK(told->calls == 1 && told->fd == fd && told->events == VDE_EV_READ);
	hub->event_del(event);
	CHECK(send(fd, "x", 1, 0) == 1);
	CHECK(outlive_loop_run_once(told->loop, 0, &calls) == OUTLIVE_OK && calls == 0);

	timeout = hub->timeout_add(&soon, 0, tell, told);
	CHECK(timeout != NULL);
	CHECK(outlive_loop_run(told->loop) == OUTLIVE_OK);
	CHECK(told->calls == 2 && told->fd == -1 && told->events == VDE_EV_TIMEOUT);
	hub->timeout_del(timeout);
}

int main(void)
{
	struct told told = {0};
	struct vde_event_handler *hub;
	outlive_held *handler;
	int fd;
#ifdef _WIN32
	WSADATA data;

	CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
#endif

	fd = open_socket();
	CHECK(outlive_loop_new(&told.loop) == OUTLIVE_OK);
	CHECK(outlive_vde_handler_new(told.loop, HERE, &handler) == OUTLIVE_OK);
	hub = outlive_table(handler);
	is_called_until_it_gives_back(hub, &told, fd);

	errno = 0;
	CHECK(hub->event_add(-1, VDE_EV_READ, NULL, tell, &told) == NULL && errno == EBADF);
	CHECK(outlive_revoke(handler, HERE) == OUTLIVE_ENDED_SERVING);
	CHECK(hub->event_add(fd, VDE_EV_READ, NULL, tell, &told) == NULL && errno == ECANCELED);
	expect_incident(OUTLIVE_LATE_CALL);
	CHECK(outlive_release(handler, HERE) == OUTLIVE_ENDED_NOW);
	CHECK(outlive_loop_free(told.loop) == OUTLIVE_OK);
	closesocket(fd);
	return 0;
}
