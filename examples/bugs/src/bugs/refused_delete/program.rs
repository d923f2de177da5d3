//! A program that closes one client and opens another.

use core::ffi::c_int;
use std::rc::Rc;

use super::event_loop::EventLoop;

/// A binding of the client, which closes it when dropped.
pub(super) trait Client {
    /// Opens a client that watches `fd` by the loop.
    fn open(events: Rc<EventLoop>, fd: c_int) -> Self;
    /// The descriptor of the client's last event; 0 if there was none.
    fn heard(&self) -> c_int;
}

pub(super) fn run<C: Client>() -> String {
    let events = Rc::new(EventLoop::default());
    drop(C::open(Rc::clone(&events), 3));
    let client = C::open(Rc::clone(&events), 4);
    // SAFETY: all watchers are those of the binding, which removes them; the naive one does not, and C's memory is static.
    let fired = unsafe { events.fire(3) };
    let fired = if fired == 0 { "nobody watches" } else { "fired" };
    let heard = match client.heard() {
        0 => "nothing".to_owned(),
        fd => fd.to_string(),
    };
    drop(client);
    format!("event on 3: {fired}; the client of 4 heard {heard}")
}
