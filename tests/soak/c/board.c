/* All tables, and the threads that call through them. */
#include "load.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* Of so many calls, all but one go to the newest tables. */
#define OLD_ONES 16
#define NEWEST 24

void load_account_step_invented(struct load_board *board, struct load_account *account,
				uint64_t *random);

struct load_board {
	long capacity;
	atomic_long count;
	atomic_long invented, invented_served;
	_Atomic(struct load_account *) accounts[];
};

struct load_board *load_board_new(long capacity)
{
	size_t size = (size_t)capacity * sizeof(struct load_account *);
	struct load_board *board = calloc(1, sizeof *board + size);
	if (board == NULL)
		abort();
	board->capacity = capacity;
	return board;
}

void load_board_free(struct load_board *board)
{
	free(board);
}

int load_board_add(struct load_board *board, struct load_account *account)
{
	long place = atomic_load(&board->count);
	do {
		if (place >= board->capacity)
			return 0;
	} while (!atomic_compare_exchange_weak(&board->count, &place, place + 1));
	atomic_store(&board->accounts[place], account);
	return 1;
}

void load_board_step(struct load_board *board, uint64_t *random)
{
	long count = atomic_load(&board->count);
	if (count == 0)
		return;
	long newest = count < NEWEST ? count : NEWEST;
	long place = load_random(random) % OLD_ONES == 0
			     ? (long)(load_random(random) % (uint64_t)count)
			     : count - 1 - (long)(load_random(random) % (uint64_t)newest);
	struct load_account *account = atomic_load(&board->accounts[place]);
	if (account == NULL)
		return; /* about to be added */
	if (load_random(random) % 1024 == 0)
		load_account_step_invented(board, account, random);
	else
		load_account_step(account, random);
}

void load_board_invent(struct load_board *board, int served)
{
	atomic_fetch_add(&board->invented, 1);
	atomic_fetch_add(&board->invented_served, served);
}

void load_board_invented(const struct load_board *board, long *calls, long *served)
{
	*calls = atomic_load(&board->invented);
	*served = atomic_load(&board->invented_served);
}

struct errand {
	struct load_board *board;
	uint64_t random;
};

static pthread_key_t at_exit;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void run_errand(void *argument)
{
	struct errand *errand = argument;
	load_board_step(errand->board, &errand->random);
}

static void make_key(void)
{
	if (pthread_key_create(&at_exit, run_errand) != 0)
		abort();
}

static void *short_life(void *argument)
{
	struct errand *errand = argument;
	if (load_random(&errand->random) % 2 == 0)
		pthread_setspecific(at_exit, errand);
	run_errand(errand);
	return NULL;
}

void load_board_step_in_thread(struct load_board *board, uint64_t *random)
{
	pthread_once(&once, make_key);
	struct errand errand = { board, load_random(random) | 1 };
	pthread_t thread;
	if (pthread_create(&thread, NULL, short_life, &errand) == 0)
		pthread_join(thread, NULL);
}

struct load_threads {
	struct load_board *board;
	uint64_t seed;
	atomic_bool stop;
	atomic_int number;
	int count;
	pthread_t threads[];
};

static void *call_until_stopped(void *argument)
{
	struct load_threads *threads = argument;
	uint64_t number = (uint64_t)atomic_fetch_add(&threads->number, 1);
	uint64_t random = (threads->seed + number * 0x9e3779b97f4a7c15ULL) | 1;
	while (!atomic_load(&threads->stop))
		load_board_step(threads->board, &random);
	return NULL;
}

struct load_threads *load_threads_start(struct load_board *board, int count, uint64_t seed)
{
	struct load_threads *threads = calloc(1, sizeof *threads + (size_t)count * sizeof(pthread_t));
	if (threads == NULL)
		abort();
	threads->board = board;
	threads->seed = seed;
	while (threads->count < count &&
	       pthread_create(&threads->threads[threads->count], NULL, call_until_stopped, threads) == 0)
		threads->count++;
	return threads;
}

void load_threads_stop(struct load_threads *threads)
{
	atomic_store(&threads->stop, true);
	for (int i = 0; i < threads->count; i++)
		pthread_join(threads->threads[i], NULL);
	free(threads);
}
