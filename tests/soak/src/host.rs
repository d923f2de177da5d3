//! The host values: one body, behind a table of each shape.

use core::ffi::{c_int, c_long, c_void};
use std::panic::panic_any;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use outlive::{Call, Completion, Ended, Held, Revocable, Token, Tokens, callbacks};

use crate::owed::Owed;
use crate::round::{self, Round};
use crate::sys::{
    LOAD_DROPPED, load_done, load_linked, load_object, load_own, load_plain, load_table,
};
use crate::tally::{Tally, count, get};

/// How many context-free tables can be held at once.
pub const INSTANCES: usize = 128;

/// The payload of the panics that C asks for. It has a size, so that a lost one is missed.
pub struct Asked(#[expect(dead_code, reason = "it takes memory")] u64);

/// What C asks a host to do.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    Plain,
    Panic,
    CloseSelf,
    CloseOther,
    Nest,
    Slow,
}

impl TryFrom<c_int> for Mode {
    type Error = ();

    fn try_from(mode: c_int) -> Result<Self, ()> {
        use Mode::{CloseOther, CloseSelf, Nest, Panic, Plain, Slow};
        let modes = [Plain, Panic, CloseSelf, CloseOther, Nest, Slow];
        usize::try_from(mode).ok().and_then(|mode| modes.get(mode).copied()).ok_or(())
    }
}

/// Which threads may be in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admits {
    Any,
    OneAtATime,
    /// The thread of this number.
    Only(u64),
}

/// What every host value has.
pub struct Body {
    pub tally: Arc<Tally>,
    pub round: Arc<Round>,
    pub tag: c_int,
    pub admits: Admits,
    /// The destructor panics.
    pub grumpy: bool,
    pub tokens: Mutex<Tokens<c_int>>,
}

/// A call inside a body. It leaves also when the body unwinds.
struct Stay<'a>(&'a Tally);

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Body {
    fn enter(&self) -> Stay<'_> {
        count(&self.tally.begun);
        let others = self.tally.inside.fetch_add(1, Ordering::SeqCst);
        let trespass = match self.admits {
            Admits::Any => false,
            Admits::OneAtATime => others != 0,
            Admits::Only(thread) => round::thread_number() != thread,
        };
        if trespass || self.tally.drops.load(Ordering::SeqCst) != 0 {
            self.tally.trespasses.fetch_add(1, Ordering::SeqCst);
        }
        Stay(&self.tally)
    }

    /// The host's own side is here.
    fn visit(&self) {
        if self.tally.drops.load(Ordering::SeqCst) != 0 {
            self.tally.trespasses.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn on_event(&self, call: &Call<'_>, mode: Mode, value: c_int) -> c_int {
        let stay = self.enter();
        match mode {
            Mode::Plain => {}
            Mode::Panic => {
                count(&self.tally.panicked);
                panic_any(Asked(0));
            }
            Mode::CloseSelf => {
                self.tally.asked_to_end.store(true, Ordering::SeqCst);
                if call.revoke() != Ended::Later {
                    self.round.faults.add("a call that ends its own table was not inside");
                }
            }
            Mode::CloseOther => self.round.close_one_from_inside(value as u64),
            Mode::Nest => self.round.nest(value as u64),
            Mode::Slow => thread::sleep(Duration::from_micros(value as u64 % 200)),
        }
        drop(stay);
        count(&self.tally.served);
        value ^ self.tag
    }

    fn open(&self, value: c_int) -> Token {
        let stay = self.enter();
        let token = self.tokens.lock().unwrap().insert(value);
        count(&self.tally.opened);
        drop(stay);
        count(&self.tally.served);
        token
    }

    fn close(&self, token: Token) -> c_int {
        let stay = self.enter();
        let known = self.tokens.lock().unwrap().take(token).is_some();
        self.tally.closed.fetch_add(i64::from(known), Ordering::SeqCst);
        drop(stay);
        count(&self.tally.served);
        c_int::from(known)
    }

    fn ask(&self, call: &Call<'_>, value: c_int, done: load_done, cookie: *mut c_void) -> c_int {
        let stay = self.enter();
        // SAFETY: `load.h`: C is answered once, on any thread; the cookie is there until the round has compared its books.
        let owed = unsafe { Completion::of(call, done, cookie, LOAD_DROPPED) };
        // SAFETY: as above.
        let owed = unsafe { owed.assume_send() };
        self.round.owed.put(Owed::new(owed, &self.tally), value as u64);
        drop(stay);
        count(&self.tally.served);
        value ^ self.tag
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.tally.drops.fetch_add(1, Ordering::SeqCst);
        if get(&self.tally.inside) != 0 {
            self.tally.trespasses.fetch_add(1, Ordering::SeqCst);
        }
        let elsewhere =
            matches!(self.admits, Admits::Only(thread) if round::thread_number() != thread);
        if elsewhere {
            self.tally.trespasses.fetch_add(1, Ordering::SeqCst);
        }
        self.tally.kept.store(self.tokens.lock().unwrap().len() as i64, Ordering::SeqCst);
        if self.grumpy {
            self.tally.destructor_panicked.store(!round::is_taken_out(), Ordering::SeqCst);
            panic_any(Asked(0));
        }
    }
}

macro_rules! host {
    ($(#[$doc:meta])* $name:ident, [$($options:tt)*] $(, close: $mark:ident)?) => {
        $(#[$doc])*
        pub struct $name(pub Body);

        #[callbacks($($options)*)]
        impl $name {
            #[callback(fallback = -1)]
            fn on_event(
                &self,
                call: &Call<'_>,
                #[try_from] mode: Mode,
                value: c_int,
                _pointer: Option<c_int>,
            ) -> c_int {
                self.0.on_event(call, mode, value)
            }

            fn open(&self, value: c_int) -> Token {
                self.0.open(value)
            }

            #[callback(fallback = -1, $($mark)?)]
            fn close(&self, token: Token) -> c_int {
                self.0.close(token)
            }

            #[callback(fallback = -1)]
            fn ask(&self, call: &Call<'_>, value: c_int, done: load_done, cookie: *mut c_void) -> c_int {
                self.0.ask(call, value, done, cookie)
            }
        }
    };
}

host!(
    /// A static table; C passes the user data.
    Static, [load_table, state = arg]
);
host!(
    /// The same, with served calls counted.
    Counted, [load_table, state = arg, count = true]
);
host!(
    /// A table of its own, in sealed pages, which has the user data.
    Object, [load_object, state = arg, user_data_member = opaque, count = true]
);
host!(
    /// A table of its own, which C writes.
    Linked, [load_linked, state = arg, written_by_c(seen)]
);
host!(
    /// Each instance has code of its own.
    Plain, [load_plain, state = none, instances = 128, count = true]
);
host!(
    /// C passes the table itself.
    Own, [load_own, state = table, count = true]
);
host!(
    /// The value is lent to C until the release: by `open`, and `close` takes back.
    Lent, [load_table, state = arg, keep = release, count = true],
    close: takes_back
);

const _: () = assert!(INSTANCES == 128 && size_of::<c_long>() == 8);

/// A table, whatever its type is.
pub trait Table {
    fn id(&self) -> u64;
    fn address(&self) -> *const c_void;
    fn user_data(&self) -> *mut c_void;
    fn revoke(&self) -> Ended;
    fn revoke_timeout(&self, limit: Duration) -> Ended;
    fn revocable(&self) -> &dyn Revocable;
    /// Reaches the value on the host's side; `false` where it was refused.
    fn visit(&self) -> bool;
    /// Ends the table by [`Held::into_inner`]; whether its slot was given back.
    fn take(self: Box<Self>) -> bool;
    /// # Safety
    ///
    /// As for [`Held::release`].
    unsafe fn release(self: Box<Self>) -> Ended;
}

/// What a [`Held`] of each host type has.
macro_rules! table {
    ($($host:ident: $user_data:expr, $take:expr;)*) => { $(
        impl<K: outlive::Threads> Table for Held<$host, K> {
            fn id(&self) -> u64 {
                Held::id(self)
            }

            fn address(&self) -> *const c_void {
                self.as_ptr().cast_const().cast()
            }

            fn user_data(&self) -> *mut c_void {
                let user_data: fn(&Self) -> *mut c_void = $user_data;
                user_data(self)
            }

            #[track_caller]
            fn revoke(&self) -> Ended {
                Held::revoke(self)
            }

            fn revoke_timeout(&self, limit: Duration) -> Ended {
                Held::revoke_timeout(self, limit)
            }

            fn revocable(&self) -> &dyn Revocable {
                self
            }

            fn visit(&self) -> bool {
                self.with(|host| host.0.visit()).is_ok()
            }

            fn take(self: Box<Self>) -> bool {
                let take: fn(Self) -> bool = $take;
                take(*self)
            }

            unsafe fn release(self: Box<Self>) -> Ended {
                // SAFETY: the contract is this function's own.
                unsafe { Held::release(*self) }
            }
        }
    )* };
}

table! {
    Static: Held::user_data, |held| is_taken(held.into_inner());
    Counted: Held::user_data, |held| is_taken(held.into_inner());
    Object: Held::user_data, |held| is_taken(held.into_inner());
    Linked: Held::user_data, |held| is_taken(held.into_inner());
    // With a remainder, which is not released.
    Plain: |_| core::ptr::null_mut(), |held| {
        is_taken(held.into_inner());
        false
    };
    Own: |_| core::ptr::null_mut(), |held| is_taken(held.into_inner());
    // It stays lent.
    Lent: Held::user_data, |_| false;
}

/// Whether the value came out; it is dropped.
fn is_taken<T, E>(taken: Result<T, E>) -> bool {
    taken.map(round::drop_taken).is_ok()
}
