//! The C library's declarations, one to one with `c/vde_hub.h`, which has the full contracts.
//!
//! Three rules hold for all functions that take a context: the pointer comes from
//! [`init_vde_context`] and was not given to [`vde_hub_fini`] yet; a context is used by one thread
//! at a time, the one that runs the host's event loop; and each may be called from inside any callback
//! of the same context. Errors are -1 (or null) with `errno` set.

#![allow(non_camel_case_types)]

use std::marker::{PhantomData, PhantomPinned};

pub use libc::timeval;
use libc::{c_char, c_int, c_short, c_uint, c_void, size_t};

/// A timeout has come (an event's bit).
pub const VDE_EV_TIMEOUT: c_short = 0x01;
/// The descriptor is readable, or is to be watched for that.
pub const VDE_EV_READ: c_short = 0x02;
/// The descriptor is writable, or is to be watched for that.
pub const VDE_EV_WRITE: c_short = 0x04;
/// Watch until deleted, instead of once.
pub const VDE_EV_PERSIST: c_short = 0x10;

/// The shortest frame that a port may send, in bytes: an Ethernet header.
pub const VDE_FRAME_MIN: usize = 14;
/// The longest frame, in bytes: 9216, an Ethernet header and a VLAN tag, as in libvdeplug.
pub const VDE_FRAME_MAX: usize = 9234;
/// The longest description of a port, in bytes, without its terminating NUL.
pub const VDE_DESCRIPTION_MAX: usize = 128;
/// The most that [`vde_limits::max_ports`] can be.
pub const VDE_PORTS_MAX: c_uint = 4096;

/// The peer closed its control connection.
pub const VDE_CLOSED_HANGUP: c_int = 1;
/// The peer's data socket is gone.
pub const VDE_CLOSED_PEER: c_int = 2;
/// No frame in or out for [`vde_limits::idle_ms`].
pub const VDE_CLOSED_IDLE: c_int = 3;
/// The host's `event_add` refused an event of the port.
pub const VDE_CLOSED_HANDLER: c_int = 4;
/// [`vde_hub_close_port`] was called.
pub const VDE_CLOSED_REQUEST: c_int = 5;
/// [`vde_hub_fini`] was called.
pub const VDE_CLOSED_FINI: c_int = 6;

/// What the host calls when an event of the hub has come: the descriptor (-1 for a timeout), the
/// `VDE_EV_` bits that have come, and the `arg` that was given with it. Never null.
pub type event_cb = Option<unsafe extern "C" fn(fd: c_int, events: c_short, arg: *mut c_void)>;

/// The host's event loop, as the hub sees it. All members are required; the hub keeps the table's
/// pointer and reads the members at each use.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct vde_event_handler {
    /// Watches `fd`, level-triggered, once or with [`VDE_EV_PERSIST`] until deleted; `timeout` is
    /// always null. Returns a token, or null with `errno`. `cb` must not run before it has returned.
    pub event_add: Option<
        unsafe extern "C" fn(
            fd: c_int,
            events: c_short,
            timeout: *const timeval,
            cb: event_cb,
            arg: *mut c_void,
        ) -> *mut c_void,
    >,
    /// Stops watching. Called exactly once for each token, also for a one-shot event that has fired,
    /// often from inside its own `cb`, and always before the descriptor is closed.
    pub event_del: Option<unsafe extern "C" fn(ev: *mut c_void)>,
    /// Calls `cb` after `timeout`, again and again with [`VDE_EV_PERSIST`]. The `timeval` is the hub's
    /// and gone after the call.
    pub timeout_add: Option<
        unsafe extern "C" fn(
            timeout: *const timeval,
            events: c_short,
            cb: event_cb,
            arg: *mut c_void,
        ) -> *mut c_void,
    >,
    /// Ends a timeout, as `event_del` ends an event.
    pub timeout_del: Option<unsafe extern "C" fn(ev: *mut c_void)>,
}

/// What a host may want to hear of. Members may be null; `arg` is the one of
/// [`vde_hub_set_listener`]. A callback may end the context, close ports and replace the listener.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct vde_listener {
    /// A peer has finished its handshake. `description` is valid during the call.
    pub port_opened:
        Option<unsafe extern "C" fn(port: c_uint, description: *const c_char, arg: *mut c_void)>,
    /// A port is gone; `reason` is one of the `VDE_CLOSED_` constants.
    pub port_closed: Option<unsafe extern "C" fn(port: c_uint, reason: c_int, arg: *mut c_void)>,
    /// A frame has come, valid during the call. 0 forwards it, anything else drops it.
    pub frame: Option<
        unsafe extern "C" fn(
            port: c_uint,
            frame: *const c_void,
            length: size_t,
            arg: *mut c_void,
        ) -> c_int,
    >,
}

/// Bounds of a context. Times are in milliseconds.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct vde_limits {
    /// Frames that may wait for one slow port. Default 256; 0 queues none.
    pub queue_frames: c_uint,
    /// Connections at once, handshakes included. Default 256.
    pub max_ports: c_uint,
    /// Time that a peer has for its request. Default 5000.
    pub handshake_ms: c_uint,
    /// Age at which a port without frames in or out is closed. Default 0: never.
    pub idle_ms: c_uint,
    /// The longest frame accepted, in bytes. Default [`VDE_FRAME_MAX`].
    pub frame_max: c_uint,
}

/// Counters of a context. For each frame that was received, and not dropped by the listener, each
/// other port open at that moment adds one to exactly one of `frames_delivered`, `frames_queued`,
/// `dropped_queue_full` and `dropped_peer_gone`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct vde_hub_stats {
    /// Ports that are open now.
    pub ports_open: u64,
    /// Ports that were ever open.
    pub ports_ever: u64,
    /// Connections without a complete request, now.
    pub handshakes: u64,
    /// Frames of good length that ports have sent.
    pub frames_received: u64,
    /// Frames handed to a peer's socket, summed over the ports.
    pub frames_delivered: u64,
    /// Frames waiting for slow ports, now.
    pub frames_queued: u64,
    /// Drops because a port's queue was full, or there was no memory for it.
    pub dropped_queue_full: u64,
    /// Drops of frames under [`VDE_FRAME_MIN`].
    pub dropped_too_short: u64,
    /// Drops of frames over [`vde_limits::frame_max`].
    pub dropped_too_long: u64,
    /// Drops because the peer's socket refused, or the port closed with frames waiting.
    pub dropped_peer_gone: u64,
    /// Drops because [`vde_listener::frame`] said so.
    pub dropped_by_listener: u64,
    /// Requests that were malformed, cut short, unusable or too slow.
    pub bad_requests: u64,
    /// Connections over [`vde_limits::max_ports`], or for which the system had no room.
    pub refused_connections: u64,
    /// `event_add` or `timeout_add` returned null.
    pub handler_failures: u64,
}

/// One open port.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct vde_port_info {
    /// Its number.
    pub port: c_uint,
    /// What the peer says it is, NUL-terminated, control characters replaced by `?`.
    pub description: [c_char; VDE_DESCRIPTION_MAX + 1],
    /// Frames that the peer has sent.
    pub frames_in: u64,
    /// Frames delivered to the peer.
    pub frames_out: u64,
    /// Frames lost on their way from or to the peer.
    pub frames_dropped: u64,
    /// Frames waiting for the peer, now.
    pub frames_queued: u64,
}

/// A hub. Opaque; bound to the thread that runs the host's loop.
#[repr(C)]
pub struct vde_context {
    _opaque: [u8; 0],
    _not_send: PhantomData<(*mut u8, PhantomPinned)>,
}

unsafe extern "C" {
    /// Makes a context on top of the host's loop. Null with `EINVAL` for a null handler or member.
    ///
    /// # Safety
    /// `handler` is null, or valid and unchanged until [`vde_hub_fini`] has returned.
    pub fn init_vde_context(handler: *mut vde_event_handler) -> *mut vde_context;

    /// Gives the handler's memory to the hub, which frees it with `free` when the context has ended.
    ///
    /// # Safety
    /// `ctx` is a live context whose handler came from `malloc`, and nobody else frees it.
    pub fn vde_hub_own_handler(ctx: *mut vde_context);

    /// Listens in a directory, which is made if it is not there. 0, or -1 with `errno`; a failure
    /// leaves no trace.
    ///
    /// # Safety
    /// `ctx` is a live context or null, `dir` a NUL-terminated string or null.
    pub fn vde_hub_listen(ctx: *mut vde_context, dir: *const c_char) -> c_int;

    /// Ends a context: deletes all its events, then closes its sockets and removes what it made. Once
    /// it has returned, the hub uses neither the handler nor the listener, even if it was called from
    /// inside one of their callbacks.
    ///
    /// # Safety
    /// `ctx` is a live context or null, and not used again.
    pub fn vde_hub_fini(ctx: *mut vde_context);

    /// Sets the listener; null removes it.
    ///
    /// # Safety
    /// `ctx` is a live context; `listener` is null, or valid until it is replaced or the context ended.
    pub fn vde_hub_set_listener(
        ctx: *mut vde_context,
        listener: *const vde_listener,
        arg: *mut c_void,
    );

    /// Copies the limits to `*limits`.
    ///
    /// # Safety
    /// `ctx` is a live context, `limits` can be written.
    pub fn vde_hub_get_limits(ctx: *const vde_context, limits: *mut vde_limits);

    /// Replaces the limits. 0, or -1 with `EINVAL` or what `timeout_add` set.
    ///
    /// # Safety
    /// `ctx` is a live context, `limits` can be read or is null.
    pub fn vde_hub_set_limits(ctx: *mut vde_context, limits: *const vde_limits) -> c_int;

    /// Copies the counters to `*stats`.
    ///
    /// # Safety
    /// `ctx` is a live context, `stats` can be written.
    pub fn vde_hub_get_stats(ctx: *const vde_context, stats: *mut vde_hub_stats);

    /// Describes at most `capacity` open ports in `infos`, oldest connection first. Returns how many
    /// there are, which may be more.
    ///
    /// # Safety
    /// `ctx` is a live context, `infos` has room for `capacity` elements.
    pub fn vde_hub_get_ports(
        ctx: *const vde_context,
        infos: *mut vde_port_info,
        capacity: size_t,
    ) -> size_t;

    /// Closes a port. 0, or -1 with `ENOENT`.
    ///
    /// # Safety
    /// `ctx` is a live context.
    pub fn vde_hub_close_port(ctx: *mut vde_context, port: c_uint) -> c_int;
}
