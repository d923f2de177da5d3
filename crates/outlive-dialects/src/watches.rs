//! The descriptors that a library has watched, each under what the library calls it by.

use core::ffi::c_int;
use core::hash::Hash;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use outlive::Token;
use outlive_loop::{Event, Interest, Loop, WatchError, WatcherSet};

/// They belong to the host value of a handler, and are removed with it.
pub(crate) struct Watches<K> {
    set: WatcherSet,
    tokens: RefCell<HashMap<K, Token>>,
}

impl<K: Copy + Eq + Hash> Watches<K> {
    pub(crate) fn new(events: Rc<Loop>) -> Self {
        Watches { set: WatcherSet::new(events), tokens: RefCell::default() }
    }

    pub(crate) fn event_loop(&self) -> &Rc<Loop> {
        self.set.event_loop()
    }

    #[cfg(any(feature = "curl", feature = "dbus"))]
    pub(crate) fn len(&self) -> usize {
        self.tokens.borrow().len()
    }

    /// Has `callback` called whenever `fd` is ready for `interest`, or only changes the interest where there is a watcher
    /// under `key`. Without an interest it is silent, and nothing is asked of the system.
    pub(crate) fn want(
        &self,
        key: K,
        fd: c_int,
        interest: Interest,
        callback: impl FnMut(&Loop, Event) + 'static,
    ) -> Result<(), WatchError> {
        let known = self.tokens.borrow().get(&key).copied();
        match known {
            Some(token) => self.event_loop().update(token, interest | Interest::PERSIST),
            None if interest.is_empty() => Ok(()),
            None => {
                let token = self.set.add(fd, interest | Interest::PERSIST, None, callback)?;
                self.tokens.borrow_mut().insert(key, token);
                Ok(())
            }
        }
    }

    /// The descriptor is not to be watched any more, and may be closed. What was never watched is no mistake.
    pub(crate) fn forget(&self, key: K) {
        let known = self.tokens.borrow_mut().remove(&key);
        if let Some(token) = known {
            self.set.remove(token);
        }
    }
}
