//! Lists of strings, as C has them.

use std::ffi::CString;
use std::ptr;

use curl_sys::curl_slist;

use crate::error::Error;

/// A `curl_slist`, of which libcurl keeps the pointer.
pub(crate) struct List(*mut curl_slist);

// SAFETY: it is memory without an owner among the threads.
unsafe impl Send for List {}

impl List {
    pub(crate) fn new(strings: &[&str]) -> Result<List, Error> {
        let mut list = List(ptr::null_mut());
        for string in strings {
            let string = CString::new(*string)?;
            // SAFETY: the list is libcurl's own or NULL, and the string is copied.
            let longer = unsafe { curl_sys::curl_slist_append(list.0, string.as_ptr()) };
            if longer.is_null() {
                return Err(Error::Easy(curl_sys::CURLE_OUT_OF_MEMORY));
            }
            list.0 = longer;
        }
        Ok(list)
    }

    pub(crate) fn as_ptr(&self) -> *mut curl_slist {
        self.0
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: it is nobody else's any more; NULL is allowed.
        unsafe { curl_sys::curl_slist_free_all(self.0) };
    }
}
