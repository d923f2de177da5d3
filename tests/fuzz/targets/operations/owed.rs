//! What a host owes to C: answers and closures, and what C has heard.

use core::ffi::{c_int, c_void};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use outlive::{AnyThread, CClosure, Call, Completion, NotCalledError};

use crate::one::One;
use crate::world;

/// C's function.
type Heard = Option<unsafe extern "C" fn(value: c_int, cookie: *mut c_void) -> c_int>;

/// What C hears where nobody answers.
const DROPPED: c_int = -9;
/// What the host answers, and what C's function returns then.
const ANSWER: c_int = 5;

/// What C has heard.
#[derive(Debug, Default)]
struct Cookie {
    answers: AtomicU32,
    dropped: AtomicU32,
    freed: AtomicU32,
}

unsafe extern "C" fn heard(value: c_int, cookie: *mut c_void) -> c_int {
    // SAFETY: a cookie lives until the end of the run, after all that could call.
    let cookie = unsafe { &*cookie.cast::<Cookie>() };
    let count = if value == DROPPED { &cookie.dropped } else { &cookie.answers };
    count.fetch_add(1, Ordering::SeqCst);
    world::outgoing();
    value + 1
}

unsafe extern "C" fn free(cookie: *mut c_void) {
    // SAFETY: as for `heard`.
    let cookie = unsafe { &*cookie.cast::<Cookie>() };
    cookie.freed.fetch_add(1, Ordering::SeqCst);
}

/// What the host has of it.
#[derive(Debug)]
pub enum Paper {
    Answer(AnyThread<Completion<Heard>>),
    Closure(AnyThread<CClosure<Heard>>),
}

/// An answer or a closure, with what is to be heard.
pub struct Owed {
    pub one: Rc<One>,
    cookie: Arc<Cookie>,
    is_closure: bool,
    /// It is in the host value.
    is_kept: bool,
    /// None while it is in use, and where it is used up.
    paper: RefCell<Option<Paper>>,
    answers: Cell<u32>,
    dropped: Cell<u32>,
    freed: Cell<u32>,
}

impl Owed {
    /// What C has passed to the running call; it is kept in the host value by `keep`.
    pub fn of(
        call: &Call<'_>,
        one: &Rc<One>,
        is_closure: bool,
        keep: Option<&mut Vec<Paper>>,
    ) -> Self {
        let cookie = Arc::<Cookie>::default();
        let to_cookie = Arc::as_ptr(&cookie).cast_mut().cast();
        let paper = if is_closure {
            // SAFETY: the functions take the cookie on any thread; a run ends all before the cookies.
            let closure =
                unsafe { CClosure::of(call, Some(heard as _), to_cookie, Some(free as _)) };
            // SAFETY: as above.
            Paper::Closure(unsafe { closure.assume_send() })
        } else {
            // SAFETY: as above.
            let answer = unsafe { Completion::of(call, Some(heard as _), to_cookie, DROPPED) };
            // SAFETY: as above.
            Paper::Answer(unsafe { answer.assume_send() })
        };
        let is_kept = keep.is_some();
        let paper = match keep {
            Some(keep) => {
                keep.push(paper);
                None
            }
            None => Some(paper),
        };
        let (paper, one) = (RefCell::new(paper), Rc::clone(one));
        let [answers, dropped, freed] = [const { Cell::new(0) }; 3];
        Owed { one, cookie, is_closure, is_kept, paper, answers, dropped, freed }
    }

    /// The host calls C, which runs what `world::outgoing` finds; `false` where nothing is left to call.
    pub fn call(&self) -> bool {
        let Some(paper) = self.paper.take() else { return false };
        let is_released = self.one.model.borrow().is_released;
        if !is_released {
            self.one.model.borrow_mut().outgoing += 1;
            self.answers.set(self.answers.get() + 1);
        }
        let result = match paper {
            Paper::Answer(owed) => owed.into_inner().complete(ANSWER),
            Paper::Closure(closure) => {
                let result = closure.call(ANSWER);
                self.paper.replace(Some(Paper::Closure(closure)));
                result
            }
        };
        let should = if is_released { Err(NotCalledError::Released) } else { Ok(ANSWER + 1) };
        assert_eq!(result, should);
        if !is_released {
            self.one.model.borrow_mut().come_back();
        }
        true
    }

    /// The host drops it.
    pub fn drop_paper(&self) {
        let paper = self.paper.take();
        if paper.is_some() && !self.one.model.borrow().is_released {
            let count = if self.is_closure { &self.freed } else { &self.dropped };
            count.set(count.get() + 1);
        }
        drop(paper);
    }

    /// C has heard what it should have, and nothing else.
    pub fn check(&self) {
        let in_value = u32::from(self.is_kept && self.one.model.borrow().is_answered);
        let (dropped, freed) = if self.is_closure { (0, in_value) } else { (in_value, 0) };
        let of = |count: &AtomicU32| count.load(Ordering::SeqCst);
        let Cookie { answers: a, dropped: d, freed: f } = &*self.cookie;
        assert_eq!(
            (of(a), of(d), of(f)),
            (self.answers.get(), self.dropped.get() + dropped, self.freed.get() + freed),
            "{:?}",
            self.one.model
        );
    }
}
