/* directory.c: the directory of a hub and the `ctl` socket in it. */
#include "hub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void ctl_address(const vde_context *ctx, struct sockaddr_un *address)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "%.*s/ctl", (int)HUB_DIR_MAX, ctx->dir);
}

bool vde_hub__directory_prepare(vde_context *ctx, const char *dir)
{
	char *real;
	bool fits;

	if (mkdir(dir, 0700) == 0)
		ctx->made_dir = true;
	else if (errno != EEXIST)
		return false;
	/* Absolute: plugs are told paths, and the host may change its working directory. */
	real = realpath(dir, NULL);
	fits = real != NULL && strlen(real) <= HUB_DIR_MAX;
	if (fits) {
		strcpy(ctx->dir, real);
	} else {
		int error = real != NULL ? ENAMETOOLONG : errno;

		if (ctx->made_dir)
			rmdir(dir);
		ctx->made_dir = false;
		errno = error;
	}
	free(real);
	return fits;
}

/* Is `ctl` free to be made? Removes one that nobody listens on. */
static bool clear_stale_ctl(const struct sockaddr_un *address)
{
	struct stat status;
	int fd, result, error;

	if (lstat(address->sun_path, &status) < 0)
		return errno == ENOENT;
	if (!S_ISSOCK(status.st_mode)) {
		errno = ENOTSOCK;
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	result = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	error = errno;
	close(fd);
	if (result < 0 && error == ECONNREFUSED)
		return unlink(address->sun_path) == 0;
	/* EAGAIN: its backlog is full; EPROTOTYPE: a socket of another kind. Both are alive. */
	errno = result == 0 || error == EAGAIN || error == EPROTOTYPE ? EADDRINUSE : error;
	return false;
}

/* Makes `ctl` and listens; the directory is locked, so that two hubs cannot both find it stale. */
static bool bind_locked(vde_context *ctx)
{
	struct sockaddr_un address;
	struct stat status;

	ctl_address(ctx, &address);
	if (!clear_stale_ctl(&address))
		return false;
	ctx->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (ctx->listen_fd < 0)
		return false;
	if (bind(ctx->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return false;
	ctx->made_ctl = lstat(address.sun_path, &status) == 0;
	if (!ctx->made_ctl)
		return false;
	ctx->ctl_dev = status.st_dev;
	ctx->ctl_ino = status.st_ino;
	return chmod(address.sun_path, 0600) == 0 && listen(ctx->listen_fd, SOMAXCONN) == 0;
}

bool vde_hub__directory_bind_ctl(vde_context *ctx)
{
	int lock = open(ctx->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = false;
	int error;

	if (lock < 0)
		return false;
	if (flock(lock, LOCK_EX | LOCK_NB) == 0)
		done = bind_locked(ctx);
	else if (errno == EWOULDBLOCK)
		errno = EADDRINUSE;
	error = errno;
	close(lock);
	errno = error;
	return done;
}

void vde_hub__directory_remove(vde_context *ctx)
{
	struct sockaddr_un address;
	struct stat status;

	ctl_address(ctx, &address);
	/* Only the very file we made: a successor may have taken the name. */
	if (ctx->made_ctl && lstat(address.sun_path, &status) == 0 && status.st_dev == ctx->ctl_dev &&
	    status.st_ino == ctx->ctl_ino)
		unlink(address.sun_path);
	ctx->made_ctl = false;
	if (ctx->made_dir)
		rmdir(ctx->dir);
	ctx->made_dir = false;
}
