//! Tables of their own, in sealed memory that is filled before it is given out.

use core::alloc::Layout;
use core::ptr::NonNull;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::arena::{Arena, Position};
use crate::checker::Tracked;
use crate::ended::Ended;
use crate::explore::{explore, run};
use crate::handle::Kind;
use crate::host::{Owner, Table, here, user_data_of};
use crate::settle::settle;
use crate::threads::{expect_fork, fork, spawn};

fn arena() -> Rc<Arena> {
    Rc::new(Arena::new(Layout::new::<[u64; 8]>(), true, false))
}

/// The numbers, each higher than the one before, that positions are filled with. The checker sees who writes and reads a
/// position.
#[derive(Clone)]
struct Numbers {
    next: Rc<Cell<u64>>,
    positions: Rc<RefCell<HashMap<usize, Rc<Tracked>>>>,
}

impl Numbers {
    fn new() -> Self {
        Numbers { next: Rc::new(Cell::new(1)), positions: Rc::default() }
    }

    fn tracked(&self, at: NonNull<u8>) -> Rc<Tracked> {
        let mut positions = self.positions.borrow_mut();
        positions.entry(at.addr().get()).or_insert_with(|| Rc::new(Tracked::new())).clone()
    }

    fn fill(&self) -> impl Fn(NonNull<u8>) -> bool + Clone + use<> {
        let numbers = self.clone();
        move |at| {
            numbers.tracked(at).write();
            // SAFETY: the position has room for a number.
            unsafe { at.cast::<u64>().write(numbers.next.get()) };
            numbers.next.set(numbers.next.get() + 1);
            true
        }
    }

    fn read(&self, position: &Position) -> u64 {
        self.tracked(position.table()).read();
        // SAFETY: a number was written there.
        unsafe { position.table().cast::<u64>().read() }
    }
}

/// FILLED: a position is given out once, whoever fills the chunk.
#[test]
fn two_that_take_a_table_get_different_ones() {
    explore(|| {
        let (arena, numbers) = (arena(), Numbers::new());
        let take = {
            let (arena, fill) = (arena.clone(), numbers.fill());
            move || arena.take(fill).map(|position| numbers.read(&position))
        };
        let other = spawn(take.clone());
        let own = [take.clone()(), take()];
        let other = other.join().unwrap();
        let mut all = [own[0], own[1], other];
        all.sort_unstable();
        assert!(all[0].is_some() && all[0] != all[1] && all[1] != all[2], "{all:?}");
    });
}

/// FILLED: who is delayed takes nothing that was filled a round before, where a chunk could be filled in part only.
#[test]
fn what_was_not_filled_this_time_is_not_given_out() {
    explore(|| {
        let (arena, numbers) = (arena(), Numbers::new());
        let fill = numbers.fill();
        let [one, other] = [arena.take(&fill).unwrap(), arena.take(&fill).unwrap()];
        let taker = spawn({
            let (arena, numbers) = (arena.clone(), numbers.clone());
            move || arena.take(|_| false).map(|position| numbers.read(&position))
        });
        arena.give_back(one);
        arena.give_back(other);
        // There is a handle for one position only.
        let first = numbers.next.get();
        let third = arena
            .take(|at| numbers.next.get() == first && fill(at))
            .map(|position| numbers.read(&position));
        let theirs = taker.join().unwrap();
        for taken in [third, theirs].into_iter().flatten() {
            assert_eq!(taken, first, "given out without being filled");
        }
        assert!(third.is_none() || theirs.is_none());
    });
}

/// FILLED: a chunk is filled again when all its positions are back, and not before.
#[test]
fn a_table_is_written_again_when_its_whole_chunk_is_back() {
    explore(|| {
        let (arena, numbers) = (arena(), Numbers::new());
        let fill = numbers.fill();
        let [one, other] = [arena.take(&fill).unwrap(), arena.take(&fill).unwrap()];
        let giver = spawn({
            let (arena, numbers) = (arena.clone(), numbers.clone());
            move || {
                assert_eq!(numbers.read(&one), 2, "written while somebody had it");
                arena.give_back(one);
            }
        });
        arena.give_back(other);
        let third = arena.take(&fill).unwrap();
        assert!(numbers.read(&third) > 2, "given out without being filled");
        giver.join();
        arena.give_back(third);
    });
}

/// Of two that give back the last positions, one makes the chunk idle.
#[test]
fn a_chunk_is_idle_once() {
    explore(|| {
        let (arena, numbers) = (arena(), Numbers::new());
        let fill = numbers.fill();
        let [one, other] = [arena.take(&fill).unwrap(), arena.take(&fill).unwrap()];
        let giver = spawn({
            let arena = arena.clone();
            move || arena.give_back(one)
        });
        arena.give_back(other);
        giver.join();
        let again = [(); 4].map(|()| arena.take(&fill).unwrap());
        let mut tables = again.map(|position| position.table());
        assert!(tables.contains(&one.table()) && tables.contains(&other.table()));
        tables.sort_unstable();
        assert!(tables.windows(2).all(|two| two[0] != two[1]), "a position was given out twice");
    });
}

/// Who waits for a chunk to be filled takes of that one, and it comes back whole.
#[test]
fn two_that_take_a_table_share_a_chunk() {
    explore(|| {
        let (arena, numbers) = (arena(), Numbers::new());
        let take = {
            let (arena, fill) = (arena.clone(), numbers.fill());
            move || arena.take(fill).unwrap()
        };
        let other = spawn(take.clone());
        let own = take();
        let other = other.join().unwrap();
        let distance = own.table().addr().get().abs_diff(other.table().addr().get());
        assert_eq!(distance, arena.stride());
    });
}

/// Two chunks that become idle at the same time are both used again.
#[test]
fn chunks_that_are_idle_at_once_are_used_again() {
    explore(|| {
        let (arena, numbers) = (arena(), Numbers::new());
        let fill = numbers.fill();
        let all = [(); 4].map(|()| arena.take(&fill).unwrap());
        let tables = all.map(|position| position.table());
        arena.give_back(all[0]);
        arena.give_back(all[2]);
        let giver = spawn({
            let arena = arena.clone();
            move || arena.give_back(all[1])
        });
        arena.give_back(all[3]);
        let take = || arena.take(&fill).unwrap().table();
        // One of them is idle by now, or both are.
        let first = [take(), take()];
        giver.join();
        let then = [take(), take()];
        let is_old = |table| tables.contains(table);
        assert!(first.iter().chain(&then).all(is_old), "a chunk was lost");
    });
}

/// A lost thread may have the lock.
#[test]
fn a_child_does_not_wait_for_the_lock_of_a_lost_thread() {
    explore(|| {
        let (arena, numbers) = (arena(), Numbers::new());
        let fill = numbers.fill();
        expect_fork();
        spawn({
            let (arena, fill) = (arena.clone(), fill.clone());
            move || arena.take(fill).is_some()
        });
        fork();
        assert!(arena.take(&fill).is_some());
        settle();
        assert!(arena.take(&fill).is_some());
    });
}

/// A chunk of which nothing could be filled is tried again.
#[test]
fn a_chunk_that_could_not_be_filled_is_not_lost() {
    run(|| {
        let (arena, numbers) = (arena(), Numbers::new());
        let fill = numbers.fill();
        let all = [(); 2].map(|()| arena.take(&fill).unwrap());
        all.into_iter().for_each(|position| arena.give_back(position));
        assert!(arena.take(|_| false).is_none());
        let again = arena.take(&fill).unwrap().table();
        assert!(all.iter().any(|position| position.table() == again));
    });
}

#[test]
fn the_oldest_idle_chunk_is_used_first() {
    run(|| {
        let (arena, numbers) = (arena(), Numbers::new());
        let fill = numbers.fill();
        let all = [(); 6].map(|()| arena.take(&fill).unwrap());
        let tables = all.map(|position| position.table());
        // The second chunk becomes idle first, then the first, then the third.
        for n in [2, 3, 0, 1, 4, 5] {
            arena.give_back(all[n]);
        }
        let take = || arena.take(&fill).unwrap();
        let again = [(); 4].map(|()| take());
        assert_eq!(again.map(|one| one.table()), [2, 3, 0, 1].map(|n: usize| tables[n]));
        // The third is idle still; the second comes back, and is behind it.
        arena.give_back(again[0]);
        arena.give_back(again[1]);
        let last = [(); 4].map(|()| take());
        assert_eq!(last.map(|one| one.table()), [4, 5, 2, 3].map(|n: usize| tables[n]));
        assert!([take(), take()].iter().all(|one| !tables.contains(&one.table())));
    });
}

fn release(owner: Owner) {
    // SAFETY: no C reads the table.
    let _ = unsafe { owner.into_inner().release(here()) };
}

fn handle_in(owner: &Owner) -> usize {
    user_data_of(owner.table())
}

/// A registration with a table of its own finds its handle there, whoever holds and releases at the same time.
#[test]
fn each_registration_finds_its_handle_in_its_table() {
    explore(|| {
        let hold = || {
            if let Some((table, owner)) = Table::with_own_table(Kind::Shared) {
                assert_eq!(handle_in(&owner), table.handle.user_data());
                assert!(table.call());
                release(owner);
                assert_eq!(table.host.ended(), 1);
            }
        };
        let other = spawn(hold);
        hold();
        other.join();
    });
}

/// A table is used again only when C has given its claim up, even though its slot is.
#[test]
fn a_table_that_c_may_read_is_not_written_again() {
    run(|| {
        let (table, owner) = Table::with_own_table(Kind::Shared).unwrap();
        let handle = handle_in(&owner);
        let at = owner.table();
        assert!(matches!(owner.take(here()), crate::owned::Taken::Value(_)));
        table.note_taken();
        owner.into_inner().give_back();
        table.assert_free();
        for _ in 0..6 {
            let Some((_, owner)) = Table::with_own_table(Kind::Shared) else { break };
            assert_ne!(owner.table(), at);
            release(owner);
        }
        assert_eq!(user_data_of(at), handle);
    });
}

/// The tables of registrations that were released are used again, a chunk at a time.
#[test]
fn the_tables_of_released_registrations_are_used_again() {
    run(|| {
        let tables = [(); 3].map(|()| {
            let (_table, owner) = Table::with_own_table(Kind::Shared).unwrap();
            let at = owner.table();
            // SAFETY: no C has anything but a number, and each is refused.
            assert_eq!(unsafe { owner.into_inner().release(here()) }, Ended::Now);
            at
        });
        assert!(tables[..2].contains(&tables[2]), "{tables:?}");
    });
}
