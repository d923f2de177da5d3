//! Random sequences of adding, removing, sending, closing and running, against a simple model: at
//! any moment `poll` and the books of the test say who may be called.
#![cfg(unix)]

mod common;

use std::cell::RefCell;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixDatagram;
use std::rc::Rc;
use std::time::Duration;

use common::ZERO;
use outlive_loop::{Event, Interest, Loop, Ready, Token};
use proptest::prelude::*;

const SOCKETS: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Action {
    Nothing,
    Read(usize),
    Send(usize),
    RemoveSelf,
    Remove(usize),
    Add(usize, i16, bool),
    Swap(usize),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Add {
        socket: usize,
        directions: i16,
        persist: bool,
        action: Action,
    },
    Timer {
        persist: bool,
        action: Action,
    },
    Do(Action),
    /// The number gets another file while the old one lives on elsewhere, and is added again.
    SwapWithDuplicate(usize),
    Run,
    /// All that is ready, as far as it is reported at once.
    RunAll,
}

struct Watched {
    token: Token,
    /// The socket and the file that it had then, or a timer.
    on: Option<(usize, u32)>,
    interest: Interest,
    /// It may be called.
    armed: bool,
    removed: bool,
    /// The turn that added it.
    turn: u32,
    /// For how many turns it has been ready in vain.
    waiting: u32,
}

#[derive(Default)]
struct World {
    here: Vec<OwnedFd>,
    there: Vec<UnixDatagram>,
    file: Vec<u32>,
    duplicates: Vec<OwnedFd>,
    watched: Vec<Watched>,
    turn: u32,
    runs_all: bool,
}

type Shared = Rc<RefCell<World>>;

fn ready(fd: RawFd) -> Ready {
    let mut poll = libc::pollfd { fd, events: libc::POLLIN | libc::POLLOUT, revents: 0 };
    // SAFETY: `poll` is one valid entry.
    assert!(unsafe { libc::poll(&raw mut poll, 1, 0) } >= 0);
    let mut ready = Ready::empty();
    ready.set(Ready::READ, poll.revents & (libc::POLLIN | libc::POLLHUP | libc::POLLERR) != 0);
    ready.set(Ready::WRITE, poll.revents & (libc::POLLOUT | libc::POLLHUP | libc::POLLERR) != 0);
    ready
}

impl World {
    fn new() -> Self {
        let mut world = World::default();
        for _ in 0..SOCKETS {
            let (here, there) = UnixDatagram::pair().unwrap();
            world.here.push(here.into());
            world.there.push(there);
            world.file.push(0);
        }
        world
    }

    fn swap(&mut self, socket: usize) {
        let (here, there) = UnixDatagram::pair().unwrap();
        dup2(&here, self.here[socket].as_raw_fd());
        self.there[socket] = there;
        self.file[socket] += 1;
    }

    /// Whether the watcher is to be called now.
    fn is_ready(&self, watched: &Watched) -> bool {
        let may = match watched.on {
            None => true, // timers of this test are always due
            Some((socket, file)) => {
                let fd = self.here[socket].as_raw_fd();
                self.file[socket] == file && !wanted(ready(fd), watched.interest).is_empty()
            }
        };
        watched.armed && may
    }
}

fn wanted(ready: Ready, interest: Interest) -> Ready {
    ready & Ready::from_bits_truncate(interest.bits())
}

fn dup2(from: &UnixDatagram, to: RawFd) {
    // SAFETY: `dup2` takes any numbers; `to` belongs to an `OwnedFd` of the world, and stays open.
    assert_eq!(unsafe { libc::dup2(from.as_raw_fd(), to) }, to);
}

/// What a watcher checks and does when it is called.
fn called(world: &Shared, own: usize, events: &Loop, event: Event, action: Action) {
    {
        let mut world = world.borrow_mut();
        let turn = world.turn;
        let watched = &world.watched[own];
        assert_eq!(event.token, watched.token);
        assert!(world.is_ready(watched), "a call without a reason: {event:?}");
        // Where all are run, each readiness is a turn of its own.
        assert!(watched.turn < turn || world.runs_all, "called in the turn that added it");
        match watched.on {
            None => assert_eq!(event.ready, Ready::TIMEOUT),
            Some((socket, _)) => {
                let now = wanted(ready(world.here[socket].as_raw_fd()), watched.interest);
                // Where all are run, another may have been called for one of two directions.
                let is_true = event.ready == now || world.runs_all && now.contains(event.ready);
                assert!(is_true && !event.ready.is_empty(), "{event:?}, but {now:?}");
            }
        }
        let watched = &mut world.watched[own];
        watched.waiting = 0;
        watched.armed = watched.interest.contains(Interest::PERSIST);
    }
    perform(world, events, action, Some(own));
}

fn perform(world: &Shared, events: &Loop, action: Action, own: Option<usize>) {
    match action {
        Action::Nothing => {}
        Action::Read(socket) => {
            let mut byte = [0u8];
            let fd = world.borrow().here[socket].as_raw_fd();
            // SAFETY: `byte` is a valid place for one byte.
            unsafe { libc::recv(fd, byte.as_mut_ptr().cast(), 1, libc::MSG_DONTWAIT) };
        }
        Action::Send(socket) => {
            let byte = [0u8];
            let world = world.borrow();
            for fd in [world.there[socket].as_raw_fd(), world.here[socket].as_raw_fd()] {
                // SAFETY: `byte` is one valid byte.
                unsafe { libc::send(fd, byte.as_ptr().cast(), 1, libc::MSG_DONTWAIT) };
            }
        }
        Action::RemoveSelf => own.into_iter().for_each(|own| remove(world, events, own)),
        Action::Remove(which) => {
            let count = world.borrow().watched.len();
            if count > 0 {
                remove(world, events, which % count);
            }
        }
        Action::Add(socket, directions, persist) => {
            let directions = Interest::from_bits_truncate(directions);
            add(world, events, socket, directions, persist, Action::Read(socket));
        }
        Action::Swap(socket) => world.borrow_mut().swap(socket),
    }
}

fn remove(world: &Shared, events: &Loop, which: usize) {
    let token = world.borrow().watched[which].token;
    let removed = events.remove(token);
    let watched = &mut world.borrow_mut().watched[which];
    assert_eq!(removed, !watched.removed);
    watched.removed = true;
    watched.armed = false;
}

fn add(
    world: &Shared,
    events: &Loop,
    socket: usize,
    directions: Interest,
    persist: bool,
    action: Action,
) {
    let interest = if persist { directions | Interest::PERSIST } else { directions };
    let (own, fd) = {
        let world = world.borrow();
        (world.watched.len(), world.here[socket].as_raw_fd())
    };
    let inner = world.clone();
    let token = events
        .add(fd, interest, None, move |events, event| called(&inner, own, events, event, action))
        .unwrap();
    let mut world = world.borrow_mut();
    let (on, turn) = (Some((socket, world.file[socket])), world.turn);
    note(
        &mut world,
        Watched { token, on, interest, armed: true, removed: false, turn, waiting: 0 },
    );
}

fn add_timer(world: &Shared, events: &Loop, persist: bool, action: Action) {
    let own = world.borrow().watched.len();
    let inner = world.clone();
    let token = events.timer(Duration::ZERO, persist, move |events, event| {
        called(&inner, own, events, event, action);
    });
    let mut world = world.borrow_mut();
    let turn = world.turn;
    let interest = if persist { Interest::PERSIST } else { Interest::empty() };
    note(
        &mut world,
        Watched { token, on: None, interest, armed: true, removed: false, turn, waiting: 0 },
    );
}

fn note(world: &mut World, watched: Watched) {
    assert!(world.watched.iter().all(|other| other.token != watched.token));
    world.watched.push(watched);
}

fn run(world: &Shared, events: &Loop, runs_all: bool) {
    let (any, watchers) = {
        let mut world = world.borrow_mut();
        world.turn += 1;
        world.runs_all = runs_all;
        let world = &*world;
        let ready = |watched: &&Watched| world.is_ready(watched);
        (world.watched.iter().filter(ready).count() > 0, world.watched.len() as u32)
    };
    let calls =
        if runs_all { events.run_for(Duration::ZERO) } else { events.run_once(ZERO) }.unwrap();
    assert_eq!(calls > 0, any, "{calls} calls");
    let mut world = world.borrow_mut();
    for which in 0..world.watched.len() {
        let ready = world.is_ready(&world.watched[which]);
        let watched = &mut world.watched[which];
        watched.waiting = if ready { watched.waiting + 1 } else { 0 };
        assert!(watched.waiting <= watchers * 2 + 4, "starved");
    }
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        2 => Just(Action::Nothing),
        4 => (0..SOCKETS).prop_map(Action::Read),
        2 => (0..SOCKETS).prop_map(Action::Send),
        1 => Just(Action::RemoveSelf),
        2 => (0..100usize).prop_map(Action::Remove),
        2 => (0..SOCKETS, directions(), any::<bool>())
            .prop_map(|(socket, directions, persist)| Action::Add(socket, directions, persist)),
        1 => (0..SOCKETS).prop_map(Action::Swap),
    ]
}

fn directions() -> impl Strategy<Value = i16> {
    prop_oneof![Just(0x02), Just(0x04), Just(0x06)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..SOCKETS, directions(), any::<bool>(), action()).prop_map(
            |(socket, directions, persist, action)| Step::Add { socket, directions, persist, action }
        ),
        1 => (any::<bool>(), action()).prop_map(|(persist, action)| Step::Timer { persist, action }),
        5 => action().prop_map(Step::Do),
        1 => (0..SOCKETS).prop_map(Step::SwapWithDuplicate),
        6 => Just(Step::Run),
        4 => Just(Step::RunAll),
    ]
}

fn take(step: Step, world: &Shared, events: &Loop) {
    match step {
        Step::Add { socket, directions, persist, action } => {
            let directions = Interest::from_bits_truncate(directions);
            add(world, events, socket, directions, persist, action);
        }
        Step::Timer { persist, action } => add_timer(world, events, persist, action),
        Step::Do(action) => perform(world, events, action, None),
        Step::SwapWithDuplicate(socket) => {
            {
                let mut world = world.borrow_mut();
                let duplicate = world.here[socket].try_clone().unwrap();
                world.duplicates.push(duplicate);
                let peer = world.there[socket].try_clone().unwrap();
                world.duplicates.push(peer.into());
                world.swap(socket);
            }
            add(world, events, socket, Interest::READ, true, Action::Read(socket));
        }
        Step::Run => run(world, events, false),
        Step::RunAll => run(world, events, true),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_is_called_has_a_reason_and_whoever_has_a_reason_is_called(
        steps in prop::collection::vec(step(), 1..120)
    ) {
        let events = Loop::new().unwrap();
        let world: Shared = Rc::new(RefCell::new(World::new()));
        for step in steps {
            take(step, &world, &events);
        }
        let count = world.borrow().watched.len();
        for which in 0..count {
            let removed = world.borrow().watched[which].removed;
            if !removed {
                remove(&world, &events, which);
            }
        }
        prop_assert!(events.is_empty());
        prop_assert_eq!(events.run_once(ZERO).unwrap(), 0);
        drop(events);
        prop_assert_eq!(Rc::strong_count(&world), 1);
    }
}
