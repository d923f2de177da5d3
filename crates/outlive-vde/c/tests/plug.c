/* plug.c: the other side of the protocol, and files for the tests. */
#include "harness.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>

const char *test_path(const char *name)
{
	/* Kept for good, each once: a test holds on to the paths it asked for. */
	static char *paths[64];
	char path[6000];
	int i;

	snprintf(path, sizeof(path), "%s/%s", getenv("HUB_TEST_DIR"), name);
	for (i = 0; i < 64 && paths[i] != NULL; i++)
		if (strcmp(paths[i], path) == 0)
			return paths[i];
	CHECK(i < 64);
	paths[i] = strdup(path);
	CHECK(paths[i] != NULL);
	return paths[i];
}

bool exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

int entries_in(const char *dir)
{
	DIR *stream = opendir(dir);
	int count = -2; /* . and .. */

	if (stream == NULL)
		return -1;
	while (readdir(stream) != NULL)
		count++;
	closedir(stream);
	return count;
}

void sleep_ms(unsigned ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	nanosleep(&time, NULL);
}

vde_context *hub_in(const char *dir)
{
	vde_context *ctx = init_vde_context(&loop_handler);

	CHECK(ctx != NULL);
	CHECK(vde_hub_listen(ctx, dir) == 0);
	return ctx;
}

vde_hub_stats stats_of(const vde_context *ctx)
{
	vde_hub_stats stats;

	vde_hub_get_stats(ctx, &stats);
	return stats;
}

int ctl_connect(const char *dir)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s/ctl", dir) <
	      sizeof(address.sun_path));
	CHECK(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

size_t plug_prepare(struct plug *plug, const char *dir, const char *description, struct wire_request *request)
{
	static unsigned count;

	memset(plug, 0, sizeof(*plug));
	memset(request, 0, sizeof(*request));
	plug->ctl = ctl_connect(dir);
	plug->data = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(plug->data >= 0);
	plug->own.sun_family = AF_UNIX;
	snprintf(plug->own.sun_path, sizeof(plug->own.sun_path), "%s", test_path("plug"));
	snprintf(plug->own.sun_path + strlen(plug->own.sun_path), 8, "%u", count++ % 1000000);
	CHECK(bind(plug->data, (struct sockaddr *)&plug->own, sizeof(plug->own)) == 0);
	request->magic = 0xfeedface;
	request->version = 3;
	request->address = plug->own;
	memcpy(request->description, description, strlen(description));
	return WIRE_FIXED + strlen(description);
}

bool plug_take_reply(struct plug *plug)
{
	for (int i = 0; i < 200; i++) {
		ssize_t got = recv(plug->ctl, &plug->hub, sizeof(plug->hub), MSG_DONTWAIT);

		if (got == (ssize_t)sizeof(plug->hub)) {
			unlink(plug->own.sun_path);
			return connect(plug->data, (struct sockaddr *)&plug->hub, sizeof(plug->hub)) == 0;
		}
		if (got >= 0 || errno != EAGAIN)
			break;
		loop_turn(10);
	}
	return false;
}

bool plug_open(struct plug *plug, const char *dir, const char *description)
{
	struct wire_request request;
	size_t length = plug_prepare(plug, dir, description, &request);

	CHECK(send(plug->ctl, &request, length, MSG_NOSIGNAL) == (ssize_t)length);
	if (plug_take_reply(plug))
		return true;
	plug_close(plug);
	return false;
}

void plug_close(struct plug *plug)
{
	close(plug->data);
	close(plug->ctl);
	unlink(plug->own.sun_path);
}

void plug_send(struct plug *plug, const void *frame, size_t length)
{
	CHECK(send(plug->data, frame, length, MSG_NOSIGNAL) == (ssize_t)length);
}

ssize_t plug_recv(struct plug *plug, void *frame, size_t size)
{
	ssize_t got = recv(plug->data, frame, size, MSG_DONTWAIT | MSG_TRUNC);

	CHECK(got >= 0 || errno == EAGAIN);
	return got;
}

bool plug_hung_up(struct plug *plug)
{
	for (int i = 0; i < 200; i++) {
		char byte;
		ssize_t got = recv(plug->ctl, &byte, 1, MSG_DONTWAIT);

		if (got == 0 || (got < 0 && errno == ECONNRESET))
			return true;
		if (got < 0 && errno == EAGAIN)
			loop_turn(10);
	}
	return false;
}

void make_frame(unsigned char *frame, size_t length, unsigned number)
{
	memset(frame, (int)(number & 0xff), length);
	memcpy(frame, &number, sizeof(number));
}
