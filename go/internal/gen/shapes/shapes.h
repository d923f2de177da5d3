/* Every way in which C finds a host, and every rule of a call, for the tests of generated packages. */
#ifndef SHAPES_H
#define SHAPES_H

#include <stddef.h>
#include <stdint.h>

#define SHAPES_GONE (-2)

enum shapes_level { SHAPES_LOW, SHAPES_HIGH };

struct shapes_place {
	const char *file;
	int line;
};

/*****************************************************
 * \brief Something that has happened.               *
 *****************************************************/
struct shapes_event {
	const char *name; /*!< not ended by a NUL */
	size_t name_length;
	const unsigned char *data;
	int data_length;
	const double *weights;
	size_t weight_count;
	size_t total;
	size_t position;
	struct shapes_place place;
};

/** @{ */
struct shapes_listener {
	const char *name;
	char tag[4];
	/** @brief Says what has happened. **/
	int (*on_event)(const struct shapes_event *event, void *arg);
	size_t (*on_text)(const char *text, size_t length, size_t position, void *arg);
	void (*on_close)(void *arg);
};
/** @} */

/* Each function gets the stream itself. */
struct shapes_stream {
	int (*next)(struct shapes_stream *self, enum shapes_level level);
	int (*join)(struct shapes_stream *other, struct shapes_stream *self);
	void (*release)(struct shapes_stream *self);
	void *context;
};

struct shapes_device;

/* A driver that is found by the device around it. */
struct shapes_driver {
	int (*probe)(int number, struct shapes_device *device);
};
struct shapes_device {
	int number;
	struct shapes_driver driver;
};

struct shapes_transfer {
	int length;
	void *user;
};

typedef void (*shapes_answer_cb)(void *cookie, int status, double share);
typedef void (*shapes_level_cb)(enum shapes_level level, void *);

/* What is started answers when it is done. */
struct shapes_worker {
	void (*start)(int job, shapes_answer_cb done, void *cookie, void *arg);
	int (*ask)(shapes_level_cb told, void *told_arg, void *arg);
	void (*wait)(void (*ready)(void *), void *cookie, void *arg);
};

/* Writes a line. */
typedef void (*shapes_log_cb)(enum shapes_level level, const char *text, void *user);
typedef int shapes_compare(const int *a, const int *b);
typedef int (*shapes_done_cb)(int status, void *user);
typedef int (*shapes_transfer_cb)(struct shapes_transfer *transfer);

#endif
