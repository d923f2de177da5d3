/* world.c: what is done with the loops. */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* No timeout of this length is up while a sample is taken. */
static const struct timeval LONG = {.tv_sec = 600};

struct node {
	struct bench_world *world;
	int in, out; /* of a pair both are the same */
	void *token, *writer, *timer;
};

struct bench_world {
	struct bench_case which;
	struct node *nodes; /* of pairs, both ends */
	int count;
	struct node *idle; /* churn: pipes in which nothing happens */
	int next_idle;
	/* While a sample is taken. */
	const struct bench_loop *loop;
	int64_t left, in_vain;
	bool failed;
};

static double cpu_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Each node reads from its own pipe, and writes to that of the next one. */
static bool open_ring(struct node *nodes, int count)
{
	for (int i = 0; i < count; i++) {
		int ends[2];

		if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
			return false;
		nodes[i].in = ends[0];
		nodes[(i + count - 1) % count].out = ends[1];
	}
	return true;
}

static bool open_pairs(struct bench_world *world)
{
	for (int i = 0; i < world->count; i += 2) {
		int ends[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
			return false;
		for (int end = 0; end < 2; end++)
			world->nodes[i + end].in = world->nodes[i + end].out = ends[end];
	}
	return true;
}

static struct node *new_nodes(struct bench_world *world, int count)
{
	struct node *nodes = calloc((size_t)count, sizeof(*nodes));

	for (int i = 0; nodes != NULL && i < count; i++)
		nodes[i] = (struct node){.world = world, .in = -1, .out = -1};
	return nodes;
}

static bool open_all(struct bench_world *world)
{
	world->nodes = new_nodes(world, world->count);
	if (world->nodes == NULL)
		return false;
	if (world->which.kind == BENCH_TIMERS)
		return true;
	if (world->which.kind == BENCH_ECHO)
		return open_pairs(world);
	if (world->which.kind == BENCH_CHURN) {
		world->idle = new_nodes(world, world->count);
		if (world->idle == NULL || !open_ring(world->idle, world->count))
			return false;
	}
	return open_ring(world->nodes, world->count);
}

struct bench_world *bench_world_new(const struct bench_case *which)
{
	struct bench_world *world = calloc(1, sizeof(*world));
	int saved;

	if (world == NULL)
		return NULL;
	world->which = *which;
	world->count = which->kind == BENCH_ECHO ? 2 * which->n : which->n;
	if (open_all(world))
		return world;
	saved = errno;
	bench_world_free(world);
	errno = saved;
	return NULL;
}

static void close_nodes(struct node *nodes, int count)
{
	for (int i = 0; nodes != NULL && i < count; i++) {
		if (nodes[i].in >= 0)
			close(nodes[i].in);
		if (nodes[i].out >= 0 && nodes[i].out != nodes[i].in)
			close(nodes[i].out);
	}
	free(nodes);
}

void bench_world_free(struct bench_world *world)
{
	close_nodes(world->nodes, world->count);
	close_nodes(world->idle, world->count);
	free(world);
}

/* One event that counts. */
static void done(struct bench_world *world)
{
	if (--world->left <= 0 || world->failed)
		world->loop->stop();
}

static void *granted(struct bench_world *world, void *token)
{
	if (token == NULL)
		world->failed = true;
	return token;
}

/* What was read and cannot be written is lost, and the sample with it. */
static void send_byte(struct node *node)
{
	char byte = 'x';

	if (write(node->out, &byte, 1) != 1)
		node->world->failed = true;
}

static bool receive_byte(struct node *node)
{
	char byte;

	if (read(node->in, &byte, 1) == 1)
		return true;
	node->world->in_vain++;
	return false;
}

static void pass_on(struct node *node)
{
	if (receive_byte(node))
		send_byte(node);
}

static void on_ring(int fd, short events, void *arg)
{
	struct node *node = arg;

	(void)fd;
	(void)events;
	pass_on(node);
	done(node->world);
}

static void on_once(int fd, short events, void *arg)
{
	struct node *node = arg;
	const struct bench_loop *loop = node->world->loop;

	(void)events;
	loop->event_del(node->token);
	pass_on(node);
	node->token = granted(node->world, loop->event_add(fd, BENCH_READ, NULL, on_once, node));
	done(node->world);
}

static void on_idle(int fd, short events, void *arg)
{
	struct node *node = arg;

	(void)fd;
	(void)events;
	node->world->failed = true;
	done(node->world);
}

static void on_churn(int fd, short events, void *arg)
{
	struct node *node = arg;
	struct bench_world *world = node->world;
	struct node *idle = &world->idle[world->next_idle];

	(void)fd;
	(void)events;
	pass_on(node);
	world->next_idle = (world->next_idle + 1) % world->count;
	world->loop->event_del(idle->token);
	idle->token = granted(world, world->loop->event_add(idle->in, BENCH_READ | BENCH_PERSIST, NULL,
							    on_idle, idle));
	done(world);
}

static void on_retime(int fd, short events, void *arg)
{
	struct node *node = arg;
	struct bench_world *world = node->world;

	(void)fd;
	(void)events;
	pass_on(node);
	world->loop->timeout_del(node->timer);
	node->timer = granted(world, world->loop->timeout_add(&LONG, 0, on_idle, node));
	done(world);
}

static void on_room(int fd, short events, void *arg)
{
	struct node *node = arg;

	(void)fd;
	(void)events;
	node->world->loop->event_del(node->writer);
	node->writer = NULL;
	send_byte(node);
	done(node->world);
}

static void on_echo(int fd, short events, void *arg)
{
	struct node *node = arg;
	struct bench_world *world = node->world;

	(void)events;
	if (!receive_byte(node))
		return;
	node->writer = granted(world, world->loop->event_add(fd, BENCH_WRITE, NULL, on_room, node));
}

static void on_timer(int fd, short events, void *arg)
{
	struct node *node = arg;

	(void)fd;
	(void)events;
	node->world->loop->timeout_del(node->timer);
	node->timer = NULL;
	done(node->world);
}

static void watch(struct node *node)
{
	struct bench_world *world = node->world;
	const struct bench_loop *loop = world->loop;
	int kind = world->which.kind;
	short events = kind == BENCH_ONCE ? BENCH_READ : BENCH_READ | BENCH_PERSIST;
	bench_event_cb cb = kind == BENCH_ONCE ? on_once
			    : kind == BENCH_CHURN ? on_churn
			    : kind == BENCH_RETIME ? on_retime
			    : kind == BENCH_ECHO ? on_echo
						   : on_ring;

	node->token = granted(world, loop->event_add(node->in, events,
						     kind == BENCH_IDLE ? &LONG : NULL, cb, node));
	if (kind == BENCH_RETIME)
		node->timer = granted(world, loop->timeout_add(&LONG, 0, on_idle, node));
}

static void unwatch(struct node *node)
{
	const struct bench_loop *loop = node->world->loop;

	if (node->token != NULL)
		loop->event_del(node->token);
	if (node->writer != NULL)
		loop->event_del(node->writer);
	if (node->timer != NULL)
		loop->timeout_del(node->timer);
	node->token = node->writer = node->timer = NULL;
}

/* Puts the bytes on their way, evenly. */
static void seed(struct bench_world *world)
{
	for (int i = 0; i < world->which.active; i++)
		send_byte(&world->nodes[(int64_t)i * world->count / world->which.active]);
}

/* Takes them back; how many there were. */
static int64_t drain(struct bench_world *world)
{
	int64_t found = 0;
	char bytes[4096];

	for (int i = 0; i < world->count; i++) {
		ssize_t got = read(world->nodes[i].in, bytes, sizeof(bytes));

		if (got > 0)
			found += got;
	}
	return found;
}

static void start(struct bench_world *world, const struct bench_loop *loop)
{
	world->loop = loop;
	world->left = world->which.kind == BENCH_TIMERS ? world->which.n : world->which.events;
	world->in_vain = 0;
	world->failed = false;
}

/* Timers of a random length, the same ones each time. */
static void add_timers(struct bench_world *world)
{
	uint32_t random = 1;

	for (int i = 0; i < world->count; i++) {
		struct timeval time = {0};

		random = random * 1664525 + 1013904223;
		time.tv_usec = random / 65536 % 10000;
		world->nodes[i].timer = granted(
			world, world->loop->timeout_add(&time, 0, on_timer, &world->nodes[i]));
	}
}

static int finish(struct bench_world *world, double ns, struct bench_sample *sample)
{
	int64_t wanted = world->which.kind == BENCH_TIMERS ? world->which.n : world->which.events;

	*sample = (struct bench_sample){
		.ns = ns, .events = wanted - world->left, .in_vain = world->in_vain};
	return world->failed || world->left > 0 ? -1 : 0;
}

static int run_timers(struct bench_world *world, struct bench_sample *sample)
{
	double begun = cpu_time();

	add_timers(world);
	if (!world->failed)
		world->loop->run();
	return finish(world, cpu_time() - begun, sample);
}

static int run_events(struct bench_world *world, struct bench_sample *sample)
{
	double ns = 0;
	int waiting = 0;

	for (int i = 0; i < world->count; i++)
		watch(&world->nodes[i]);
	for (int i = 0; world->idle != NULL && i < world->count; i++)
		world->idle[i].token = granted(
			world, world->loop->event_add(world->idle[i].in, BENCH_READ | BENCH_PERSIST, NULL,
						      on_idle, &world->idle[i]));
	seed(world);
	if (!world->failed) {
		double begun = cpu_time();

		world->loop->run();
		ns = cpu_time() - begun;
	}
	for (int i = 0; i < world->count; i++) {
		waiting += world->nodes[i].writer != NULL;
		unwatch(&world->nodes[i]);
	}
	for (int i = 0; world->idle != NULL && i < world->count; i++)
		unwatch(&world->idle[i]);
	/* A byte is on its way, or its writer waits. */
	if (drain(world) + waiting != world->which.active)
		world->failed = true;
	return finish(world, ns, sample);
}

int bench_world_run(struct bench_world *world, const struct bench_loop *loop,
		    struct bench_sample *sample)
{
	int result;

	start(world, loop);
	if (loop->begin() != 0)
		return -1;
	result = world->which.kind == BENCH_TIMERS ? run_timers(world, sample) : run_events(world, sample);
	loop->end();
	return result;
}

static void count_nothing(void)
{
}

int bench_world_bare(struct bench_world *world, struct bench_sample *sample)
{
	static const struct bench_loop none = {.stop = count_nothing};
	double begun, ns;

	start(world, &none);
	seed(world);
	begun = cpu_time();
	for (int i = 0; world->left > 0; i = (i + 1) % world->count)
		for (int j = 0; j < world->which.active && world->left > 0; j++) {
			int seeded = (int)((int64_t)j * world->count / world->which.active);
			/* Whoever has been written to: of a pair, the other end. */
			int place = world->which.kind == BENCH_ECHO ? seeded ^ 1 ^ (i & 1)
								    : (seeded + i + 1) % world->count;

			pass_on(&world->nodes[place]);
			done(world);
		}
	ns = cpu_time() - begun;
	drain(world);
	return finish(world, ns, sample);
}
