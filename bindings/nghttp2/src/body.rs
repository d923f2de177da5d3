//! A body that nghttp2 reads when it has room to send it.

use std::cell::RefCell;
use std::ffi::c_void;
use std::io::Read;

use libnghttp2_sys as sys;
use outlive::{Buffer, Out, callbacks};

use crate::error::moved;

/// What a request or a response sends, as nghttp2's data provider. One call at a time is inside.
pub(crate) struct Body(RefCell<Box<dyn Read + Send>>);

impl Body {
    pub(crate) fn new(read: impl Read + Send + 'static) -> Body {
        Body(RefCell::new(Box::new(read)))
    }
}

// C passes the session's user data last, and the body's own in the source.
// SAFETY of the expression, by nghttp2.h: `source` is the data provider's, for the call, and has what the submit function
// got.
#[callbacks(state = arg, user_data = unsafe { (*source).ptr }, unsafe(borrow))]
#[allow(clippy::too_many_arguments, reason = "they are C's")]
impl Body {
    /// nghttp2 calls this on the thread that sends, whenever the peer's window has room. `flags` and the room are for the
    /// time of the call. A body that fails or panics has its stream reset; one that has been cancelled fails the session.
    #[callback(
        type = sys::nghttp2_data_source_read_callback2,
        fallback = sys::NGHTTP2_ERR_CALLBACK_FAILURE as isize,
        panicked = sys::NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE as isize
    )]
    fn read(
        &self,
        _session: *mut sys::nghttp2_session,
        _stream_id: i32,
        #[len(length)] mut into: Buffer<'_>,
        length: usize,
        flags: Out<'_, u32>,
        source: *mut sys::nghttp2_data_source,
        _user_data: *mut c_void,
    ) -> isize {
        let _ = source;
        let read = self.0.borrow_mut().read(into.fill(0));
        if matches!(read, Ok(0)) {
            flags.write(sys::NGHTTP2_DATA_FLAG_EOF);
        }
        match moved(read, length, sys::NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE) {
            block if block == sys::NGHTTP2_ERR_WOULDBLOCK as isize => {
                sys::NGHTTP2_ERR_DEFERRED as isize
            }
            other => other,
        }
    }
}
