//! The ring of incidents, with two entries.

use std::rc::Rc;

use crate::checker::thread::yield_now;
use crate::explore::explore;
use crate::ring::Ring;
use crate::threads::spawn;

type Two = Rc<Ring<u32, 2>>;

fn rest(ring: &Two) -> Vec<u32> {
    let mut rest: Vec<u32> = core::iter::from_fn(|| ring.pop()).collect();
    rest.sort_unstable();
    rest
}

/// TURN: two calls that report at once do not write into one entry.
#[test]
fn two_that_push_at_once_are_both_kept() {
    explore(|| {
        let ring: Two = Rc::new(Ring::new());
        let other = spawn({
            let ring = ring.clone();
            move || assert!(ring.push(1))
        });
        assert!(ring.push(2));
        other.join();
        assert_eq!(rest(&ring), [1, 2]);
    });
}

/// TURN: what is popped was pushed, whole, and once.
#[test]
fn a_value_is_popped_whole_and_once() {
    explore(|| {
        let ring: Two = Rc::new(Ring::new());
        let pusher = spawn({
            let ring = ring.clone();
            move || assert!(ring.push(1) && ring.push(2))
        });
        let mut seen = Vec::new();
        while seen.len() < 2 {
            // A look that finds nothing, and no more, would not make loom try another order.
            seen.extend(ring.pop().or_else(|| {
                yield_now();
                None
            }));
        }
        pusher.join();
        assert_eq!(seen, [1, 2]);
    });
}

/// TURN: two on the host's side share what there is.
#[test]
fn two_that_pop_at_once_get_different_values() {
    explore(|| {
        let ring: Two = Rc::new(Ring::new());
        assert!(ring.push(1) && ring.push(2));
        let other = spawn({
            let ring = ring.clone();
            move || ring.pop()
        });
        let own = ring.pop();
        let mut seen = [own, other.join().unwrap()];
        seen.sort_unstable();
        assert_eq!(seen, [Some(1), Some(2)]);
    });
}

/// TURN: an entry is written again when its value is out, not before. A push finds room or says that there is none.
#[test]
fn an_entry_is_used_again_when_its_value_is_out() {
    explore(|| {
        let ring: Two = Rc::new(Ring::new());
        assert!(ring.push(1) && ring.push(2));
        let pusher = spawn({
            let ring = ring.clone();
            move || ring.push(3)
        });
        assert_eq!(ring.pop(), Some(1));
        let pushed = pusher.join().unwrap();
        assert_eq!(rest(&ring), if pushed { vec![2, 3] } else { vec![2] });
    });
}

/// A ring that is full says so, and one that is empty too.
#[test]
fn a_full_ring_takes_nothing_more() {
    crate::explore::run(|| {
        let ring: Two = Rc::new(Ring::new());
        assert_eq!((ring.pop(), ring.len()), (None, 0));
        assert!(ring.push(1) && ring.push(2) && !ring.push(3));
        assert_eq!(ring.len(), 2);
        assert_eq!(rest(&ring), [1, 2]);
        assert!(ring.push(4));
        assert_eq!(rest(&ring), [4]);
    });
}
