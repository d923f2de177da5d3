/*
 * plug_pair.c: two plugs of the system's libvdeplug on one hub. Usage: plug_pair DIR FRAMES
 * Sends FRAMES frames each way and fails unless each arrives, in order and unchanged.
 */
#include <libvdeplug.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int exchange(VDECONN *from, VDECONN *to, unsigned number)
{
	unsigned char sent[1514], got[VDE_ETHBUFSIZE];
	size_t length = 60 + number % (sizeof(sent) - 60);
	struct pollfd ready = {.fd = vde_datafd(to), .events = POLLIN};

	memset(sent, (int)(number & 0xff), sizeof(sent));
	memcpy(sent, &number, sizeof(number));
	if (vde_send(from, sent, length, 0) != (ssize_t)length)
		return -1;
	if (poll(&ready, 1, 10000) != 1)
		return -1;
	return vde_recv(to, got, sizeof(got), 0) == (ssize_t)length && memcmp(sent, got, length) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	VDECONN *one, *two;
	unsigned frames;

	if (argc != 3)
		return 2;
	frames = (unsigned)strtoul(argv[2], NULL, 10);
	one = vde_open(argv[1], "one of a pair", NULL);
	two = vde_open(argv[1], "two of a pair", NULL);
	if (one == NULL || two == NULL) {
		perror("vde_open");
		return 1;
	}
	for (unsigned i = 0; i < frames; i++) {
		if (exchange(one, two, 2 * i) < 0 || exchange(two, one, 2 * i + 1) < 0) {
			fprintf(stderr, "pair %u of frames was lost\n", i);
			return 1;
		}
	}
	vde_close(one);
	vde_close(two);
	return 0;
}
