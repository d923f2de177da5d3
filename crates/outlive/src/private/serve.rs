//! What the trampolines of every number of arguments have in common.

use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;

use outlive_core::{
    AboveC, BadArgument, Call, Elsewhere, Key, Site, Unserved, abort_process, after_last_call,
    call_from_c, elsewhere, errno, locate, notify, set_errno, user_data_at,
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
    const IS_POSTED: bool = H::DESCRIPTION.info().is_posted(INDEX);
}

/// A value of a closure type without captures, out of nothing. It is no function, or each trampoline would have three.
union Conjured<C: Copy> {
    nothing: (),
    closure: C,
}

/// A value of the closure type `C`.
///
/// # Safety
///
/// CONJURED holds for `C`, but for its size, which is checked here.
macro_rules! conjured {
    ($closure:ty) => {{
        const { assert!(size_of::<$closure>() == 0, "a callback's closures capture nothing") }
        Conjured::<$closure> { nothing: () }.closure
    }};
}

/// Serves or refuses a call of C's: finds the user data, behind the table where that leads, passes the gate, runs the body,
/// or the fallback.
///
/// # Safety
///
/// The arguments are what C's header says, until the call has returned. L, B and F are CONJURED.
#[inline]
pub(super) unsafe fn serve<H, const INDEX: usize, L, B, F, A, R>(arguments: A) -> R
where
    H: Callbacks,
    L: Fn(A) -> Option<usize> + Copy,
    B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, A::Raws<'a>) -> Result<R, BadArgument> + Copy,
    F: Fn(A, Unserved) -> R + Copy,
    A: Arguments,
{
    // SAFETY: CONJURED, by the contract.
    let locator = unsafe { conjured!(L) };
    // SAFETY: CONJURED, by the contract.
    let body = unsafe { conjured!(B) };
    // SAFETY: CONJURED, by the contract.
    let fallback = unsafe { conjured!(F) };
    let (host, site) = (host_type_of::<H>(), SiteOf::<H, INDEX>::SITE);
    let located = match locator(arguments) {
        Some(address) if const { <H::Locator as Locator>::BY_ADDRESS } => {
            user_data_at(address, site)
        }
        located => located,
    };
    let Some(user_data) = located else {
        let _above = AboveC::begin();
        return fallback(arguments, Unserved::Refused);
    };
    if const { H::DESCRIPTION.info().delivers } {
        if let Some(elsewhere) = elsewhere(user_data, host.key, site) {
            // SAFETY: the contract is the same.
            let delivered = unsafe { deliver::<H, INDEX, L, B, F, A, R>(elsewhere, arguments) };
            if let Some(result) = delivered {
                return result;
            }
        }
    }
    let mut is_served = true;
    #[expect(
        clippy::multiple_unsafe_ops_per_block,
        reason = "the body stands within the macro's call"
    )]
    // SAFETY: the type and the site are those of `H`; the value is an `H`, which lives until the body is evaluated, and
    // C passed the arguments to this call, which outlives that.
    let result = unsafe {
        call_from_c!(
            user_data,
            host,
            site,
            |value, call| body(value.cast::<H>().as_ref(), call, Returns::new(), arguments.raws()),
            |why| {
                is_served = false;
                fallback(arguments, why)
            }
        )
    };
    if const { SiteOf::<H, INDEX>::IS_LAST } {
        // SAFETY: C calls nothing after this, as the block says.
        unsafe { after_last_call(user_data, Key::Host(host.key), site, is_served) };
    }
    result
}

/// Has the thread serve a call that the table is bound to: what that came to. `None` where it is refused: then nobody has
/// served it.
///
/// # Safety
///
/// As for [`serve`].
#[cold]
unsafe fn deliver<H, const INDEX: usize, L, B, F, A, R>(
    elsewhere: Elsewhere,
    arguments: A,
) -> Option<R>
where
    H: Callbacks,
    L: Fn(A) -> Option<usize> + Copy,
    B: for<'a> Fn(&'a H, &'a Call<'a>, Returns<R>, A::Raws<'a>) -> Result<R, BadArgument> + Copy,
    F: Fn(A, Unserved) -> R + Copy,
    A: Arguments,
{
    if const { SiteOf::<H, INDEX>::IS_POSTED } {
        let work = move || {
            // SAFETY: POSTED: the arguments are numbers, which are good at any time.
            unsafe { serve::<H, INDEX, L, B, F, A, R>(arguments) };
        };
        // SAFETY: POSTED: as above, and on any thread.
        let is_posted = unsafe { elsewhere.post(Box::new(work)) };
        // SAFETY: POSTED: it is `()`, of which there is nothing to read.
        return is_posted.then(|| unsafe { NonNull::<R>::dangling().read() });
    }
    let (mut result, mut left) = (None, errno());
    let mut work = || {
        // As on the caller's thread: what the method leaves alone stays as C had it, and this thread's own as it was.
        let own = errno();
        set_errno(left);
        // SAFETY: the call waits for this, and so the arguments are there.
        result = Some(unsafe { serve::<H, INDEX, L, B, F, A, R>(arguments) });
        left = errno();
        set_errno(own);
    };
    // SAFETY: what C passes to a callback is for whatever thread the host has serve it; this thread waits.
    let is_served = unsafe { elsewhere.wait_for(&mut work) };
    if is_served {
        set_errno(left);
    }
    result.filter(|_| is_served)
}

/// The user data that an expression of the block's author finds. `None` where it panicked, which has been reported.
#[inline]
pub fn located<H: Callbacks, const INDEX: usize>(
    expression: impl FnOnce() -> usize,
) -> Option<usize> {
    locate(SiteOf::<H, INDEX>::SITE, expression)
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
