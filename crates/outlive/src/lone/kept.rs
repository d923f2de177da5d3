//! How a closure is kept, by what C does with it.

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::threads::{Exclusive, Local, Shared, Threads};

/// C calls the closure at most once, by the rules of `K`: [`Exclusive`] or [`Local`].
///
/// ```
/// # use std::ffi::c_void;
/// use outlive::{Callback, CallbackType, Exclusive, LoneFunction, Once};
///
/// type done_cb = unsafe extern "C" fn(status: i32, user: *mut c_void);
///
/// /// Holds a closure that is called once, behind any function that returns nothing.
/// fn once<S, F>(closure: F) -> Callback<S, Exclusive>
/// where
///     S: CallbackType<UserData = *mut c_void, Ret = ()> + LoneFunction<F, Once<Exclusive>>,
///     F: Send + 'static,
/// {
///     Callback::<S>::once(closure).unwrap()
/// }
/// let done = once::<done_cb, _>(|status: i32| println!("{status}"));
/// ```
#[derive(Debug)]
pub struct Once<K>(PhantomData<K>);

/// What C does with a closure of the type `F`.
pub(crate) trait Use<F>: 'static {
    /// Which threads may call.
    type Threads: Threads + 'static;
    /// The host value.
    type Kept: 'static;
    /// Whether C calls nothing after a call.
    const IS_LAST: bool;

    fn keep(closure: F) -> Self::Kept;

    /// The closure, which nobody has called.
    fn give_back(kept: Self::Kept) -> F;
}

macro_rules! many_calls {
    ($($threads:ty),*) => {
        $(impl<F: 'static> Use<F> for $threads {
            type Threads = Self;
            type Kept = F;
            const IS_LAST: bool = false;

            fn keep(closure: F) -> F {
                closure
            }

            fn give_back(kept: F) -> F {
                kept
            }
        })*
    };
}

many_calls!(Shared, Exclusive, Local);

impl<F: 'static, K: Threads + 'static> Use<F> for Once<K> {
    type Threads = K;
    type Kept = Single<F>;
    const IS_LAST: bool = true;

    fn keep(closure: F) -> Single<F> {
        let closure = UnsafeCell::new(ManuallyDrop::new(closure));
        Single { is_taken: AtomicBool::new(false), closure }
    }

    fn give_back(kept: Single<F>) -> F {
        kept.take().unwrap_or_else(|| unreachable!("nobody has called it"))
    }
}

/// A closure that is called at most once.
///
/// INVARIANT: TAKEN-ONCE: the closure is there until `is_taken` is set, by whoever takes it. A signal handler may come in the
/// middle of a take, and takes it then, or not.
pub(crate) struct Single<F> {
    is_taken: AtomicBool,
    closure: UnsafeCell<ManuallyDrop<F>>,
}

impl<F> Single<F> {
    /// The closure, for the first who asks.
    pub(crate) fn take(&self) -> Option<F> {
        // Relaxed: only one thread has the value, or one at a time (EXCLUSIVE, THREAD-BOUND).
        if self.is_taken.swap(true, Ordering::Relaxed) {
            return None;
        }
        // SAFETY: TAKEN-ONCE: it is there, and nobody else takes it.
        let closure = unsafe { &mut *self.closure.get() };
        // SAFETY: as above.
        Some(unsafe { ManuallyDrop::take(closure) })
    }
}

impl<F> Drop for Single<F> {
    fn drop(&mut self) {
        drop(self.take());
    }
}
