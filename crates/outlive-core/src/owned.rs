//! Registrations and their owners: what one may do with a registration, and how an owner gives it up.

use core::any::Any;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;
use core::task::{Poll, Waker};
use std::sync::Arc;
use std::time::Duration;

use crate::adopt;
use crate::close::{Reached, close, close_all};
use crate::end::{Closed, Purpose, free_if_last};
use crate::ended::Ended;
use crate::enter::{Key, Pass, Refusal, enter};
use crate::handle::Handle;
use crate::hook::drop_payload;
use crate::inspect::{Inspection, inspect};
use crate::life::{Event, State};
use crate::malloc::MallocBlock;
use crate::outgoing;
use crate::place::Place;
use crate::settle::settle;
use crate::slot::{Reader, Registration};
use crate::table_type::TableType;
use crate::tasks::Task;
use crate::until_ended;
use crate::wait::Wait;

/// A registration that cannot be freed while it is borrowed: from its [`Owned`], or from a [`Guest`].
pub struct Registered(Reached);

/// What [`Registered::take`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The host value is the caller's.
    Value(NonNull<()>),
    /// Somebody is inside, or the value is lent to C until the release; calls are refused from here on.
    Inside,
    /// The value has ended, or was given out, before.
    Ended,
}

impl Registered {
    /// The handle.
    pub fn handle(&self) -> Handle {
        self.0.handle
    }

    fn registration(&self) -> &Registration {
        // SAFETY: GUARDED (b) or (c): it is borrowed.
        unsafe { self.0.slot.details().registration() }
    }

    /// The type of the table.
    pub fn table_type(&self) -> &'static TableType {
        // SAFETY: GUARDED (b) or (c): it is borrowed.
        unsafe { self.0.slot.subject() }.table_type
    }

    /// The table, for C. It is valid until the registration is freed, and never moves.
    pub fn table(&self) -> NonNull<()> {
        self.registration().table
    }

    /// The user data that C is to pass; `None` where the table is context-free.
    pub fn user_data(&self) -> Option<usize> {
        let is_context_free = self.registration().instance.is_some();
        (!is_context_free).then(|| self.0.handle.user_data())
    }

    /// The host value.
    pub fn value(&self) -> NonNull<()> {
        // SAFETY: GUARDED (b) or (c): it is borrowed.
        unsafe { self.0.slot.value() }
    }

    /// Ends the registration: new calls are refused, and the host value is ended. It waits for the calls inside,
    /// unless there is a call of C's below the caller on the stack.
    pub fn revoke(&self, at: Place) -> Ended {
        self.end(Wait::unless_inside(), at)
    }

    /// As [`revoke`](Registered::revoke), but waits for at most `limit`, also from inside a callback, except
    /// where the caller itself is inside this registration.
    pub fn revoke_timeout(&self, limit: Duration, at: Place) -> Ended {
        self.end(Wait::at_most(self.0.handle, limit), at)
    }

    fn end(&self, wait: Wait, at: Place) -> Ended {
        self.0.slot.details().note_end(at);
        let closed = self.close(wait, Purpose::End);
        settle();
        closed.into()
    }

    /// Waits for the host's calls into C, which are refused; `false` where one may still be under way.
    fn await_outgoing(&self, wait: Wait) -> bool {
        // SAFETY: GUARDED (b) or (c): it is borrowed.
        unsafe { outgoing::wait_for_all(self.0, wait) }
    }

    /// Ends the registration, and the host's calls into C with it.
    fn release(&self, at: Place) -> Ended {
        outgoing::refuse(self.0.slot);
        let ended = self.revoke(at);
        if self.await_outgoing(Wait::unless_inside()) { ended } else { Ended::Later }
    }

    fn close(&self, wait: Wait, purpose: Purpose) -> Closed {
        // SAFETY: GUARDED (b) or (c): it is borrowed.
        unsafe { close(self.0, wait, purpose) }
    }

    /// Ends the registration and gives the host value out. It waits as [`revoke`](Registered::revoke) does.
    pub fn take(&self, at: Place) -> Taken {
        self.0.slot.details().note_end(at);
        match self.close(Wait::unless_inside(), Purpose::Take) {
            Closed::Taken(value) => Taken::Value(value),
            Closed::Now => Taken::Ended,
            Closed::Serving | Closed::Later => Taken::Inside,
        }
    }

    /// Enters as a call does, for the host's own side: as long as the value is lent to C, too. Nothing is reported where that
    /// is refused.
    ///
    /// # Errors
    ///
    /// What a call would have been refused for.
    pub fn enter(&self, key: &Key) -> Result<Pass, Refusal> {
        enter(self.0.handle, key, true).map_err(|refused| refused.leave())
    }

    /// The members of the table, as they are now.
    pub fn inspect(&self) -> Inspection {
        // SAFETY: GUARDED (b) or (c): it is borrowed.
        unsafe { inspect(self.0.handle, self.0.slot) }
    }

    /// A copy of the table in memory from `malloc`, for a C library that will `free` it, aligned as the struct asks
    /// for; `None` where there is no memory.
    pub fn to_malloc(&self) -> Option<MallocBlock> {
        let layout = self.table_type().info().layout;
        // SAFETY: G1: the table is valid while the registration is.
        unsafe { MallocBlock::copy_of(self.table(), layout) }
    }

    /// What the registration has come to when it is over: [`Ended::Later`] where its value is kept for good. `Pending`
    /// before, and then `waker` is woken when there is something new to see. `task` is the caller's, one for each that
    /// awaits the end, and `None` at first.
    pub fn poll_ended(&self, task: &mut Option<Arc<Task>>, waker: &Waker) -> Poll<Ended> {
        adopt::check();
        let polled = until_ended::poll(self.0, task, waker);
        settle();
        polled
    }

    /// Whoever has [polled](Registered::poll_ended) awaits the end no more: its waker is dropped.
    pub fn forget_task(&self, task: Option<Arc<Task>>) {
        until_ended::forget(self.0, task);
    }

    /// Whether C has called the destroy notify.
    pub fn was_notified(&self) -> bool {
        self.state().is_none_or(|state| !state.claims.c)
    }

    /// The payload of the first panic that a callback had since the last time, where the table's type says
    /// [`PanicPolicy::Resume`](crate::PanicPolicy::Resume).
    pub fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.0.slot.details().stash.take()
    }

    fn state(&self) -> Option<State> {
        self.0.slot.life.state(self.0.handle)
    }

    /// Drops a panic that the host's side did not take, and those that come later.
    fn forget_panic(&self) {
        if let Some(payload) = self.0.slot.details().stash.close() {
            drop_payload(payload);
        }
    }

    /// The host gives its claim up; `false` where it has none any more.
    fn give_up(&self, event: Event) -> bool {
        self.forget_panic();
        let step = self.0.slot.life.apply(self.0.handle, event);
        free_if_last(self.0.handle, self.0.slot, step.ok());
        step.is_ok()
    }

    fn leak(&self) -> bool {
        let is_leaked = self.0.slot.life.apply(self.0.handle, Event::Leak).is_ok();
        if is_leaked {
            self.forget_panic();
        }
        is_leaked
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registered").field(&self.0.handle).finish()
    }
}

/// Ends every registration, as [`Registered::revoke`] does, with one barrier and one look at the
/// threads for all of them: [`Ended::and`] of what each comes to.
pub fn revoke_all(all: &[&Registered], at: Place) -> Ended {
    let reached: Vec<Reached> = all.iter().map(|one| one.0).collect();
    // SAFETY: GUARDED (b) or (c): each is borrowed.
    unsafe { end_all(&reached, Wait::unless_inside(), Some(at)) }
}

/// Ends those of these registrations that are still there, whoever owns them, as [`revoke_all`] does; or without
/// waiting.
pub fn revoke_by_handle(handles: &[Handle], waits: bool, at: Option<Place>) -> Ended {
    adopt::check();
    let readers: Vec<Reader> = handles.iter().copied().filter_map(Reader::of).collect();
    let reach = |reader: &Reader| Reached { handle: reader.handle, slot: reader.slot };
    let reached: Vec<Reached> = readers.iter().map(reach).collect();
    let wait = if waits { Wait::unless_inside() } else { Wait::Never };
    // SAFETY: GUARDED (b): each is read.
    unsafe { end_all(&reached, wait, at) }
}

/// Whether this registration is still there, and not over.
pub fn is_there(handle: Handle) -> bool {
    adopt::check();
    Reader::of(handle)
        .and_then(|reader| reader.slot.life.state(handle))
        .is_some_and(|state| !state.phase.is_past_calls())
}

/// # Safety
///
/// As for [`close`], of each.
unsafe fn end_all(all: &[Reached], wait: Wait, at: Option<Place>) -> Ended {
    if let Some(at) = at {
        all.iter().for_each(|one| one.slot.details().note_end(at));
    }
    // SAFETY: the caller's promise.
    let ended = unsafe { close_all(all, wait) };
    settle();
    ended
}

/// The owner of a registration. There is one, and it gives the registration up once: by a method, or by being
/// dropped, which ends the value without waiting.
///
/// It may move to another thread only as the kind of the registration allows for.
#[derive(Debug)]
pub struct Owned(Registered, PhantomData<*mut ()>);

impl Deref for Owned {
    type Target = Registered;

    fn deref(&self) -> &Registered {
        &self.0
    }
}

impl Owned {
    /// # Safety
    ///
    /// The host has a claim on the registration, and nobody else owns it.
    pub(crate) unsafe fn new(at: Reached) -> Self {
        Owned(Registered(at), PhantomData)
    }

    /// Gives the registration up without the drop.
    fn given_up(self, give_up: impl FnOnce(&Registered)) {
        give_up(&self.0);
        core::mem::forget(self);
    }

    /// Ends the registration and gives all its memory back. From here on the host makes no [`Outgoing`](crate::Outgoing)
    /// call. It waits for those, and for the calls inside, as [`Registered::revoke`] does; where it does not wait, the
    /// rest is done when the last call has left.
    ///
    /// # Safety
    ///
    /// C has forgotten the table and the user data: neither is read or called any more, by any thread.
    pub unsafe fn release(self, at: Place) -> Ended {
        self.released(|registered| registered.release(at))
    }

    /// Ends the registration by `close`, and the claims of both. Of a value that is lent C's claim ends first, for a close
    /// would leave it to C; a reader stands in for the owner then.
    fn released<R>(self, close: impl FnOnce(&Registered) -> R) -> R {
        adopt::check();
        let is_lent = self.state().is_some_and(|state| state.claims.lent);
        let _reader = is_lent.then(|| Reader::of(self.handle()));
        if is_lent {
            self.give_up(Event::Release);
        }
        let result = close(&self.0);
        self.given_up(|registered| {
            if !is_lent {
                registered.give_up(Event::Release);
            }
        });
        result
    }

    /// Gives the slot back after the value was taken. What C has is refused by its generation from here on; memory of
    /// the table's own is not used again, for C may read it. Where C is to make a last call, that one gives the slot
    /// back.
    pub fn give_back(self) {
        let awaits_last_call = self.table_type().info().has_last_call();
        self.given_up(|registered| {
            if awaits_last_call || !registered.give_up(Event::GiveBack) {
                registered.give_up(Event::LetGo);
            }
        });
    }

    /// Refuses calls from here on, and waits for those inside, from wherever it is called.
    pub fn refuse_and_wait(&self) {
        let _: Closed = self.close(Wait::Forever, Purpose::End);
    }

    /// Ends a registration whose value is borrowed, and gives all its memory back; C was to use it only until
    /// now. `false` where somebody is inside whose thread is gone, or that cannot be known.
    ///
    /// # Safety
    ///
    /// C uses neither the table nor the user data any more.
    pub unsafe fn end_borrow(self) -> bool {
        let is_ended = self.released(|registered| {
            outgoing::refuse(registered.0.slot);
            registered.close(Wait::Forever, Purpose::End) != Closed::Later
                && registered.await_outgoing(Wait::Forever)
        });
        settle();
        is_ended
    }

    /// Keeps the value and the table for good.
    ///
    /// # Errors
    ///
    /// The owner, where the value has ended.
    pub fn leak(self) -> Result<NonNull<()>, Owned> {
        if !self.0.leak() {
            return Err(self);
        }
        let value = self.value();
        core::mem::forget(self);
        Ok(value)
    }

    /// Gives the registration to C, whose destroy notify ends it. Where C has called that before, this ends it as a drop does:
    /// a value that was to come out waits for its handle.
    pub fn hand_over(self) {
        if self.was_notified() {
            return;
        }
        self.given_up(|registered| {
            registered.give_up(Event::LetGo);
        });
        settle();
    }

    /// The number by which the host owns a registration that was held so.
    pub fn into_number(self) -> usize {
        let number = self.handle().number();
        core::mem::forget(self);
        number
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _: Closed = self.close(Wait::Never, Purpose::End);
        self.give_up(Event::LetGo);
        settle();
    }
}

/// The number owns nothing: it was given up before, or invented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeldError;

impl fmt::Display for NotHeldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this holds nothing: it was released, dropped, leaked or handed over before")
    }
}

impl core::error::Error for NotHeldError {}

/// Somebody who uses a registration that its host owns by number. Any number may be asked for, on any thread, and
/// several threads may use one, and give it up, at the same time: one of them does.
pub struct Guest {
    registered: Registered,
    _reader: Reader,
}

impl Deref for Guest {
    type Target = Registered;

    fn deref(&self) -> &Registered {
        &self.registered
    }
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.registered.fmt(f)
    }
}

impl Guest {
    /// Looks a number's registration up.
    ///
    /// # Errors
    ///
    /// [`NotHeldError`].
    pub fn of(number: usize) -> Result<Self, NotHeldError> {
        adopt::check();
        let handle = Handle::from_number(number);
        let reader = Reader::of(handle).ok_or(NotHeldError)?;
        let registered = Registered(Reached { handle, slot: reader.slot });
        let is_owned = registered.registration().by_number
            && registered.state().is_some_and(|state| state.claims.host);
        if is_owned { Ok(Guest { registered, _reader: reader }) } else { Err(NotHeldError) }
    }

    fn given_up(&self, event: Event) -> Result<(), NotHeldError> {
        if self.give_up(event) { Ok(()) } else { Err(NotHeldError) }
    }

    /// As [`Owned::release`]. Where another thread is using the number, that one frees the slot.
    ///
    /// # Errors
    ///
    /// [`NotHeldError`] where somebody was first: nothing was changed.
    ///
    /// # Safety
    ///
    /// As for [`Owned::release`].
    pub unsafe fn release(self, at: Place) -> Result<Ended, NotHeldError> {
        self.given_up(Event::Release)?;
        Ok(self.registered.release(at))
    }

    /// Ends the registration without waiting, and gives it up, as a drop of [`Owned`] does.
    ///
    /// # Errors
    ///
    /// [`NotHeldError`] where somebody was first: nothing was changed.
    pub fn let_go(self) -> Result<(), NotHeldError> {
        self.given_up(Event::LetGo)?;
        let _: Closed = self.close(Wait::Never, Purpose::End);
        settle();
        Ok(())
    }

    /// As [`Owned::leak`]: whether the value is kept.
    ///
    /// # Errors
    ///
    /// [`NotHeldError`] where somebody was first: nothing was changed.
    pub fn leak(self) -> Result<bool, NotHeldError> {
        if self.registered.leak() {
            return Ok(true);
        }
        self.given_up(Event::LetGo).map(|()| false)
    }

    /// As [`Owned::hand_over`].
    ///
    /// # Errors
    ///
    /// [`NotHeldError`] where somebody was first: nothing was changed.
    pub fn hand_over(self) -> Result<(), NotHeldError> {
        self.given_up(Event::LetGo)?;
        drop(self);
        settle();
        Ok(())
    }
}
