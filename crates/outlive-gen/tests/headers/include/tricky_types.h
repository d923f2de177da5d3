/* Found by -I: what tricky.h is made of. */
#ifndef TRICKY_TYPES_H
#define TRICKY_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How it goes. */
enum mood { MOOD_BAD = -2, MOOD_GOOD = 1 /* well */ };
typedef enum { TRICKY_QUIET, TRICKY_LOUD = 0x80000000u } tricky_volume;

union number {
	int whole;
	double real;
};

struct point {
	int x, y;
};

struct frame {
	struct point at;
	unsigned char bytes[4];
	union number number;
	union {
		int a;
		float b;
	};
	struct {
		short left, right;
	};
	const char *name;
	struct frame *next;
	int (*sort)(int);
};

struct flags {
	unsigned ready : 1;
	unsigned count : 7;
};

typedef int tricky_compare(const void *a, const void *b);
/* Called for each point. */
typedef void (*tricky_visitor)(const struct point *point, void *visit_arg);
typedef unsigned char tricky_key[16];

#endif
