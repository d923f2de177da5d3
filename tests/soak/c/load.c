/* Calls through one table, and its book. */
#include "load.h"

#include <stdlib.h>
#include <string.h>

struct load_account {
	enum load_shape shape;
	const void *table;
	void *arg;
	int tag;
	atomic_long calls, served, refused, wrong, lost, mistaken, answered, dropped;
	/* Tokens that are live, and the last one that was given back. */
	_Atomic(void *) tokens[LOAD_TOKENS];
	_Atomic(void *) stale;
};

uint64_t load_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dULL >> 16;
}

struct load_account *load_account_new(enum load_shape shape, const void *table, void *arg, int tag)
{
	struct load_account *account = calloc(1, sizeof *account);
	if (account == NULL)
		abort();
	account->shape = shape;
	account->table = table;
	account->arg = arg;
	account->tag = tag;
	return account;
}

void load_account_free(struct load_account *account)
{
	free(account);
}

void load_account_counts(const struct load_account *account, struct load_counts *counts)
{
	counts->calls = atomic_load(&account->calls);
	counts->served = atomic_load(&account->served);
	counts->refused = atomic_load(&account->refused);
	counts->wrong = atomic_load(&account->wrong);
	counts->lost = atomic_load(&account->lost);
	counts->mistaken = atomic_load(&account->mistaken);
	counts->answered = atomic_load(&account->answered);
	counts->dropped = atomic_load(&account->dropped);
}

static int on_event(struct load_account *account, int mode, int value, const int *pointer, void *arg)
{
	switch (account->shape) {
	case LOAD_ARG:
		return ((const struct load_table *)account->table)->on_event(mode, value, pointer, arg);
	case LOAD_OBJECT:
		return ((const struct load_object *)account->table)->on_event(mode, value, pointer, arg);
	case LOAD_LINKED:
		atomic_fetch_add(&((struct load_linked *)account->table)->seen, 1);
		return ((const struct load_linked *)account->table)->on_event(mode, value, pointer, arg);
	case LOAD_NONE:
		return ((const struct load_plain *)account->table)->on_event(mode, value, pointer);
	case LOAD_OWN:
		return ((const struct load_own *)account->table)->on_event(arg, mode, value, pointer);
	}
	abort();
}

static void *call_open(struct load_account *account, int value, void *arg)
{
	switch (account->shape) {
	case LOAD_ARG:
		return ((const struct load_table *)account->table)->open(value, arg);
	case LOAD_OBJECT:
		return ((const struct load_object *)account->table)->open(value, arg);
	case LOAD_LINKED:
		return ((const struct load_linked *)account->table)->open(value, arg);
	case LOAD_NONE:
		return ((const struct load_plain *)account->table)->open(value);
	case LOAD_OWN:
		return ((const struct load_own *)account->table)->open(arg, value);
	}
	abort();
}

static int call_close(struct load_account *account, void *token, void *arg)
{
	switch (account->shape) {
	case LOAD_ARG:
		return ((const struct load_table *)account->table)->close(token, arg);
	case LOAD_OBJECT:
		return ((const struct load_object *)account->table)->close(token, arg);
	case LOAD_LINKED:
		return ((const struct load_linked *)account->table)->close(token, arg);
	case LOAD_NONE:
		return ((const struct load_plain *)account->table)->close(token);
	case LOAD_OWN:
		return ((const struct load_own *)account->table)->close(arg, token);
	}
	abort();
}

static void done(int status, void *cookie)
{
	struct load_account *account = cookie;
	atomic_fetch_add(status == LOAD_DROPPED ? &account->dropped : &account->answered, 1);
}

static int call_ask(struct load_account *account, int value, void *arg)
{
	switch (account->shape) {
	case LOAD_ARG:
		return ((const struct load_table *)account->table)->ask(value, done, account, arg);
	case LOAD_OBJECT:
		return ((const struct load_object *)account->table)->ask(value, done, account, arg);
	case LOAD_LINKED:
		return ((const struct load_linked *)account->table)->ask(value, done, account, arg);
	case LOAD_NONE:
		return ((const struct load_plain *)account->table)->ask(value, done, account);
	case LOAD_OWN:
		return ((const struct load_own *)account->table)->ask(arg, value, done, account);
	}
	abort();
}

/* What leads to the host: user data, or the address of the table. */
static void *user_data(const struct load_account *account)
{
	if (account->shape == LOAD_OBJECT)
		return ((const struct load_object *)account->table)->opaque;
	if (account->shape == LOAD_OWN)
		return (void *)(uintptr_t)account->table;
	return account->arg;
}

/* Writes a call that returned result, where a served one returns expected. */
static void book(struct load_account *account, int result, int expected)
{
	atomic_fetch_add(&account->calls, 1);
	if (result == expected)
		atomic_fetch_add(&account->served, 1);
	else if (result == -1)
		atomic_fetch_add(&account->refused, 1);
	else
		atomic_fetch_add(&account->wrong, 1);
}

static int random_mode(uint64_t *random)
{
	uint64_t dice = load_random(random) % 16384;
	if (dice < 2)
		return LOAD_CLOSE_SELF;
	if (dice < 8)
		return LOAD_CLOSE_OTHER;
	if (dice < 72)
		return LOAD_PANIC;
	if (dice < 80)
		return LOAD_SLOW;
	if (dice < 1000)
		return LOAD_NEST;
	if (dice < 1100)
		return LOAD_MODES + (int)(load_random(random) % 1000);
	if (dice < 1120)
		return -1 - (int)(load_random(random) % 1000);
	return LOAD_PLAIN;
}

static void step_event(struct load_account *account, uint64_t *random)
{
	/* Room for an int, and one byte more to be misaligned by. */
	union {
		int number;
		char bytes[2 * sizeof(int)];
	} memory = { 7 };
	uint64_t dice = load_random(random) % 512;
	const void *pointer = dice == 0 ? memory.bytes + 1 : dice < 8 ? NULL : memory.bytes;
	int value = (int)(load_random(random) & 0x3fffffff);
	int result = on_event(account, random_mode(random), value, pointer, user_data(account));
	book(account, result, value ^ account->tag);
}

static void step_open(struct load_account *account, uint64_t *random)
{
	void *token = call_open(account, (int)(load_random(random) & 0xffff), user_data(account));
	book(account, token == NULL ? -1 : 0, 0);
	if (token == NULL)
		return;
	/* What is pushed out of its place stays open in the host. */
	atomic_exchange(&account->tokens[load_random(random) % LOAD_TOKENS], token);
}

static void step_close(struct load_account *account, uint64_t *random)
{
	uint64_t dice = load_random(random) % 8;
	void *token, *live = NULL;
	if (dice == 0) {
		token = atomic_load(&account->stale);
	} else if (dice == 1) {
		/* An even number is no token: this may be an address. */
		token = (void *)(uintptr_t)(load_random(random) & ~(uint64_t)1);
	} else {
		token = live = atomic_exchange(&account->tokens[load_random(random) % LOAD_TOKENS], NULL);
	}
	int result = call_close(account, token, user_data(account));
	if (live != NULL && result == 0)
		atomic_fetch_add(&account->lost, 1);
	if (live == NULL && result == 1)
		atomic_fetch_add(&account->mistaken, 1);
	if (live != NULL && result == 1)
		atomic_store(&account->stale, live);
	book(account, result == 1 ? 0 : result, 0);
}

static void step_ask(struct load_account *account, uint64_t *random)
{
	int value = (int)(load_random(random) & 0x3fffffff);
	int result = call_ask(account, value, user_data(account));
	book(account, result, value ^ account->tag);
}

void load_account_step(struct load_account *account, uint64_t *random)
{
	switch (load_random(random) % 16) {
	case 0:
		step_open(account, random);
		break;
	case 1:
		step_close(account, random);
		break;
	case 2:
		step_ask(account, random);
		break;
	default:
		step_event(account, random);
	}
}

/* An address at which no table begins. */
static uintptr_t invented_address(uintptr_t table, uint64_t *random)
{
	switch (load_random(random) % 3) {
	case 0:
		return 0;
	case 1: /* of no memory of ours */
		return table ^ (uintptr_t)1 << 63;
	default: /* inside of the table */
		return table + 1 + load_random(random) % (sizeof(struct load_own) - 1);
	}
}

/* User data that was never given out. */
static uintptr_t invented(uintptr_t arg, uint64_t *random)
{
	switch (load_random(random) % 4) {
	case 0:
		return 0;
	case 1: /* a generation that is years away */
		return arg ^ (uintptr_t)1 << 63;
	case 2: /* the state of a gate, added to its handle */
		return arg | (1 + load_random(random) % 7) << 5;
	default: /* an index that is far away */
		return arg ^ (uintptr_t)1 << 31;
	}
}

/* Only where what leads to the host is a parameter, in a table that is never unmapped. */
void load_account_step_invented(struct load_board *board, struct load_account *account,
				uint64_t *random)
{
	uintptr_t arg;
	if (account->shape == LOAD_ARG)
		arg = invented((uintptr_t)account->arg, random);
	else if (account->shape == LOAD_OWN)
		arg = invented_address((uintptr_t)account->table, random);
	else
		return;
	load_board_invent(board, on_event(account, LOAD_PLAIN, 1, NULL, (void *)arg) != -1);
}
