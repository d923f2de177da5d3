/* Tables of every shape that C has for a struct of function pointers. */
#ifndef SHAPES_H
#define SHAPES_H

typedef int shapes_callback(int value, void *arg);

/* The library counts its calls in the table, on any thread. */
struct shapes_counted {
	shapes_callback *on_event;
	_Atomic long calls;
};

/* The library reads whether it is to stop, and never writes it. */
struct shapes_flagged {
	shapes_callback *on_event;
	_Atomic int is_stopped;
};

/* A cache line of its own, and two. */
struct shapes_line {
	_Alignas(64) shapes_callback *on_event;
	shapes_callback *on_last;
	void *data;
};
struct shapes_pair {
	_Alignas(128) shapes_callback *on_event;
	shapes_callback *on_last;
	void *data;
};

/* More than a page, and aligned to more than a page. */
struct shapes_long {
	shapes_callback *on_event;
	char names[5000];
	shapes_callback *on_last;
	void *data;
};
struct shapes_pages {
	_Alignas(8192) shapes_callback *on_event;
	shapes_callback *on_last;
	void *data;
};

/* The callbacks are at odd addresses. */
struct __attribute__((packed)) shapes_packed {
	char kind;
	shapes_callback *on_event;
	short version;
	shapes_callback *on_last;
	void *data;
};

union shapes_either {
	int number;
	double real;
	void *pointer;
};

struct shapes_union {
	union shapes_either either;
	shapes_callback *on_event;
	shapes_callback *on_last;
	void *data;
};

/* Calls on_event, and on_last with the result of that; or says that the table does not stand as its type asks for. */
#define SHAPES_MISPLACED (-99)
int shapes_call_line(const void *table, void *arg, int value);
int shapes_call_pair(const void *table, void *arg, int value);
int shapes_call_long(const void *table, void *arg, int value);
int shapes_call_pages(const void *table, void *arg, int value);
int shapes_call_packed(const void *table, void *arg, int value);
int shapes_call_union(const void *table, void *arg, int value);
/* What the table has for the library to pass. */
void *shapes_data_line(const void *table);
void *shapes_data_pair(const void *table);
void *shapes_data_long(const void *table);
void *shapes_data_pages(const void *table);
void *shapes_data_packed(const void *table);
void *shapes_data_union(const void *table);

int shapes_number_of_union(const struct shapes_union *table);
int shapes_is_stopped(const struct shapes_flagged *table);

/* Counts so many calls, on each of so many threads, in the table, and makes them; how many were served. */
long shapes_count(struct shapes_counted *table, void *arg, int threads, long calls);
long shapes_calls(const struct shapes_counted *table);

#endif
