//! The host values, and the handles of tables and callbacks.

use core::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outlive::{
    Arg, Call, Callback, Callbacks, Ended, Group, Held, IntoInnerError, Revocable, Threads,
    WithError, callbacks,
};

use crate::c_side::{Event, Function, Pointer, REFUSED, arg_table, own_table, plain_table};
use crate::model::{Kind, Shape};
use crate::owed::Paper;
use crate::world;

/// What is behind each table.
#[derive(Debug)]
pub struct Body {
    pub number: c_int,
    pub drops: Arc<AtomicU32>,
    /// What the host owes to C, and has in its value.
    pub kept: Mutex<Vec<Paper>>,
}

impl Drop for Body {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

impl Body {
    pub fn new(number: c_int, drops: &Arc<AtomicU32>) -> Self {
        Body { number, drops: Arc::clone(drops), kept: Mutex::default() }
    }

    fn on_call(&self, call: Option<&Call<'_>>, value: c_int) -> c_int {
        assert_eq!(self.drops.load(Ordering::SeqCst), 0, "the value is alive during a call");
        world::inside(call, self);
        assert_eq!(self.drops.load(Ordering::SeqCst), 0, "the value is alive during a call");
        value + self.number
    }
}

macro_rules! host {
    ($name:ident, $table:ident, [$($options:tt)*] $(, $callback:ident($($mark:tt)*))*) => {
        pub struct $name(pub Body);

        #[callbacks($table, $($options)*, count = true)]
        impl $name {
            #[callback(fallback = REFUSED)]
            fn on_event(&self, call: &Call<'_>, value: c_int, _pointer: Option<c_int>) -> c_int {
                self.0.on_call(Some(call), value)
            }

            $(
                #[callback($($mark)*, fallback = REFUSED)]
                fn $callback(&self, call: &Call<'_>, value: c_int, _pointer: Option<c_int>) -> c_int {
                    self.0.on_call(Some(call), value)
                }
            )*
        }
    };
}

host!(ByArg, arg_table, [state = arg]);
host!(ByOtherArg, arg_table, [state = arg]);
host!(ByCode, plain_table, [state = none, instances = 64]);
host!(WithLast, arg_table, [state = arg], done(last));
host!(Lent, arg_table, [state = arg, keep = release], take_back(takes_back), done(last));
host!(ByAddress, own_table, [state = table]);
host!(
    LentByAddress, own_table, [state = table, keep = release],
    take_back(takes_back), done(unsafe(last))
);

/// A handle, whatever its type is.
pub trait Table {
    fn id(&self) -> u64;
    fn pointer(&self) -> Pointer;
    fn revoke(&self) -> Ended;
    fn revoke_timeout(&self) -> Ended;
    fn revocable(&self) -> &dyn Revocable;
    fn with(&self, f: &mut dyn FnMut()) -> Result<(), WithError>;
    /// `Ok` for a value that came out, and was dropped; the handle if calls are inside.
    fn into_inner(self: Box<Self>) -> Result<(), Option<Box<dyn Table>>>;
    /// The handle, where C fails and leaves the end to the host.
    fn hand_over(self: Box<Self>, fails: bool) -> Option<Box<dyn Table>>;
    /// The handle, and whether it has joined.
    fn join(self: Box<Self>, group: &Group) -> (Box<dyn Table>, bool);
    fn release(self: Box<Self>) -> Ended;
}

/// What tables and callbacks have in common.
macro_rules! common {
    ($handle:ident) => {
        fn id(&self) -> u64 {
            $handle::id(self)
        }

        fn revoke(&self) -> Ended {
            $handle::revoke(self)
        }

        fn revoke_timeout(&self) -> Ended {
            $handle::revoke_timeout(self, Duration::from_millis(1))
        }

        fn revocable(&self) -> &dyn Revocable {
            self
        }

        fn hand_over(self: Box<Self>, fails: bool) -> Option<Box<dyn Table>> {
            let taken = $handle::hand_over(*self, |_| if fails { Err(()) } else { Ok(()) });
            assert_eq!(taken.is_err(), fails);
            let (_, handle) = taken.err()?.into_held();
            handle.map(|handle| Box::new(handle) as Box<dyn Table>)
        }

        fn join(self: Box<Self>, group: &Group) -> (Box<dyn Table>, bool) {
            match group.join(*self) {
                Ok(handle) => (Box::new(handle), true),
                Err(error) => (Box::new(error.into_handle()), false),
            }
        }

        fn release(self: Box<Self>) -> Ended {
            // SAFETY: stale user data is refused, as is tried here. What is found by its code or its address is
            // not called after this.
            unsafe { $handle::release(*self) }
        }
    };
}

macro_rules! tables {
    ($($host:ident, $held:ident => $pointer:expr, $into_inner:ident;)*) => { $(
        impl<K: Threads + 'static> Table for Held<$host, K> {
            common!(Held);

            fn pointer(&self) -> Pointer {
                let $held = self;
                $pointer
            }

            fn with(&self, f: &mut dyn FnMut()) -> Result<(), WithError> {
                Held::with(self, |_| f())
            }

            fn into_inner(self: Box<Self>) -> Result<(), Option<Box<dyn Table>>> {
                $into_inner!(self)
            }
        }
    )* };
}

macro_rules! taken_out {
    ($held:ident) => {
        match Held::into_inner(*$held) {
            Ok(value) => Ok(drop(value)),
            Err(IntoInnerError::StillInside(held)) => Err(Some(Box::new(held))),
            Err(IntoInnerError::Ended(_)) => Err(None),
        }
    };
}

macro_rules! lent {
    ($held:ident) => {
        unreachable!("what is lent is not taken out: {:#x}", $held.id())
    };
}

tables! {
    ByArg, held => by_arg(held), taken_out;
    ByOtherArg, held => by_arg(held), taken_out;
    WithLast, held => by_arg(held), taken_out;
    Lent, held => by_arg(held), lent;
    ByAddress, held => by_address(held), taken_out;
    LentByAddress, held => by_address(held), lent;
    ByCode, held => Pointer::of_table([
        // SAFETY: G1: the table is valid.
        unsafe { (*held.as_ptr()).on_event }.map(Function::ByCode), None, None,
    ], 0), taken_out;
}

fn by_arg<T, K: Threads>(held: &Held<T, K>) -> Pointer
where
    T: Callbacks<Table = arg_table, Locator = Arg> + 'static,
{
    // SAFETY: G1: the table is valid.
    let table = unsafe { &*held.as_ptr() };
    let functions = [table.on_event, table.take_back, table.done];
    let pointer =
        Pointer::of_table(functions.map(|it| it.map(Function::ByArg)), held.user_data().addr());
    pointer.with_notify(held.destroy_notify())
}

fn by_address<T, K: Threads>(held: &Held<T, K>) -> Pointer
where
    T: Callbacks<Table = own_table> + 'static,
{
    // SAFETY: G1: the table is valid.
    let table = unsafe { &*held.as_ptr() };
    let functions = [table.on_event, table.take_back, table.done];
    Pointer::of_table(functions.map(|it| it.map(Function::ByAddress)), held.as_ptr().addr())
}

impl<K: Threads + 'static> Table for Callback<Event, K> {
    common!(Callback);

    fn pointer(&self) -> Pointer {
        let function = self.function().map(Function::ByArg);
        let pointer = Pointer::of_table([function, None, None], self.user_data().addr());
        pointer.with_notify(self.destroy_notify())
    }

    fn with(&self, _: &mut dyn FnMut()) -> Result<(), WithError> {
        unreachable!("the host does not reach its closure")
    }

    fn into_inner(self: Box<Self>) -> Result<(), Option<Box<dyn Table>>> {
        unreachable!("a closure is not taken out")
    }
}

/// One type for all that are called often.
fn often(body: Body) -> impl Fn(c_int, *const c_int) -> c_int + Send + Sync {
    move |value, _| body.on_call(None, value)
}

/// The closure has the body until its only call is over.
fn once(body: Body) -> impl FnOnce(c_int, *const c_int) -> c_int + Send {
    move |value, _| {
        let body = body;
        body.on_call(None, value)
    }
}

/// Holds a value.
pub fn hold(kind: Kind, shape: Shape, body: Body) -> Box<dyn Table> {
    macro_rules! table {
        ($host:ident) => {
            match kind {
                Kind::Shared => Box::new(Held::new($host(body)).unwrap()) as Box<dyn Table>,
                Kind::Exclusive => Box::new(Held::exclusive($host(body)).unwrap()),
                Kind::Local => Box::new(Held::local($host(body)).unwrap()),
            }
        };
    }
    match shape {
        Shape::Arg => table!(ByArg),
        Shape::OtherArg => table!(ByOtherArg),
        Shape::Code => table!(ByCode),
        Shape::Last => table!(WithLast),
        Shape::Lent => table!(Lent),
        Shape::Address => table!(ByAddress),
        Shape::LentAddress => table!(LentByAddress),
        Shape::Lone => match kind {
            Kind::Shared => Box::new(Callback::<Event>::new_or(REFUSED, often(body)).unwrap()),
            Kind::Exclusive => {
                Box::new(Callback::<Event>::exclusive_or(REFUSED, often(body)).unwrap())
            }
            Kind::Local => Box::new(Callback::<Event>::local_or(REFUSED, often(body)).unwrap()),
        },
        Shape::Once => match kind {
            Kind::Shared | Kind::Exclusive => {
                Box::new(Callback::<Event>::once_or(REFUSED, once(body)).unwrap())
            }
            Kind::Local => Box::new(Callback::<Event>::local_once_or(REFUSED, once(body)).unwrap()),
        },
    }
}
