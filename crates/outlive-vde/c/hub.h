/*
 * hub.h: what the files of the hub share. Not for hosts.
 *
 * Lifetimes: the hub calls out (handler, listener), and whoever is called may call back in, close
 * ports or end the context. So nothing is freed while a call is inside: each entry brackets itself
 * with vde_hub__enter and vde_hub__leave, closing only marks (PORT_DEAD, finished), and the
 * outermost vde_hub__leave frees. A list can therefore be walked across calls out.
 *
 * Names: a static archive cannot hide what its files share, and a program may have functions of any
 * name. So each function that is not static begins with vde_hub__, or with vde_hub_ if hosts call it.
 */
#ifndef HUB_H
#define HUB_H

#include "vde_hub.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* "/4096.2147483647": the longest name of a port's socket. */
#define HUB_NAME_MAX 16
/* The longest directory: each socket's path and its NUL must fit into sun_path. */
#define HUB_DIR_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1 - HUB_NAME_MAX)

/* The fixed part of a request: magic, version, type, address (packed, in host order). */
#define REQUEST_SIZE (3 * sizeof(uint32_t) + sizeof(struct sockaddr_un))
#define REQUEST_MAX (REQUEST_SIZE + VDE_DESCRIPTION_MAX)

struct request {
	bool any_number;        /* the hub chooses the port's number */
	unsigned number;        /* else: the one that the peer wants */
	struct sockaddr_un peer;
	char description[VDE_DESCRIPTION_MAX + 1];
};

enum request_state { REQUEST_PARTIAL, REQUEST_COMPLETE, REQUEST_BAD };

struct queued_frame;
struct vde_hub__inbox;

struct frame_queue {
	struct queued_frame *head, *tail;
	size_t length;
};

enum port_state {
	PORT_HANDSHAKE, /* connected, its request not complete yet */
	PORT_OPEN,
	PORT_DEAD       /* nothing left but the memory, which the outermost vde_hub__leave frees */
};

struct port {
	vde_context *ctx;
	struct port *next;
	enum port_state state;
	int ctl_fd, data_fd;
	void *ctl_token, *data_token, *write_token;
	int64_t active_ms;              /* when it connected, or its last frame */
	struct frame_queue queue;
	struct sockaddr_un data_address; /* sun_path is empty until bound */
	size_t request_length;
	unsigned char request[REQUEST_MAX];
	vde_port_info info;
};

struct vde_context {
	vde_event_handler *handler; /* kept, never copied; NULL when ended */
	bool owns_handler;          /* it came from malloc, and is freed at the end */
	const vde_listener *listener;
	void *listener_arg;
	unsigned depth;             /* calls inside the context */
	bool finished;
	vde_limits limits;
	vde_hub_stats stats;
	struct port *ports, **ports_end;
	struct vde_hub__inbox *inbox; /* NULL until the first frame */
	int listen_fd;
	void *listen_token, *age_token;
	bool made_dir, made_ctl;
	dev_t ctl_dev;              /* which file `ctl` was when we made it */
	ino_t ctl_ino;
	char dir[HUB_DIR_MAX + 1];
};

/* context.c */
void vde_hub__enter(vde_context *ctx);
void vde_hub__leave(vde_context *ctx); /* keeps errno */
int64_t vde_hub__now_ms(void);

/*
 * events.c: the only code that calls the handler. *slot takes the token. False, with errno: the
 * host refused, or the context was ended meanwhile. Deleting empties the slot first and keeps errno.
 */
bool vde_hub__event_add(vde_context *ctx, void **slot, int fd, short events, event_cb cb, void *arg);
void vde_hub__event_del(vde_context *ctx, void **slot);
bool vde_hub__timeout_add(vde_context *ctx, void **slot, unsigned ms, event_cb cb, void *arg);
void vde_hub__timeout_del(vde_context *ctx, void **slot);

/* listener.c: the only code that calls the listener. */
void vde_hub__tell_opened(vde_context *ctx, const struct port *port);
void vde_hub__tell_closed(vde_context *ctx, unsigned number, int reason);
bool vde_hub__wants_frame(vde_context *ctx, unsigned number, const void *frame, size_t length);

/* listen.c */
bool vde_hub__listen_resume(vde_context *ctx); /* watch the listening socket (again) */
void vde_hub__listen_stop(vde_context *ctx);   /* undo whatever of vde_hub_listen was done */

/* directory.c: the files of a hub. False: errno. */
bool vde_hub__directory_prepare(vde_context *ctx, const char *dir);
bool vde_hub__directory_bind_ctl(vde_context *ctx);
void vde_hub__directory_remove(vde_context *ctx);

/* request.c */
enum request_state vde_hub__request_parse(const unsigned char *bytes, size_t length,
					  struct request *request);

/* port.c: connections, from accept to close. */
void vde_hub__port_accept(vde_context *ctx, int fd); /* takes fd */
void vde_hub__port_drop_events(struct port *port);
void vde_hub__port_close(struct port *port, int reason);
void vde_hub__port_free(struct port *port);

/* plug.c: makes a connection with a complete request a port. False: it cannot become one. */
bool vde_hub__port_plug(struct port *port, const struct request *request);

/* frames.c */
void vde_hub__frames_on_data(int fd, short events, void *arg);

/*
 * inbox.c: calls cb for each frame that is there, up to a bound, as long as the port is open. -1, with errno: there was
 * none, or the socket is broken.
 */
typedef void (*inbox_cb)(struct port *port, const void *frame, size_t length);
int vde_hub__inbox_take(struct port *port, inbox_cb cb);
void vde_hub__inbox_free(struct vde_hub__inbox *inbox);

/* queue.c: frames that wait for a slow peer, in order. */
bool vde_hub__queue_push(struct frame_queue *queue, size_t limit, const void *frame, size_t length);
const void *vde_hub__queue_front(const struct frame_queue *queue, size_t *length); /* NULL: empty */
void vde_hub__queue_pop(struct frame_queue *queue);

/* age.c: the persistent timeout. */
bool vde_hub__age_start(vde_context *ctx, void **slot, const vde_limits *limits);

#endif
