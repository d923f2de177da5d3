#include "library.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
	if (!(condition)) \
	return __LINE__

int shapes_check_listener(const struct shapes_listener *listener, uintptr_t arg)
{
	CHECK(strcmp(listener->name, "say \"hi\", \xc3\xa4?") == 0);
	CHECK(memcmp(listener->tag, "abc", 4) == 0);
	/* A length of 4 GiB and more, and one that is no length. */
	CHECK(listener->on_text("ab\0cd", 5, SIZE_MAX, (void *)arg) == 5);
	CHECK(listener->on_text(NULL, 0, (size_t)1 << 33, (void *)arg) == 0);
	return 0;
}

int shapes_call_event(const struct shapes_listener *listener, uintptr_t arg)
{
	static const char name[] = {'n', 'a', 'm', 'e'};
	static const unsigned char data[] = {0, 255};
	static const double weights[] = {0.5, 1.5};
	struct shapes_event event = {
		name, sizeof name, data, sizeof data, weights, 2, 7, SIZE_MAX, {"file.c", 12}};

	return listener->on_event(&event, (void *)arg);
}

void shapes_close(const struct shapes_listener *listener, uintptr_t arg)
{
	listener->on_close((void *)arg);
}

int shapes_check_stream(struct shapes_stream *stream, struct shapes_stream *other)
{
	struct shapes_stream copy = *stream;

	stream->context = other;
	CHECK(stream->next(stream, SHAPES_HIGH) == 11);
	CHECK(other->next(other, SHAPES_LOW) == 2);
	CHECK(stream->join(other, stream) == 100);
	CHECK(stream->join(NULL, other) == 200);
	/* Only the table's own address leads to the host. */
	CHECK(stream->next(&copy, SHAPES_HIGH) == -1);
	CHECK(stream->next(NULL, SHAPES_HIGH) == -1);
	return 0;
}

int shapes_next(struct shapes_stream *stream)
{
	return stream->next(stream, SHAPES_LOW);
}

void shapes_release(struct shapes_stream *stream)
{
	stream->release(stream);
}

int shapes_probe(struct shapes_driver *driver, int number)
{
	uintptr_t around = (uintptr_t)driver - offsetof(struct shapes_device, driver);

	return driver->probe(number, (struct shapes_device *)around);
}

static void hear_answer(void *cookie, int status, double share)
{
	struct shapes_heard *heard = cookie;

	heard->answers++;
	heard->status = status;
	heard->share = share;
}

static void hear_level(enum shapes_level level, void *cookie)
{
	hear_answer(cookie, (int)level, 0);
}

static void hear_ready(void *cookie)
{
	hear_answer(cookie, 0, 0);
}

void shapes_start(const struct shapes_worker *worker, uintptr_t arg, struct shapes_heard *heard)
{
	worker->start(21, hear_answer, heard, (void *)arg);
}

void shapes_start_unheard(const struct shapes_worker *worker, uintptr_t arg)
{
	worker->start(21, NULL, NULL, (void *)arg);
}

int shapes_ask(const struct shapes_worker *worker, uintptr_t arg, struct shapes_heard *heard)
{
	return worker->ask(hear_level, heard, (void *)arg);
}

void shapes_wait(const struct shapes_worker *worker, uintptr_t arg, struct shapes_heard *heard)
{
	worker->wait(hear_ready, heard, (void *)arg);
}

void shapes_log(void *function, uintptr_t user, int level)
{
	((shapes_log_cb)function)((enum shapes_level)level, "a line", (void *)user);
}

int shapes_compared(void *function, int a, int b)
{
	return ((shapes_compare *)function)(&a, &b);
}

int shapes_done(void *function, uintptr_t user, int status)
{
	return ((shapes_done_cb)function)(status, (void *)user);
}

int shapes_transferred(void *function, uintptr_t user, int length)
{
	struct shapes_transfer transfer = {length, (void *)user};

	return ((shapes_transfer_cb)function)(&transfer);
}
