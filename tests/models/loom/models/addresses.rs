//! Tables that are found by their own address: who looks at one while its memory is made, given out and used again.

use core::alloc::Layout;
use core::ptr::NonNull;
use std::rc::Rc;

use crate::arena::Arena;
use crate::chunks::{ALL_CHUNKS, Found, put_handle};
use crate::ended::Ended;
use crate::explore::{explore, run};
use crate::handle::{Handle, Kind};
use crate::host::{Owner, Table, here};
use crate::limits::CHUNK_BYTES;
use crate::settle::settle;
use crate::threads::{die, expect_fork, fork, spawn};

/// Two tables to a chunk.
fn arena() -> Rc<Arena> {
    Rc::new(Arena::new(Layout::new::<[u64; 4]>(), true, true))
}

fn handle() -> Handle {
    Handle::new(1, 7, Kind::Shared)
}

/// The address of a table, with the handle of the models before it.
fn take(arena: &Arena) -> Option<usize> {
    let fill = |table: NonNull<u8>| {
        // SAFETY: it is a table of a chunk that is filled.
        unsafe { put_handle(table, handle()) };
        true
    };
    Some(arena.take(fill)?.table().addr().get())
}

/// The entry of a chunk is written before anybody reads it.
#[test]
fn an_address_in_a_chunk_that_is_being_made_is_that_of_a_table_or_of_nothing() {
    explore(|| {
        let first = take(&arena()).unwrap();
        let looks = spawn(move || {
            let seen = ALL_CHUNKS.find(first + CHUNK_BYTES);
            let is_table = matches!(seen, Found::Table(_));
            assert!(is_table || seen == Found::Nothing, "{seen:?}");
            assert_eq!(ALL_CHUNKS.find(first), Found::Table(handle()));
        });
        let second = take(&arena()).unwrap();
        assert_eq!(second, first + CHUNK_BYTES);
        looks.join();
        assert_eq!(ALL_CHUNKS.find(second), Found::Table(handle()));
    });
}

#[test]
fn two_that_make_a_chunk_get_different_ones() {
    explore(|| {
        let other = spawn(|| take(&arena()).unwrap());
        let own = take(&arena()).unwrap();
        let other = other.join().unwrap();
        assert!(own.abs_diff(other) >= CHUNK_BYTES, "{own:#x} {other:#x}");
        assert_eq!(ALL_CHUNKS.find(own), Found::Table(handle()));
        assert_eq!(ALL_CHUNKS.find(other), Found::Table(handle()));
    });
}

/// A lost thread may have the lock.
#[test]
fn a_child_does_not_wait_for_a_lost_thread_that_makes_a_chunk() {
    explore(|| {
        expect_fork();
        spawn(|| take(&arena()).is_some());
        fork();
        let own = take(&arena()).unwrap();
        settle();
        assert_eq!(ALL_CHUNKS.find(own), Found::Table(handle()));
    });
}

#[test]
fn nobody_waits_for_a_thread_that_is_gone_while_it_fills_a_chunk() {
    explore(|| {
        let arena = arena();
        let lost = spawn({
            let arena = arena.clone();
            move || arena.take(|_| die()).is_some()
        });
        let own = take(&arena).unwrap();
        assert_eq!(ALL_CHUNKS.find(own), Found::Table(handle()));
        lost.join();
        assert_ne!(take(&arena), Some(own));
    });
}

#[test]
fn when_all_chunks_are_made_there_are_no_more() {
    run(|| {
        let all = [(); 5].map(|()| take(&arena()));
        assert!(all[..4].iter().all(Option::is_some) && all[4].is_none(), "{all:?}");
    });
}

fn release(owner: Owner) {
    // SAFETY: C calls late on purpose; its memory stays.
    assert_eq!(unsafe { owner.into_inner().release(here()) }, Ended::Now);
}

/// G5: a call with an address reaches who has the table, or is refused, also while the memory is used again.
#[test]
fn a_call_by_address_reaches_who_has_the_table_or_nobody() {
    explore(|| {
        let (first, owner) = Table::by_address(Kind::Shared).unwrap();
        let address = owner.table().addr().get();
        let host = |table: &Table| core::ptr::from_ref(&*table.host).addr();
        assert_eq!(Table::call_at(address), Some(host(&first)));
        let (_other, rest) = Table::by_address(Kind::Shared).unwrap();
        let late = spawn(move || Table::call_at(address));
        release(owner);
        // Nobody has a table of the chunk any more, so that the next one fills it again; unless the late call has a
        // slot's release still before it.
        release(rest);
        let (second, owner) = Table::by_address(Kind::Shared).unwrap();
        assert_eq!(Table::call_at(owner.table().addr().get()), Some(host(&second)));
        let reached = late.join().unwrap();
        let known = [None, Some(host(&first)), Some(host(&second))];
        assert!(known.contains(&reached), "{reached:?}");
        release(owner);
    });
}
