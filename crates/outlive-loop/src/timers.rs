//! The watchers that wait for a time.
//!
//! The clock is read once for many callbacks. A time that starts in a callback is counted from the next reading
//! after that, so that no timer is early; until then its watcher is in `started`. A time that starts again at each call
//! costs no change of the heap: its watcher stays there under the old time, and is moved when that comes.

use std::time::Duration;

use crate::clock::{Clock, NEVER, Nanos, nanos};
use crate::heap::{Due, Heap};

/// As many may have started before the clock is read for them.
const STARTED_AT_MOST: usize = 4096;

/// What is known of a watcher's time, by its index.
#[derive(Clone, Copy)]
struct Timer {
    /// How long it waits; `NEVER` if it has no time.
    time: Nanos,
    /// When its time is up, unless it has started again since.
    deadline: Nanos,
    /// Its place in the heap, where it is under `deadline` or an earlier time.
    place: Option<u32>,
    /// It has started, and the clock has not been read since.
    has_started: bool,
}

const NONE: Timer = Timer { time: NEVER, deadline: NEVER, place: None, has_started: false };

pub(crate) struct Timers {
    clock: Clock,
    timers: Vec<Timer>,
    heap: Heap,
    started: Vec<u32>,
    /// Goes up, so that those of one time come in the order of their starts.
    order: u32,
}

impl Timers {
    pub(crate) fn new() -> Self {
        let (timers, heap, started) = (Vec::new(), Heap::default(), Vec::new());
        Timers { clock: Clock::new(), timers, heap, started, order: 0 }
    }

    pub(crate) fn now(&self) -> Nanos {
        self.clock.now()
    }

    /// Whether no time runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.heap.is_empty() && self.started.is_empty()
    }

    /// Sets how long a watcher waits, which does not start by that.
    pub(crate) fn set(&mut self, index: u32, time: Option<Duration>) {
        self.stop(index);
        let place = index as usize;
        if place >= self.timers.len() {
            if time.is_none() {
                return;
            }
            self.timers.resize(place + 1, NONE);
        }
        self.timers[place].time = time.map_or(NEVER, nanos);
    }

    /// Starts the watcher's time, or starts it again, if it has one.
    pub(crate) fn start(&mut self, index: u32) {
        let Some(timer) = self.timers.get_mut(index as usize) else { return };
        if timer.time == NEVER || timer.has_started {
            return;
        }
        timer.has_started = true;
        self.started.push(index);
        if self.started.len() >= STARTED_AT_MOST {
            self.settle();
        }
    }

    /// Reads the clock for all that have started, if any have.
    pub(crate) fn settle(&mut self) {
        if !self.started.is_empty() {
            self.count_from(self.now());
        }
    }

    pub(crate) fn stop(&mut self, index: u32) {
        let Some(timer) = self.timers.get_mut(index as usize) else { return };
        timer.has_started = false;
        if let Some(place) = timer.place.take() {
            self.heap.remove(place, note(&mut self.timers));
        }
    }

    /// When to look next: not after the first time is up, and before that at most once for each start. All that have
    /// started are counted from `now`, which has been read since.
    pub(crate) fn next(&mut self, now: Nanos) -> Option<Nanos> {
        self.count_from(now);
        self.heap.first().map(|first| first.at)
    }

    /// Takes the first whose time was up at `now`. Not those that have started since: they wait for the next turn.
    pub(crate) fn take_due(&mut self, now: Nanos) -> Option<u32> {
        loop {
            let index = self.heap.first().filter(|first| first.at <= now)?.index;
            let timer = self.timers[index as usize];
            if timer.has_started {
                self.unqueue(index); // until the clock has been read
            } else if timer.deadline > now {
                self.queue(index);
            } else {
                self.unqueue(index);
                return Some(index);
            }
        }
    }

    fn count_from(&mut self, now: Nanos) {
        let mut started = std::mem::take(&mut self.started);
        for index in started.drain(..) {
            let timer = &mut self.timers[index as usize];
            if !std::mem::take(&mut timer.has_started) {
                continue; // it was stopped
            }
            // At least a nanosecond: what has started in this turn is not due in it.
            timer.deadline = now.saturating_add(timer.time.max(1));
            let is_early_enough = |place: u32| self.heap.at(place) <= timer.deadline;
            if !timer.place.is_some_and(is_early_enough) {
                self.queue(index);
            }
        }
        self.started = started;
    }

    /// Puts a watcher into the heap under its deadline, wherever it was.
    fn queue(&mut self, index: u32) {
        let Timer { deadline: at, place, .. } = self.timers[index as usize];
        let due = Due { at, order: self.order, index };
        self.order = self.order.wrapping_add(1);
        match place {
            Some(place) => self.heap.replace(place, due, note(&mut self.timers)),
            None => self.heap.push(due, note(&mut self.timers)),
        }
    }

    fn unqueue(&mut self, index: u32) {
        if let Some(place) = self.timers[index as usize].place.take() {
            self.heap.remove(place, note(&mut self.timers));
        }
    }
}

fn note(timers: &mut [Timer]) -> impl FnMut(u32, u32) {
    |index, place| timers[index as usize].place = Some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Timers of so many nanoseconds each, started.
    fn of(times: &[u64]) -> Timers {
        let mut timers = Timers::new();
        for (index, time) in times.iter().enumerate() {
            timers.set(index as u32, Some(Duration::from_nanos(*time)));
            timers.start(index as u32);
        }
        timers
    }

    #[test]
    fn what_starts_is_counted_from_the_next_reading() {
        let mut timers = of(&[100]);
        assert_eq!(timers.take_due(1000), None, "it has only started");
        assert_eq!(timers.next(1000), Some(1100));
        assert_eq!(timers.take_due(1099), None);
        assert_eq!(timers.take_due(1100), Some(0));
        assert!(timers.is_empty());
    }

    #[test]
    fn what_starts_again_is_moved_when_its_old_time_comes() {
        let mut timers = of(&[100, 150]);
        assert_eq!(timers.next(0), Some(100));
        timers.start(0);
        assert_eq!(timers.next(90), Some(100), "there is to look then");
        assert_eq!(timers.take_due(100), None);
        assert_eq!(timers.next(100), Some(150), "the other is under 190 now");
        assert_eq!(timers.take_due(200), Some(1));
        timers.start(0);
        assert_eq!(timers.take_due(240), None, "it starts once more, and nobody knows when");
        assert_eq!(timers.next(250), Some(350));
    }

    #[test]
    fn a_shorter_time_comes_earlier() {
        let mut timers = of(&[100, 50]);
        assert_eq!(timers.next(0), Some(50));
        timers.set(0, Some(Duration::from_nanos(10)));
        timers.start(0);
        assert_eq!(timers.next(1), Some(11));
        timers.set(0, None);
        timers.start(0);
        assert_eq!(timers.next(2), Some(50));
    }

    #[test]
    fn those_of_one_time_come_in_the_order_of_their_starts() {
        let mut timers = of(&[5; 100]);
        timers.stop(50);
        timers.next(0);
        let due: Vec<u32> = std::iter::from_fn(|| timers.take_due(5)).collect();
        assert_eq!(due, (0..100).filter(|index| *index != 50).collect::<Vec<_>>());
    }

    #[test]
    fn what_comes_and_goes_without_a_turn_takes_no_memory_for_ever() {
        let mut timers = of(&[1]);
        for _ in 0..10 * STARTED_AT_MOST {
            timers.set(0, Some(Duration::from_secs(1)));
            timers.start(0);
            timers.stop(0);
        }
        assert!(timers.started.len() <= STARTED_AT_MOST);
    }
}
