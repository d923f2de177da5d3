//! One round: a loop, its lines and timers, and what happens to them.

use std::cell::RefCell;
use std::mem;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use outlive_loop::{Event, Interest, Loop, Ready, Token};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::books::Books;
use crate::line::Line;
use crate::senders::{Ends, Senders};
use crate::timers::Timers;

const LINES: usize = 64;
const LENGTH: Duration = Duration::from_millis(400);
/// After that long without a change nothing more comes.
const PATIENCE: Duration = Duration::from_secs(10);

/// What there is on a loop.
struct World {
    lines: RefCell<Vec<Place>>,
    ends: Ends,
    timers: Rc<Timers>,
    books: Rc<RefCell<Books>>,
    random: RefCell<StdRng>,
}

/// A line, and who watches it.
struct Place {
    line: Line,
    token: Option<Token>,
    /// It is watched, and will be called.
    is_armed: bool,
    is_persistent: bool,
    /// Counts the watchers, so that one that was removed is known.
    watcher: u64,
}

impl Place {
    fn new() -> Self {
        let line = Line::new();
        Place { line, token: None, is_armed: false, is_persistent: false, watcher: 0 }
    }
}

/// Runs a round.
pub fn run(seed: u64, books: &mut Books) {
    let mut random = StdRng::seed_from_u64(seed);
    let events = if random.random() { Loop::new() } else { Loop::strict() };
    let events = events.expect("a loop needs two descriptors");
    let lines: Vec<Place> = (0..LINES).map(|_| Place::new()).collect();
    let ends: Ends = Arc::new(Mutex::new(lines.iter().map(|p| p.line.far.clone()).collect()));
    let world = Rc::new(World {
        lines: RefCell::new(lines),
        ends: ends.clone(),
        timers: Rc::default(),
        books: Rc::new(RefCell::new(mem::take(books))),
        random: RefCell::new(random),
    });
    let senders = Senders::start(seed, &ends);
    let begun = Instant::now();
    while begun.elapsed() < LENGTH {
        for _ in 0..world.below(8) {
            world.change(&events);
        }
        let time = Duration::from_micros(world.below(500) as u64);
        let ran =
            if world.below(4) == 0 { events.run_once(Some(time)) } else { events.run_for(time) };
        ran.expect("a loop runs");
    }
    senders.stop();
    world.settle(&events);
    *books = world.books.take();
}

impl World {
    fn below(&self, bound: usize) -> usize {
        self.random.borrow_mut().random_range(0..bound)
    }

    /// Does something to a line or a timer.
    fn change(self: &Rc<Self>, events: &Loop) {
        let number = self.below(LINES);
        match self.below(20) {
            0..6 => self.watch(events, number),
            6 => self.remove(events, number),
            7..9 => self.update(events, number),
            9 => self.replace(events, number),
            _ => {
                self.timers.change(events, &self.books, &mut self.random.borrow_mut());
            }
        }
    }

    /// Adds a watcher, where there is none.
    fn watch(self: &Rc<Self>, events: &Loop, number: usize) {
        if self.lines.borrow()[number].token.is_some() {
            return;
        }
        let is_persistent = self.below(2) == 0;
        let persist = if is_persistent { Interest::PERSIST } else { Interest::empty() };
        let (fd, watcher) = {
            let mut lines = self.lines.borrow_mut();
            let place = &mut lines[number];
            place.watcher += 1;
            (place.line.here.as_raw_fd(), place.watcher)
        };
        let world = self.clone();
        let added = events.add(fd, Interest::READ | persist, None, move |events, event| {
            world.called(events, event, number, watcher);
        });
        let mut lines = self.lines.borrow_mut();
        match added {
            Ok(token) => {
                let place = &mut lines[number];
                (place.token, place.is_armed) = (Some(token), true);
                place.is_persistent = is_persistent;
                self.books.borrow_mut().adds += 1;
            }
            Err(error) => self.books.borrow_mut().fault(error),
        }
    }

    /// A watcher is called: it reads one message, and does something else, too.
    fn called(self: &Rc<Self>, events: &Loop, event: Event, number: usize, watcher: u64) {
        {
            let (mut lines, mut books) = (self.lines.borrow_mut(), self.books.borrow_mut());
            let place = &mut lines[number];
            if place.watcher != watcher || place.token != Some(event.token) || !place.is_armed {
                books.fault("a watcher was called that was removed, disabled or spent");
                return;
            }
            if event.ready != Ready::READ {
                books.fault(format_args!("a reader is called for {:?}", event.ready));
            }
            place.is_armed = place.is_persistent;
            place.line.read(&mut books);
        }
        match self.below(64) {
            0..8 => self.change(events),
            8 => self.remove(events, number),
            9 => self.replace(events, number),
            _ if self.lines.borrow()[number].is_armed => {}
            // A one-shot waits again, by an update or by another watcher.
            10..32 => self.update(events, number),
            _ => {
                self.remove(events, number);
                self.watch(events, number);
            }
        }
    }

    fn remove(&self, events: &Loop, number: usize) {
        let Some(token) = self.lines.borrow_mut()[number].token.take() else { return };
        self.lines.borrow_mut()[number].is_armed = false;
        let mut books = self.books.borrow_mut();
        books.removes += 1;
        if !events.remove(token) {
            books.fault("a watcher's token is unknown");
        }
    }

    /// Disables a watcher, or has it wait again.
    fn update(&self, events: &Loop, number: usize) {
        let Some(token) = self.lines.borrow()[number].token else { return };
        let is_to_wait = self.below(3) != 0;
        let persist = if self.below(2) == 0 { Interest::PERSIST } else { Interest::empty() };
        let read = if is_to_wait { Interest::READ } else { Interest::empty() };
        let updated = events.update(token, read | persist);
        let mut books = self.books.borrow_mut();
        books.updates += 1;
        if let Err(error) = updated {
            books.fault(error);
        }
        let mut lines = self.lines.borrow_mut();
        lines[number].is_armed = is_to_wait;
        lines[number].is_persistent = persist == Interest::PERSIST;
    }

    /// Closes a line, whose number another one gets, with or without a remove before.
    fn replace(&self, events: &Loop, number: usize) {
        let is_removed_late = self.below(4) == 0;
        let late =
            if is_removed_late { self.lines.borrow_mut()[number].token.take() } else { None };
        self.remove(events, number);
        let watcher = self.lines.borrow()[number].watcher;
        let closed = {
            let mut lines = self.lines.borrow_mut();
            let place = Place { watcher: watcher + 1, ..Place::new() };
            self.ends.lock().unwrap()[number] = place.line.far.clone();
            mem::replace(&mut lines[number], place)
        };
        let mut books = self.books.borrow_mut();
        books.closes += 1;
        closed.line.close(&mut books);
        if let Some(token) = late {
            books.removes += 1;
            if !events.remove(token) {
                books.fault("the token of a closed descriptor's watcher is unknown");
            }
        }
    }

    /// Nobody sends any more: each line is read to its end, and each timer is called.
    fn settle(self: &Rc<Self>, events: &Loop) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && !self.is_quiet() {
            for number in 0..LINES {
                if !self.lines.borrow()[number].is_armed {
                    self.remove(events, number);
                    self.watch(events, number);
                }
            }
            events.run_for(Duration::from_millis(1)).expect("a loop runs");
        }
        if !self.timers.are_over() {
            self.books.borrow_mut().fault("a timer was never called");
        }
        for number in 0..LINES {
            self.remove(events, number);
        }
        let mut books = self.books.borrow_mut();
        if !events.is_empty() {
            books.fault(format_args!("{} watchers are left", events.len()));
        }
        for place in self.lines.take() {
            place.line.settle(&mut books);
        }
    }

    fn is_quiet(&self) -> bool {
        self.timers.are_over() && self.lines.borrow().iter().all(|place| place.line.is_quiet())
    }
}
