//! Setting a callback by two options of libcurl's.

use std::ffi::c_void;
use std::ptr;

use curl_sys::{CURL, CURLoption};
use outlive::{Exclusive, Group, Held};

use crate::callbacks::Function;
use crate::error::{Error, easy};

/// One callback of a transfer, which C has by two options.
pub(crate) struct Slot<T: Function>(Option<Held<T, Exclusive>>);

impl<T: Function> Slot<T> {
    pub(crate) fn empty() -> Slot<T> {
        Slot(None)
    }

    /// Gives C a new callback in the place of the one before, which ends with the group. Where that fails, the one before
    /// stays.
    ///
    /// The function comes first: until it has its own user data it is called with what was there, and refuses that. The other
    /// way round a function of libcurl's own would take our number for a `FILE`.
    ///
    /// # Safety
    ///
    /// OWN: the handle is live, nobody else uses it, and it is cleaned up before the slot is dropped.
    #[track_caller]
    pub(crate) unsafe fn set(
        &mut self,
        raw: *mut CURL,
        group: Option<&Group>,
        value: T,
    ) -> Result<(), Error> {
        let new = Held::exclusive(value).map_err(|error| Error::Hold(*error.kind()))?;
        let new = match group {
            None => new,
            Some(group) => group.join(new).map_err(|closing| {
                // SAFETY: C has never had it.
                let _ = unsafe { closing.into_handle().release() };
                Error::Cancelled
            })?,
        };
        // SAFETY: OWN.
        let set = |option, value| unsafe { set_pointer(raw, option, value) };
        let was_set =
            set(T::FUNCTION, T::pointer(&new)).and_then(|()| set(T::DATA, new.user_data()));
        if let Err(error) = was_set {
            let before = self.0.as_ref().map_or(ptr::null(), T::pointer);
            // It has been set before, or NULL, which libcurl takes.
            let _ = set(T::FUNCTION, before);
            // SAFETY: C has the user data of the one before.
            let _ = unsafe { new.release() };
            return Err(error);
        }
        if let Some(before) = self.0.replace(new) {
            // SAFETY: C has the new one's user data.
            let _ = unsafe { before.release() };
        }
        Ok(())
    }

    /// Has C use another callback of the same options while `f` runs.
    ///
    /// # Safety
    ///
    /// OWN, and the function has the type of these options, and refuses other user data than its own.
    pub(crate) unsafe fn lend<R>(
        &self,
        raw: *mut CURL,
        lent: [*const c_void; 2],
        f: impl FnOnce() -> Result<R, Error>,
    ) -> Result<R, Error> {
        // The function comes first, as in `set`.
        let set = |[function, user_data]: [*const c_void; 2]| {
            // SAFETY: OWN.
            unsafe { set_pointer(raw, T::FUNCTION, function) }?;
            // SAFETY: OWN.
            unsafe { set_pointer(raw, T::DATA, user_data) }
        };
        let own = self.0.as_ref();
        let own = own.map_or([ptr::null(); 2], |held| [T::pointer(held), held.user_data()]);
        let done = set(lent).and_then(|()| f());
        let was_set = set(own);
        done.and_then(|done| was_set.map(|()| done))
    }
}

impl<T: Function> Drop for Slot<T> {
    fn drop(&mut self) {
        if let Some(held) = self.0.take() {
            // SAFETY: OWN: the handle has been cleaned up, or C has never had the callback.
            let _ = unsafe { held.release() };
        }
    }
}

/// Sets an option that takes a pointer.
///
/// # Safety
///
/// OWN, and the option takes what the pointer leads to.
pub(crate) unsafe fn set_pointer(
    raw: *mut CURL,
    option: CURLoption,
    value: *const c_void,
) -> Result<(), Error> {
    // SAFETY: the caller's promise. A function has the size of a pointer, and is passed as one.
    easy(unsafe { curl_sys::curl_easy_setopt(raw, option, value) })
}
