//! The closure as a host value, and what its trampolines have in common.

use core::alloc::Layout;
use core::any::TypeId;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;

use outlive_core::{
    Call, HoldErrorKind, HostName, HostType, KeptResult, Key, MemberInfo, MemberKind,
    NoMemoryError, Owned, PanicPolicy, Place, Site, TableInfo, TableType, abort_process,
    after_last_call, boxed, call, kept_result, note_used_up, notify, prepare,
};

use super::kept::{Once, Single, Use};
use crate::error::HoldError;
use crate::hold::{How, hold_value_as};
use crate::host_type::is_in_slot;
use crate::threads::{Exclusive, Threads};

/// The host type of the closures of the type `F` behind the function type `S`.
///
/// INVARIANT: LONE: a registration whose key is that of `Lone<S, F, U, P>` has what `U` keeps of an `F` as its value, and is
/// of the kind of `U`; the results that are kept for that key are of the type that `S` returns.
pub(crate) struct Lone<S, F, U, P>(PhantomData<(S, F, U, P)>);

impl<S: Copy + 'static, F: 'static, U: Use<F>, P: 'static> Lone<S, F, U, P> {
    const INFO: &'static TableInfo = &TableInfo {
        table: "callback",
        host: HostName::Of(core::any::type_name::<F>),
        layout: Layout::new::<S>(),
        members: &[MemberInfo {
            name: "function",
            kind: if U::IS_LAST { MemberKind::LastCall } else { MemberKind::Callback },
            offset: 0,
            size: size_of::<S>(),
        }],
        panic: PanicPolicy::Fallback,
        count: false,
        keep: false,
        by_address: false,
        delivers: false,
    };
    const SITE: &'static Site = &Site { info: Self::INFO, callback: 0 };

    #[inline(always)]
    fn host() -> HostType {
        HostType { key: Self::key(), in_slot: is_in_slot::<U::Kept>() }
    }

    #[inline(always)]
    fn key() -> TypeId {
        TypeId::of::<Self>()
    }

    /// Holds a closure behind `function`; its refused calls return `result`.
    ///
    /// # Safety
    ///
    /// `function` is the trampoline of this very type, and returns an `R`.
    pub(crate) unsafe fn hold<R: Copy + PartialEq + 'static>(
        function: S,
        closure: F,
        result: R,
        created: Place,
    ) -> Result<Owned, HoldError<F>> {
        prepare();
        let table_type = match Self::table_type(function) {
            Ok(table_type) => table_type,
            Err(error) => return Err(HoldError::new(closure, error.into())),
        };
        let Some(result) = keep(table_type, result) else {
            return Err(HoldError::new(closure, HoldErrorKind::NoMemory));
        };
        let kind = <U::Threads as Threads>::KIND;
        let how = How { kind, by_number: false, result: Some(result), created };
        // SAFETY: LONE.
        let held = unsafe { hold_value_as(U::keep(closure), table_type, how) };
        held.map_err(|error| error.map(U::give_back))
    }

    fn table_type(function: S) -> Result<&'static TableType, NoMemoryError> {
        // SAFETY: the engine gives room for a table, which is an `S`.
        let fill = |_, to: NonNull<u8>| unsafe { to.cast::<S>().write(function) };
        // SAFETY: DESCRIBED: the table is the function pointer alone, which enters for this key.
        unsafe { TableType::of(Self::key(), Self::INFO, &[], &fill) }
    }

    /// Serves or refuses a call of C's.
    #[inline(always)]
    fn serve<R: Copy + 'static>(user_data: usize, body: impl FnOnce(NonNull<U::Kept>) -> R) -> R {
        let body = |value: NonNull<()>, _: &Call<'_>| Ok(body(value.cast()));
        let refused = |_| Self::refused(user_data);
        // SAFETY: LONE, and the body uses the closure only until it returns.
        unsafe { call(user_data, Self::host(), Self::SITE, body, refused) }
    }

    /// As `serve`, with a shared reference to the closure.
    #[inline(always)]
    pub(super) fn serve_shared<R: Copy + 'static>(
        user_data: usize,
        body: impl FnOnce(&U::Kept) -> R,
    ) -> R {
        // SAFETY: it lives until the body has returned (`call`).
        Self::serve(user_data, |closure| body(unsafe { closure.as_ref() }))
    }

    #[cold]
    fn refused<R: Copy + 'static>(user_data: usize) -> R {
        match kept_result(user_data, Self::key()) {
            // SAFETY: LONE: it is an `R`.
            Some(kept) => unsafe { kept.value().cast::<R>().read() },
            // Nobody has the function before there is a result.
            None => {
                abort_process(&format_args!("a callback was called before it was made: aborting"))
            }
        }
    }

    /// C calls this when it has used the user data for the last time, on whatever thread it likes, from inside the callback
    /// too. The closure is C's no longer: it is dropped here, or when the last call inside has left, or on its own thread.
    ///
    /// # Safety
    ///
    /// None beyond C's: `user_data` is a number, and any is refused that is not of a live registration of this type.
    pub(crate) unsafe extern "C" fn destroy_notify(user_data: *mut c_void) {
        let key = Key::Host(Self::key());
        if U::IS_LAST {
            // The only call may have come before, and was C's word, too.
            // SAFETY: C brings it.
            return unsafe { after_last_call(user_data.addr(), key, Self::SITE, false) };
        }
        // SAFETY: C brings it.
        unsafe { notify(user_data.addr(), key, Self::INFO) };
    }
}

impl<S: Copy + 'static, F: 'static, K: Threads + 'static, P: 'static> Lone<S, F, Once<K>, P> {
    /// As `serve`, with the closure itself, for the only call.
    #[inline(always)]
    pub(super) fn serve_once<R: Copy + 'static>(user_data: usize, body: impl FnOnce(F) -> R) -> R {
        let body = |value: NonNull<()>, call: &Call<'_>| {
            // SAFETY: LONE; it lives until the body has returned, and one thread at a time is inside.
            let kept = unsafe { value.cast::<Single<F>>().as_ref() };
            // There is none for a call that comes while the only one runs.
            let Some(closure) = kept.take() else {
                note_used_up(call);
                return Ok(Self::refused(user_data));
            };
            Ok(body(closure))
        };
        let refused = |_| Self::refused(user_data);
        // SAFETY: LONE, and the body uses the closure only until it returns.
        let result = unsafe { call(user_data, Self::host(), Self::SITE, body, refused) };
        // SAFETY: C was told that this is the last call.
        unsafe { after_last_call(user_data, Key::Host(Self::key()), Self::SITE, false) };
        result
    }
}

impl<S: Copy + 'static, F: 'static, P: 'static> Lone<S, F, Exclusive, P> {
    /// As `serve`, with the closure to itself.
    #[inline(always)]
    pub(super) fn serve_exclusive<R: Copy + 'static>(
        user_data: usize,
        body: impl FnOnce(&mut F) -> R,
    ) -> R {
        // SAFETY: LONE: EXCLUSIVE: nobody else is inside.
        Self::serve(user_data, |mut closure| body(unsafe { closure.as_mut() }))
    }
}

/// Keeps what refused calls return, for good. `None` where there is no memory.
fn keep<R: Copy + PartialEq + 'static>(
    table_type: &TableType,
    result: R,
) -> Option<&'static KeptResult> {
    // What does not even equal itself, such as NaN, is as good as another of its kind.
    let is_itself = |result: &R| result.eq(result);
    let is_it = |kept: NonNull<()>| {
        // SAFETY: LONE: what is kept for this type is an `R`.
        let kept = unsafe { kept.cast::<R>().read() };
        kept == result || !is_itself(&kept) && !is_itself(&result)
    };
    table_type
        .keep_result(is_it, || boxed(result).ok().map(|kept| NonNull::from(Box::leak(kept)).cast()))
}
