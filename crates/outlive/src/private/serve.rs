//! What the trampolines of every number of arguments have in common.

use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;

use outlive_core::{
    BadArgument, Call, Key, Site, Unserved, abort_process, call, last_call, notify, refuse_address,
    user_data_at,
};

use super::argument::Returns;
use super::tuple::Arguments;
use crate::callbacks::{Arg, Callbacks, Locator};
use crate::host_type::{host_type_of, key_of};

/// The place of a callback in its type.
struct SiteOf<H, const INDEX: usize>(PhantomData<H>);

impl<H: Callbacks, const INDEX: usize> SiteOf<H, INDEX> {
    const SITE: &'static Site = &Site { info: H::DESCRIPTION.info(), callback: INDEX };
    const IS_LAST: bool = H::DESCRIPTION.info().is_last_call(INDEX);
}

/// Makes a value of a closure type without captures.
///
/// # Safety
///
/// CONJURED holds for `C`, but for its size, which is checked here.
#[inline(always)]
unsafe fn conjure<C: Copy>() -> C {
    const { assert!(size_of::<C>() == 0, "a callback's closures capture nothing") }
    // SAFETY: a value existed and may be copied; a copy of no bytes reads nothing.
    unsafe { core::ptr::NonNull::<C>::dangling().read() }
}

/// Serves or refuses a call of C's: finds the user data, behind the table where that leads, passes the gate, runs the body,
/// or the fallback.
///
/// # Safety
///
/// The arguments are what C's header says, until the call has returned. L, B and F are CONJURED.
#[inline(always)]
pub(super) unsafe fn serve<H, const INDEX: usize, L, B, F, A, R>(arguments: A) -> R
where
    H: Callbacks,
    L: Fn(A) -> usize + Copy,
    B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, A::Raws<'a>) -> Result<R, BadArgument> + Copy,
    F: Fn(A, Unserved) -> R + Copy,
    A: Arguments,
{
    // SAFETY: CONJURED, by the contract.
    let locator = unsafe { conjure::<L>() };
    // SAFETY: CONJURED, by the contract.
    let body = unsafe { conjure::<B>() };
    // SAFETY: CONJURED, by the contract.
    let fallback = unsafe { conjure::<F>() };
    let body = move |value: NonNull<()>, call: &Call<'_>| {
        // SAFETY: the value is an `H`, which lives until the body has returned.
        let host = unsafe { value.cast::<H>().as_ref() };
        // SAFETY: C passed them to this call, which outlives the body.
        let raws = unsafe { arguments.raws() };
        body(host, call, Returns::new(), raws)
    };
    let (host, site) = (host_type_of::<H>(), SiteOf::<H, INDEX>::SITE);
    let mut user_data = locator(arguments);
    if const { <H::Locator as Locator>::BY_ADDRESS } {
        let address = user_data;
        match user_data_at(address) {
            Some(found) => user_data = found,
            None => return refuse_address(address, site, |why| fallback(arguments, why)),
        }
    }
    if const { SiteOf::<H, INDEX>::IS_LAST } {
        // SAFETY: the type and the site are those of `H`, and C calls nothing after this, as the block says.
        return unsafe { last_call(user_data, host, site, body, |why| fallback(arguments, why)) };
    }
    // SAFETY: the type and the site are those of `H`.
    unsafe { call(user_data, host, site, body, |why| fallback(arguments, why)) }
}

/// Ends the process, where the block says so of a call that C has not been served.
#[cold]
pub fn abort_unserved<H: Callbacks, const INDEX: usize>() -> ! {
    let info = H::DESCRIPTION.info();
    let (table, name) = (info.table, info.callback_name(INDEX));
    abort_process(&format_args!("{table}.{name} was not served, and its block asks to abort"))
}

/// C calls this when it has used the user data for the last time, on whatever thread it likes, from
/// inside a callback of the table too. The host value is C's no longer: it is dropped here, or when
/// the last call inside has left, or on its own thread.
///
/// # Safety
///
/// None beyond C's: `user_data` is a number, and any is refused that is not of a live `H`.
pub unsafe extern "C" fn destroy_notify<H: Callbacks<Locator = Arg>>(user_data: *mut c_void) {
    // SAFETY: C brings it.
    unsafe { notify(user_data.addr(), Key::Host(key_of::<H>()), H::DESCRIPTION.info()) };
}
