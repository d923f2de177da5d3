/* A table of everything that C has, for the tests. */
#ifndef TRICKY_H
#define TRICKY_H

#include <tricky_types.h>

#ifndef TRICKY_LEVEL
#error "TRICKY_LEVEL is needed"
#endif

#define CALLBACK(name) (*name)
#define TRICKY_VERSION 3
#define TRICKY_REFUSED (-7)

struct tricky_unknown;

/*
 * Does everything.
 *
 * And more.
 */
struct tricky {
	const int version; /* which one */
	/** Takes a \c value. */
	int (*plain)(int value, void *arg);
	struct point (*moved)(struct point from, enum mood mood, tricky_volume loud, void *arg);
	void (*seen)(const struct frame *frame, void *arg);
	int (*walk)(tricky_visitor visit, void *visit_arg, void *arg);
	int (*sorted)(tricky_compare *compare, int (*also)(const void *a, const void *b), void *arg);
	const char *(*text)(const char *key, const char *bytes, size_t length, void *arg);
	_Bool (*type)(_Bool yes, int8_t func, uint64_t range, double string, void *arg);
	/* Named by a macro. */
	int CALLBACK(macro)(struct tricky_unknown *unknown, char **out, int *number, void *arg);
	int (*arrays)(const int numbers[], tricky_key key, int callback(int), void *arg);
	void (*(*chosen)(int which, void *arg))(int);
	int (*onClose)(int exitCode, void (**hooks)(int code), void *arg);
#if TRICKY_LEVEL > 1
	long (*deep)(void *arg);
#endif
	struct {
		int (*inner)(void *arg);
	};
	union {
		int flag;
		void *pointer;
	};
	unsigned bits : 3;
	unsigned char reserved[16];
	void *arg;
	void (*destroy)(void *arg);
};

/* What cannot be mapped. */
typedef struct {
	int (*variadic)(void *arg, const char *format, ...);
	int (*old_style)();
	long double (*precise)(void *arg);
	void (*list)(const char *format, va_list arguments, void *arg);
	void (*wide)(__int128 number, void *arg);
	void (*several[2])(void *arg);
	union {
		void (*one)(void *arg);
		int (*other)(void *arg);
	} either;
	int (*fine)(void *arg);
} tricky_impossible;

/* No names, and no callbacks. */
struct tricky_nameless {
	int (*first)(void *, int, void *);
	void (*second)(const char *, int, void *);
};
struct tricky_data {
	int a, b;
};
struct tricky_later;

/* Nothing leads to the host. */
struct tricky_free {
	void *(*make)(int size);
	void (*drop)(void *made);
};

#endif
