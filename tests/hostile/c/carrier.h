/* A library that carries user data in every other place than an argument of its own.
 *
 * Nothing here is checked: a carrier has what its owner has put there.
 */
#ifndef CARRIER_H
#define CARRIER_H

#include <stdint.h>

/* What a callback is about; only the library knows what else is in it. */
struct carrier {
	int id;
	void *user_data;
};

/* Passed by value. */
struct carrier_event {
	int value;
	uint64_t user_data;
};

struct carrier_table {
	/* In a member of the argument. */
	int (*on_member)(struct carrier *carrier, int value);
	/* Behind a function of the library, carrier_user_data. */
	int (*on_accessor)(const struct carrier *carrier, int value);
	/* In a member of a struct that is passed by value. */
	int (*on_event)(struct carrier_event event);
	/* Behind a pointer to it. */
	int (*on_indirect)(void **user_data, int value);
	/* As a number. */
	int (*on_number)(uint64_t user_data, int value);
	int (*on_signed)(int value, int64_t user_data);
	/* In 32 bits, which is a number of the library's own. */
	int (*on_id)(uint32_t id, int value);
};

struct carrier *carrier_new(void *user_data);
void carrier_free(struct carrier *carrier);
void carrier_set_user_data(struct carrier *carrier, void *user_data);
void *carrier_user_data(const struct carrier *carrier);

/* Each calls one callback. */
int carrier_call_member(const struct carrier_table *table, struct carrier *carrier, int value);
int carrier_call_accessor(const struct carrier_table *table, struct carrier *carrier, int value);
int carrier_call_event(const struct carrier_table *table, void *user_data, int value);
int carrier_call_indirect(const struct carrier_table *table, void *user_data, int value);
int carrier_call_number(const struct carrier_table *table, void *user_data, int value);
int carrier_call_signed(const struct carrier_table *table, void *user_data, int value);
int carrier_call_id(const struct carrier_table *table, uint32_t id, int value);
/* Calls on_member so often, on so many threads; how many calls were refused, which is a negative result. */
int carrier_call_often(const struct carrier_table *table, struct carrier *carrier, int threads, int calls);

/* Lone functions that share one user data, each with a type of its own. */
typedef int (*carrier_read_cb)(void *user_data, int value);
typedef void (*carrier_note_cb)(int value, void *user_data);
typedef int (*carrier_seek_cb)(struct carrier *carrier, int64_t offset);

int carrier_read(carrier_read_cb read, void *user_data, int value);
void carrier_note(carrier_note_cb note, void *user_data, int value);
int carrier_seek(carrier_seek_cb seek, struct carrier *carrier, int64_t offset);

#endif
