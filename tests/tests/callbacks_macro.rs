//! What `#[callbacks]` makes of a block, by real calls through the table.

use core::ffi::*;
use outlive::{Call, Held, Token, callbacks};

#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct timeval {
    pub s: c_long,
    pub u: c_long,
}

#[repr(C)]
#[allow(missing_docs)]
pub struct handler {
    pub version: c_int,
    pub event_add: Option<unsafe extern "C" fn(c_int, c_short, *const timeval) -> *mut c_void>,
    pub event_del: Option<unsafe extern "C" fn(*mut c_void)>,
    pub other: Option<unsafe extern "C" fn(*mut c_void)>,
}

struct Host;
#[callbacks(handler, state = none, required(event_add, event_del), constant(version = 3))]
impl Host {
    fn event_add(&self, fd: c_int, events: c_short, timeout: Option<timeval>) -> Option<Token> {
        assert_eq!((fd, events), (1, 2));
        assert_eq!(timeout.unwrap().s, 5);
        Some(Token::from_ptr(core::ptr::without_provenance(7)))
    }
    fn event_del(&self, call: &Call, event: Token) {
        assert!(event.is_null(), "{call:?}");
    }
}

#[test]
fn works() {
    let held = Held::new(Host).unwrap();
    let table = unsafe { &*held.as_ptr() };
    assert_eq!(table.version, 3);
    assert!(table.other.is_none());
    let t = unsafe { table.event_add.unwrap()(1, 2, &timeval { s: 5, u: 6 }) };
    assert_eq!(t.addr(), 7);
    unsafe { table.event_del.unwrap()(core::ptr::null_mut()) };
}
