//! A hub of the C library, whoever keeps its handler's table.

use core::ffi::{CStr, c_void};
use core::fmt;
use core::ptr::{self, NonNull};
use std::any::Any;
use std::cell::RefCell;
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use outlive::{Arg, Callbacks, Held, MallocTable, Threads};

use crate::sys;

/// A hub. It belongs to the thread that made it, which drives the event loop of its handler.
///
/// Dropping it ends it: every event and timeout is deleted, the ports are closed, and what
/// [`listen`](Hub::listen) made is removed.
///
/// HUB-LIVE: the pointer is a context of the C library until `vde_hub_fini` has been called, in
/// `drop`.
pub struct Hub {
    context: NonNull<sys::vde_context>,
    /// Keeps the listener's table while the hub has it.
    listener: RefCell<Option<Box<dyn Any>>>,
}

/// A counter snapshot of a hub.
pub type Stats = sys::vde_hub_stats;

/// Bounds of a hub, in frames, ports, bytes and milliseconds.
pub type Limits = sys::vde_limits;

/// One open port.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Port {
    /// Its number.
    pub number: u32,
    /// What its peer says of itself.
    pub description: String,
    /// Frames that the peer sent.
    pub frames_in: u64,
    /// Frames that the peer got.
    pub frames_out: u64,
    /// Frames lost on their way from or to the peer.
    pub frames_dropped: u64,
    /// Frames that wait for the peer.
    pub frames_queued: u64,
}

impl Hub {
    /// A hub on a table that the caller keeps: in a static, in a thread or a task, or in memory
    /// that C frees.
    ///
    /// # Errors
    ///
    /// A NULL table or member (`EINVAL`), no memory (`ENOMEM`).
    ///
    /// # Safety
    ///
    /// KEPT: the table stays valid until the hub has been dropped, and its callbacks are those that
    /// `vde_hub.h` asks for; they run on the thread of the hub.
    pub unsafe fn new(handler: *mut sys::vde_event_handler) -> io::Result<Self> {
        // SAFETY: the caller's promise.
        let context = NonNull::new(unsafe { sys::init_vde_context(handler) });
        let context = context.ok_or_else(io::Error::last_os_error)?;
        Ok(Hub { context, listener: RefCell::new(None) })
    }

    /// A hub on a table in memory from `malloc`, such as [`Held::to_malloc`] makes: the hub frees
    /// it when it has ended. The registration behind it stays the caller's.
    ///
    /// # Errors
    ///
    /// Those of [`Hub::new`]; the copy is freed then.
    ///
    /// # Safety
    ///
    /// KEPT, for the registration behind the copy.
    pub unsafe fn owning(handler: MallocTable<sys::vde_event_handler>) -> io::Result<Self> {
        // SAFETY: the caller's promise.
        let hub = unsafe { Hub::new(handler.as_ptr()) }?;
        // C frees it from here on.
        handler.into_raw();
        // SAFETY: HUB-LIVE, and the memory is from malloc.
        unsafe { sys::vde_hub_own_handler(hub.context.as_ptr()) };
        Ok(hub)
    }

    /// Starts to listen in a directory, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// A path with a NUL in it or too long for a socket, a directory that cannot be made or written,
    /// one where another hub or switch lives (`AddrInUse`), a second call (`EALREADY`). Another try
    /// is allowed.
    pub fn listen(&self, directory: impl AsRef<Path>) -> io::Result<()> {
        let directory = CString::new(directory.as_ref().as_os_str().as_bytes())?;
        // SAFETY: HUB-LIVE; the path is a C string for the call.
        checked(unsafe { sys::vde_hub_listen(self.context.as_ptr(), directory.as_ptr()) })
    }

    /// Has the hub tell `listener` of ports and frames. It replaces the one before, which is
    /// released. The hub calls it on its own thread; an `Arc` lets other threads end it at any time.
    pub fn set_listener(&self, listener: impl Listener) {
        let (table, user_data) = listener.table();
        // SAFETY: HUB-LIVE; the listener is kept until it has been replaced or the hub ended.
        unsafe { sys::vde_hub_set_listener(self.context.as_ptr(), table, user_data) };
        let before = self.listener.replace(Some(Box::new(Kept(Some(listener)))));
        drop(before);
    }

    /// Removes the listener.
    pub fn clear_listener(&self) {
        // SAFETY: HUB-LIVE; NULL removes the listener.
        unsafe {
            sys::vde_hub_set_listener(self.context.as_ptr(), ptr::null(), ptr::null_mut());
        }
        drop(self.listener.take());
    }

    /// The counters.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        // SAFETY: HUB-LIVE; `stats` is ours to be written.
        unsafe { sys::vde_hub_get_stats(self.context.as_ptr(), &mut stats) };
        stats
    }

    /// The limits.
    pub fn limits(&self) -> Limits {
        let mut limits =
            Limits { queue_frames: 0, max_ports: 0, handshake_ms: 0, idle_ms: 0, frame_max: 0 };
        // SAFETY: HUB-LIVE; `limits` is ours to be written.
        unsafe { sys::vde_hub_get_limits(self.context.as_ptr(), &mut limits) };
        limits
    }

    /// Replaces the limits, from here on.
    ///
    /// # Errors
    ///
    /// A limit that is out of its range (`EINVAL`); the old ones stay.
    pub fn set_limits(&self, limits: &Limits) -> io::Result<()> {
        // SAFETY: HUB-LIVE; the limits are copied during the call.
        checked(unsafe { sys::vde_hub_set_limits(self.context.as_ptr(), limits) })
    }

    /// The open ports, in the order in which their peers connected.
    pub fn ports(&self) -> Vec<Port> {
        let mut infos: Vec<sys::vde_port_info> = Vec::new();
        loop {
            let room = infos.capacity();
            // SAFETY: HUB-LIVE; there is room for as many elements.
            let open =
                unsafe { sys::vde_hub_get_ports(self.context.as_ptr(), infos.as_mut_ptr(), room) };
            if open <= room {
                // SAFETY: the hub has written that many.
                unsafe { infos.set_len(open) };
                return infos.iter().map(Port::from_c).collect();
            }
            infos.reserve(open);
        }
    }

    /// Closes a port; its peer sees the hang-up.
    ///
    /// # Errors
    ///
    /// No such port is open (`NotFound`).
    pub fn close_port(&self, number: u32) -> io::Result<()> {
        // SAFETY: HUB-LIVE.
        checked(unsafe { sys::vde_hub_close_port(self.context.as_ptr(), number) })
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // SAFETY: HUB-LIVE: this is the end of it.
        unsafe { sys::vde_hub_fini(self.context.as_ptr()) };
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Port {
    fn from_c(info: &sys::vde_port_info) -> Self {
        let description = info.description.map(|byte| byte as u8);
        let description = CStr::from_bytes_until_nul(&description).unwrap_or_default();
        Port {
            number: info.port,
            description: description.to_string_lossy().into_owned(),
            frames_in: info.frames_in,
            frames_out: info.frames_out,
            frames_dropped: info.frames_dropped,
            frames_queued: info.frames_queued,
        }
    }
}

/// A table that [`Hub::set_listener`] takes: a [`Held`], or an `Arc` of one.
pub trait Listener: sealed::Sealed + 'static {}

mod sealed {
    use super::{c_void, sys};

    pub trait Sealed {
        fn table(&self) -> (*const sys::vde_listener, *mut c_void);
        /// Called when the hub has forgotten the table.
        fn release(self);
    }
}

impl<T, K> sealed::Sealed for Held<T, K>
where
    T: Callbacks<Table = sys::vde_listener, Locator = Arg> + 'static,
    K: Threads,
{
    fn table(&self) -> (*const sys::vde_listener, *mut c_void) {
        (self.as_ptr(), self.user_data())
    }

    fn release(self) {
        // SAFETY: the hub has replaced the listener or ended, and keeps nothing of it.
        let _ = unsafe { Held::release(self) };
    }
}

impl<T, K> Listener for Held<T, K>
where
    T: Callbacks<Table = sys::vde_listener, Locator = Arg> + 'static,
    K: Threads + 'static,
{
}

impl<L: sealed::Sealed> sealed::Sealed for Arc<L> {
    fn table(&self) -> (*const sys::vde_listener, *mut c_void) {
        L::table(self)
    }

    fn release(self) {
        // While others have it, it stays theirs to end.
        if let Some(listener) = Arc::into_inner(self) {
            listener.release();
        }
    }
}

impl<L: Listener> Listener for Arc<L> {}

/// Releases a listener when the hub has forgotten it.
struct Kept<L: Listener>(Option<L>);

impl<L: Listener> Drop for Kept<L> {
    fn drop(&mut self) {
        if let Some(listener) = self.0.take() {
            listener.release();
        }
    }
}

fn checked(result: core::ffi::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
