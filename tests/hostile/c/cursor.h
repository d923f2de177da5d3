/* A library of modules that open cursors, as a database has them: one struct holds the callbacks of both.
 *
 * The library owns the memory of a cursor; what is in `user_data` is its opener's. Nothing here is checked: a cursor is
 * closed as often as the caller asks, and its memory is freed only by cursor_free.
 */
#ifndef CURSOR_H
#define CURSOR_H

struct cursor {
	int opened;
	void *user_data;
};

struct cursor_module {
	/* A new cursor of the module whose user data this is; not 0 where there is none. */
	int (*open)(void *module, struct cursor *cursor);
	/* A cursor's next row. */
	int (*next)(struct cursor *cursor, int step);
	/* The cursor's last use. */
	int (*close)(struct cursor *cursor);
};

/* A cursor that the module has opened; NULL where it did not. */
struct cursor *cursor_open(const struct cursor_module *functions, void *module);
/* The same, but a cursor that the module did not open is closed all the same. */
struct cursor *cursor_open_or_close(const struct cursor_module *functions, void *module);
int cursor_next(const struct cursor_module *functions, struct cursor *cursor, int step);
int cursor_close(const struct cursor_module *functions, struct cursor *cursor);
int cursor_close_on_thread(const struct cursor_module *functions, struct cursor *cursor);
/* The memory alone: the module is told nothing. */
void cursor_free(struct cursor *cursor);

#endif
