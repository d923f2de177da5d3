/*
 * vde_hub.h: a VDE hub that is driven by the host's event loop.
 *
 * A context listens in a directory as vde_switch does and speaks the VDE 2 plug
 * protocol, so that vde_plug, libvdeplug programs and QEMU's `-netdev vde` connect
 * to it. A plug that asks for a port by number gets it if it is free, and a hang-up if
 * not; version 1 requests are refused. Each frame from one port goes to all the others. The hub owns no loop, no
 * thread and no signal handler: it asks the host, through a table of four callbacks,
 * to watch its sockets, and does its work inside the callbacks it gave to the host.
 *
 * Threads: a context belongs to one thread at a time. All functions below, the event
 * callbacks of the context and the callbacks of its tables run on the thread that
 * calls into the hub. Nothing is global: contexts are independent of each other.
 *
 * Re-entrance: every function may be called from inside any callback of the same
 * context (an event, a member of the handler or of the listener).
 *
 * Errors: functions that return int give 0, or -1 with errno set. The hub never
 * raises SIGPIPE and never writes to stdout or stderr.
 *
 * Symbols: init_vde_context, and names that begin with vde_hub_. There are no others, so
 * that one process can have libvde, which defines vde_context_fini, as well.
 */
#ifndef VDE_HUB_H
#define VDE_HUB_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of `events`, with the values libvde and libevent use. */
#define VDE_EV_TIMEOUT 0x01
#define VDE_EV_READ 0x02
#define VDE_EV_WRITE 0x04
#define VDE_EV_PERSIST 0x10

/* The shortest frame a port may send: an Ethernet header. */
#define VDE_FRAME_MIN 14
/* The longest: 9216 bytes, an Ethernet header and a VLAN tag (libvdeplug's buffer). */
#define VDE_FRAME_MAX 9234
/* The longest description of a port, without its terminating NUL. */
#define VDE_DESCRIPTION_MAX 128
/* The most connections that a context can be allowed to have (vde_limits.max_ports). */
#define VDE_PORTS_MAX 4096

/*
 * What the host calls when an event of the hub has come.
 *
 * fd:     the watched descriptor, or -1 for a timeout.
 * events: which of the VDE_EV_ bits have come.
 * arg:    the arg of event_add or timeout_add.
 */
typedef void (*event_cb)(int fd, short events, void *arg);

/*
 * The host's event loop, as the hub sees it. All members are required.
 *
 * event_add: watch fd for VDE_EV_READ or VDE_EV_WRITE, once, or until deleted with
 *   VDE_EV_PERSIST; level-triggered. The hub always passes a NULL timeout.
 *   Returns a token, or NULL with errno set, which the hub survives: what it wanted
 *   to watch is refused or closed, and the failure counted. cb must not be called
 *   before event_add has returned.
 * event_del: stop watching. After it has returned cb must not be called for this
 *   token. The hub calls it exactly once for each token, also for a one-shot event that
 *   has fired, often from inside that event's own cb, and always before it closes fd.
 * timeout_add: call cb after `timeout`, again and again with VDE_EV_PERSIST. The hub
 *   may reuse the timeval's memory as soon as the call has returned.
 * timeout_del: as event_del, for the tokens of timeout_add.
 */
typedef struct vde_event_handler {
	void *(*event_add)(int fd, short events, const struct timeval *timeout, event_cb cb, void *arg);
	void (*event_del)(void *ev);
	void *(*timeout_add)(const struct timeval *timeout, short events, event_cb cb, void *arg);
	void (*timeout_del)(void *ev);
} vde_event_handler;

/* A hub. Opaque; made by init_vde_context, ended by vde_hub_fini. */
typedef struct vde_context vde_context;

/* Why a port was closed (vde_listener.port_closed). */
enum vde_close_reason {
	VDE_CLOSED_HANGUP = 1,  /* the peer closed its control connection */
	VDE_CLOSED_PEER = 2,    /* the peer's data socket is gone */
	VDE_CLOSED_IDLE = 3,    /* no frame for vde_limits.idle_ms */
	VDE_CLOSED_HANDLER = 4, /* the host's event_add refused an event of the port */
	VDE_CLOSED_REQUEST = 5, /* vde_hub_close_port */
	VDE_CLOSED_FINI = 6     /* vde_hub_fini */
};

/*
 * What a host may want to hear of. Each member may be NULL. arg is the one given to
 * vde_hub_set_listener. A callback may end the context, close ports, and replace
 * or remove the listener.
 *
 * port_opened: a peer has finished its handshake. description is the peer's own,
 *   NUL-terminated, control characters replaced by '?'; it is valid during the call.
 * port_closed: the port is gone and its number free. reason: enum vde_close_reason.
 * frame: a frame of good length has come from `port`; valid during the call. 0 forwards
 *   it to the other ports, anything else drops it (counted in dropped_by_listener).
 */
typedef struct vde_listener {
	void (*port_opened)(unsigned port, const char *description, void *arg);
	void (*port_closed)(unsigned port, int reason, void *arg);
	int (*frame)(unsigned port, const void *frame, size_t length, void *arg);
} vde_listener;

/* Bounds of a context. Times are in milliseconds. */
typedef struct vde_limits {
	unsigned queue_frames; /* frames waiting for one slow port; default 256; 0 queues none */
	unsigned max_ports;    /* connections at once, handshakes included; default 256 */
	unsigned handshake_ms; /* time a peer has for its request; default 5000 */
	unsigned idle_ms;      /* age at which a port without frames in or out is closed; 0, the default: never */
	unsigned frame_max;    /* longest frame accepted; default VDE_FRAME_MAX */
} vde_limits;

/*
 * Counters of a context. For each frame received, and not dropped by the listener,
 * each other port open at that moment adds one to exactly one of frames_delivered,
 * frames_queued, dropped_queue_full and dropped_peer_gone.
 */
typedef struct vde_hub_stats {
	uint64_t ports_open;          /* now */
	uint64_t ports_ever;          /* since init_vde_context */
	uint64_t handshakes;          /* connections without a complete request, now */
	uint64_t frames_received;     /* of good length */
	uint64_t frames_delivered;    /* handed to a peer's socket, summed over the ports */
	uint64_t frames_queued;       /* waiting for a slow port, now */
	uint64_t dropped_queue_full;  /* the port's queue was full, or there was no memory for it */
	uint64_t dropped_too_short;   /* less than VDE_FRAME_MIN */
	uint64_t dropped_too_long;    /* more than vde_limits.frame_max */
	uint64_t dropped_peer_gone;   /* the peer's socket refused it, or the port closed with it queued */
	uint64_t dropped_by_listener; /* vde_listener.frame said so */
	uint64_t bad_requests;        /* malformed, cut short, unusable or too slow */
	uint64_t refused_connections; /* max_ports reached, or the system is out of something */
	uint64_t handler_failures;    /* event_add or timeout_add returned NULL */
} vde_hub_stats;

/* One open port, for a display. */
typedef struct vde_port_info {
	unsigned port;
	char description[VDE_DESCRIPTION_MAX + 1];
	uint64_t frames_in;      /* received from the peer */
	uint64_t frames_out;     /* delivered to the peer */
	uint64_t frames_dropped; /* lost on their way from or to the peer */
	uint64_t frames_queued;  /* waiting for the peer, now */
} vde_port_info;

/*
 * Makes a context on top of the host's event loop.
 *
 * The hub KEEPS THE POINTER and reads the members through it at each use: the table must
 * stay valid and unchanged until vde_hub_fini has returned. It is never copied, written
 * to or freed.
 *
 * Returns NULL with errno EINVAL if handler or one of its members is NULL, ENOMEM.
 */
vde_context *init_vde_context(vde_event_handler *handler);

/*
 * Gives the handler's memory to the hub: it came from malloc, and vde_hub_fini frees it with
 * free when the hub has called it for the last time. A second call changes nothing.
 */
void vde_hub_own_handler(vde_context *ctx);

/*
 * Starts to listen in a directory, which is made (mode 0700) if it is not there. Makes the
 * socket `ctl` in it, and one socket for each port (all mode 0600). A `ctl` that nobody
 * listens on any more is replaced.
 *
 * Errors, all of which leave no trace and allow another try: EALREADY (this context listens
 * already), EADDRINUSE (a hub or switch lives there), ENAMETOOLONG (the absolute path and
 * a socket's name do not fit into a socket address), ENOTSOCK (`ctl` is there and is not a
 * socket), EINVAL, those of mkdir, realpath, open, socket, bind, listen and unlink, and
 * what event_add or timeout_add set (EIO if they set nothing). ECANCELED: the context was
 * ended from inside the call.
 */
int vde_hub_listen(vde_context *ctx, const char *dir);

/*
 * Ends a context; NULL is allowed. Deletes every event and timeout that the hub still has, then
 * closes the ports (port_closed is called for each), closes and removes its sockets, and removes
 * the directory if the hub made it and it is empty. When it has returned, the hub uses neither
 * the handler nor the listener any more, and ctx must not be used again.
 *
 * May be called from inside any callback of the context: the context's memory is then freed
 * when the outermost one returns. An event_add or timeout_add that ends the context must return
 * NULL, as nobody is left to delete its token.
 */
void vde_hub_fini(vde_context *ctx);

/*
 * Sets the listener; NULL removes it. The pointer is kept: the table must stay valid until it
 * has been replaced or the context ended. Ports that are open already are not announced.
 */
void vde_hub_set_listener(vde_context *ctx, const vde_listener *listener, void *arg);

/* Copies the context's limits to *limits. */
void vde_hub_get_limits(const vde_context *ctx, vde_limits *limits);

/*
 * Replaces the context's limits (read them first to change one). They hold from now on; nothing
 * that is there already is thrown out. Errors: EINVAL (max_ports outside 1..VDE_PORTS_MAX,
 * handshake_ms 0, frame_max outside VDE_FRAME_MIN..VDE_FRAME_MAX), and what timeout_add set; the
 * old limits then stay.
 */
int vde_hub_set_limits(vde_context *ctx, const vde_limits *limits);

/* Copies the context's counters to *stats. */
void vde_hub_get_stats(const vde_context *ctx, vde_hub_stats *stats);

/*
 * Describes the open ports, in the order in which their peers connected, in at most `capacity`
 * elements of `infos` (NULL if capacity is 0). Returns how many ports are open, which may be more.
 */
size_t vde_hub_get_ports(const vde_context *ctx, vde_port_info *infos, size_t capacity);

/* Closes a port; its peer sees the hang-up. Error: ENOENT (no such port is open). */
int vde_hub_close_port(vde_context *ctx, unsigned port);

#ifdef __cplusplus
}
#endif

#endif
