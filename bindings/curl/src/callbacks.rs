//! The functions that C calls for one transfer, each with a closure of its own behind it.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::io::SeekFrom;
use std::ops::ControlFlow;

use curl_sys as sys;
use outlive::{Arg, Buffer, Callbacks, Exclusive, Held, callbacks};

/// What a write callback did with the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It has taken all of it.
    All,
    /// It wants the same data again, after [`Transfer::resume`](crate::Transfer::resume).
    Pause,
    /// The transfer is to fail, with `CURLE_WRITE_ERROR`.
    Abort,
}

impl Taken {
    fn to_c(self, size: usize) -> usize {
        match self {
            Taken::All => size,
            Taken::Pause => sys::CURL_WRITEFUNC_PAUSE,
            Taken::Abort => CURL_WRITEFUNC_ERROR,
        }
    }
}

/// What a read callback has given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// What it has written into the buffer. Nothing is the end of the data.
    Data,
    /// Nothing yet: it is to be asked again after [`Transfer::resume`](crate::Transfer::resume).
    Pause,
    /// The transfer is to fail, with `CURLE_ABORTED_BY_CALLBACK`.
    Abort,
}

/// What became of a seek.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// The data goes on from there.
    Done,
    /// This cannot be done; libcurl reads and drops data instead, where it can.
    Unable,
    /// The transfer is to fail, with `CURLE_SEND_FAIL_REWIND`.
    Failed,
}

/// How far a transfer is, in bytes; a total of 0 is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Progress {
    pub download_total: u64,
    pub downloaded: u64,
    pub upload_total: u64,
    pub uploaded: u64,
}

/// What a debug callback is told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Info {
    /// A line for people.
    Text,
    HeaderIn,
    HeaderOut,
    DataIn,
    DataOut,
    /// Another one, such as data of TLS: its number.
    Other(u32),
}

/// One option that takes a function, and the one beside it that takes what the function is called with.
pub(crate) trait Function: Callbacks<Locator = Arg> + Send + Sized + 'static {
    const FUNCTION: sys::CURLoption;
    const DATA: sys::CURLoption;

    fn pointer(held: &Held<Self, Exclusive>) -> *const c_void;
}

/// The closure of a callback. It is held exclusively: one call at a time borrows it.
macro_rules! closures {
    ($($name:ident: $closure:ty, $function:expr, $data:expr;)*) => {
        $(
            pub(crate) struct $name(pub(crate) RefCell<Box<$closure>>);

            impl Function for $name {
                const FUNCTION: sys::CURLoption = $function;
                const DATA: sys::CURLoption = $data;

                fn pointer(held: &Held<Self, Exclusive>) -> *const c_void {
                    // SAFETY: ALIVE: the table is there for as long as the handle. Only C calls the function, which curl-sys has
                    // for a safe one.
                    unsafe { (*held.as_ptr()).call as *const c_void }
                }
            }
        )*
    };
}

closures! {
    OnWrite: dyn FnMut(&[u8]) -> Taken + Send, sys::CURLOPT_WRITEFUNCTION, sys::CURLOPT_WRITEDATA;
    OnHeader: dyn FnMut(&[u8]) -> ControlFlow<()> + Send, sys::CURLOPT_HEADERFUNCTION, sys::CURLOPT_HEADERDATA;
    OnRead: dyn FnMut(&mut Buffer<'_>) -> Given + Send, sys::CURLOPT_READFUNCTION, sys::CURLOPT_READDATA;
    OnSeek: dyn FnMut(SeekFrom) -> Sought + Send, sys::CURLOPT_SEEKFUNCTION, sys::CURLOPT_SEEKDATA;
    OnProgress: dyn FnMut(Progress) -> ControlFlow<()> + Send, CURLOPT_XFERINFOFUNCTION, sys::CURLOPT_PROGRESSDATA;
    OnCloseSocket: dyn FnMut(sys::curl_socket_t) + Send, sys::CURLOPT_CLOSESOCKETFUNCTION, sys::CURLOPT_CLOSESOCKETDATA;
    OnDebug: dyn FnMut(Info, &[u8]) + Send, sys::CURLOPT_DEBUGFUNCTION, sys::CURLOPT_DEBUGDATA;
}

// What curl-sys does not declare, from curl.h.
const CURLOPT_XFERINFOFUNCTION: sys::CURLoption = sys::CURLOPTTYPE_FUNCTIONPOINT + 219;
const CURL_WRITEFUNC_ERROR: usize = 0xffff_ffff;
#[allow(non_camel_case_types, reason = "it is C's")]
type curl_xferinfo_callback = unsafe extern "C" fn(
    *mut c_void,
    sys::curl_off_t,
    sys::curl_off_t,
    sys::curl_off_t,
    sys::curl_off_t,
) -> c_int;

#[allow(non_camel_case_types, reason = "it is C's")]
type curl_closesocket_callback = unsafe extern "C" fn(*mut c_void, sys::curl_socket_t) -> c_int;

const ABORT: c_int = 1;

// All of them are called on the thread that drives the transfer, in `curl_easy_perform` and in functions of its multi, and
// `debug` also where options are set. What C passes is for the time of the call, and nobody else uses it.

#[callbacks(state = arg, unsafe(borrow))]
impl OnWrite {
    /// C calls this with data that it has received; `size` is 1.
    #[callback(type = sys::curl_write_callback, fallback = CURL_WRITEFUNC_ERROR)]
    fn call(&self, #[len(size * count)] data: &[u8], size: usize, count: usize) -> usize {
        (self.0.borrow_mut())(data).to_c(size * count)
    }
}

/// As [`OnWrite`], for one call of `curl_easy_perform`: what borrows is lent to C.
pub(crate) struct LentWrite<'a>(pub(crate) RefCell<&'a mut Writes<'a>>);

type Writes<'a> = dyn FnMut(&[u8]) -> Taken + 'a;

#[callbacks(state = arg, unsafe(borrow))]
impl LentWrite<'_> {
    /// As [`OnWrite`]'s.
    #[callback(type = sys::curl_write_callback, fallback = CURL_WRITEFUNC_ERROR)]
    fn call(&self, #[len(size * count)] data: &[u8], size: usize, count: usize) -> usize {
        (self.0.borrow_mut())(data).to_c(size * count)
    }
}

#[callbacks(state = arg, unsafe(borrow))]
impl OnHeader {
    /// C calls this with a header line; `size` is 1.
    #[callback(type = sys::curl_write_callback, fallback = CURL_WRITEFUNC_ERROR)]
    fn call(&self, #[len(size * count)] line: &[u8], size: usize, count: usize) -> usize {
        match (self.0.borrow_mut())(line) {
            ControlFlow::Continue(()) => size * count,
            ControlFlow::Break(()) => CURL_WRITEFUNC_ERROR,
        }
    }
}

#[callbacks(state = arg, unsafe(borrow))]
impl OnRead {
    /// C calls this for data to send.
    #[callback(type = sys::curl_read_callback, fallback = sys::CURL_READFUNC_ABORT)]
    fn call(&self, #[len(size * count)] mut into: Buffer<'_>, size: usize, count: usize) -> usize {
        match (self.0.borrow_mut())(&mut into) {
            Given::Data => into.written(),
            Given::Pause => sys::CURL_READFUNC_PAUSE,
            Given::Abort => sys::CURL_READFUNC_ABORT,
        }
    }
}

#[callbacks(state = arg, user_data = first)]
impl OnSeek {
    /// C calls this to have data once more, or from a place on.
    #[callback(type = sys::curl_seek_callback, fallback = sys::CURL_SEEKFUNC_FAIL)]
    fn call(&self, offset: sys::curl_off_t, origin: c_int) -> c_int {
        // SEEK_SET, SEEK_CUR and SEEK_END.
        let to = match origin {
            0 => SeekFrom::Start(offset as u64),
            1 => SeekFrom::Current(offset),
            _ => SeekFrom::End(offset),
        };
        match (self.0.borrow_mut())(to) {
            Sought::Done => sys::CURL_SEEKFUNC_OK,
            Sought::Unable => sys::CURL_SEEKFUNC_CANTSEEK,
            Sought::Failed => sys::CURL_SEEKFUNC_FAIL,
        }
    }
}

#[callbacks(state = arg, user_data = first)]
impl OnProgress {
    /// C calls this about once a second, and whenever something moves.
    #[callback(type = curl_xferinfo_callback, fallback = ABORT)]
    fn call(
        &self,
        download_total: sys::curl_off_t,
        downloaded: sys::curl_off_t,
        upload_total: sys::curl_off_t,
        uploaded: sys::curl_off_t,
    ) -> c_int {
        let bytes = |count: sys::curl_off_t| u64::try_from(count).unwrap_or(0);
        let progress = Progress {
            download_total: bytes(download_total),
            downloaded: bytes(downloaded),
            upload_total: bytes(upload_total),
            uploaded: bytes(uploaded),
        };
        match (self.0.borrow_mut())(progress) {
            ControlFlow::Continue(()) => 0,
            ControlFlow::Break(()) => ABORT,
        }
    }
}

#[callbacks(state = arg, unsafe(borrow))]
impl OnDebug {
    /// C calls this with what it says, sends and receives. It ignores the result.
    #[callback(type = sys::curl_debug_callback, fallback = 0)]
    fn call(
        &self,
        _easy: *mut sys::CURL,
        kind: sys::curl_infotype,
        #[len(size)] data: &[u8],
        size: usize,
    ) -> c_int {
        let info = match kind {
            sys::CURLINFO_TEXT => Info::Text,
            sys::CURLINFO_HEADER_IN => Info::HeaderIn,
            sys::CURLINFO_HEADER_OUT => Info::HeaderOut,
            sys::CURLINFO_DATA_IN => Info::DataIn,
            sys::CURLINFO_DATA_OUT => Info::DataOut,
            other => Info::Other(other),
        };
        (self.0.borrow_mut())(info, data);
        0
    }
}

// This one belongs to a connection, which may outlive the transfer: C calls it in `curl_multi_cleanup`, too.
#[callbacks(state = arg, user_data = first)]
impl OnCloseSocket {
    /// C calls this in the place of closing a socket, which is therefore closed here, however the call goes.
    #[callback(type = curl_closesocket_callback, fallback = close(socket))]
    fn call(&self, socket: sys::curl_socket_t) -> c_int {
        (self.0.borrow_mut())(socket);
        close(socket)
    }
}

#[cfg(unix)]
fn close(socket: sys::curl_socket_t) -> c_int {
    use std::os::fd::{FromRawFd, OwnedFd};
    // SAFETY: libcurl gives its socket up.
    drop(unsafe { OwnedFd::from_raw_fd(socket) });
    0
}

#[cfg(windows)]
fn close(socket: sys::curl_socket_t) -> c_int {
    use std::os::windows::io::{FromRawSocket, OwnedSocket};
    // SAFETY: libcurl gives its socket up.
    drop(unsafe { OwnedSocket::from_raw_socket(socket) });
    0
}
