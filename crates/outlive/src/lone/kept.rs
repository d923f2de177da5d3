//! How a closure is kept, by what C does with it.

use core::cell::Cell;
use core::marker::PhantomData;

use crate::threads::{Exclusive, Local, Shared, Threads};

/// C calls the closure at most once, by the rules of `K`: [`Exclusive`] or [`Local`].
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
    /// `None` once it is called.
    type Kept = Cell<Option<F>>;
    const IS_LAST: bool = true;

    fn keep(closure: F) -> Cell<Option<F>> {
        Cell::new(Some(closure))
    }

    fn give_back(kept: Cell<Option<F>>) -> F {
        kept.into_inner().unwrap_or_else(|| unreachable!("nobody has called it"))
    }
}
