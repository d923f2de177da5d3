//! `state = table`: C passes the table's own address, which leads to the host value.
//!
//! Caught when taken out: the look at the chunk's entry (its stride, its length), the handle before a table, the seal
//! of its memory, the offset, the generation and the type of the handle, the order in which memory is used again.

use core::cell::Cell;
use core::ffi::{c_int, c_long};
use core::mem::offset_of;
use core::ptr::{self, null_mut, without_provenance_mut};
use std::collections::HashSet;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use outlive::{Call, Callbacks, Ended, Held, IncidentKind, Threads, WithError, callbacks};
use outlive_tests::host::{Door, Drops, Witness};
#[cfg(unix)]
use outlive_tests::process::in_forked_child;
use outlive_tests::process::{Status, scene, write_in_child};
use outlive_tests::sys::{
    filter, filter_call, filter_drop, filter_drop_at_once, filter_drop_on_thread, filter_feed,
    filter_feed_as, filter_feed_copy, filter_feed_on_thread, filter_keep, filter_mix, filter_node,
    filter_push, filter_underrun, filter_visit, filter_walk,
};
use outlive_tests::wait::{self, without_deadlock};
use outlive_tests::{incidents, ways};

type Feed = Box<dyn Fn(&Call<'_>, c_int) -> c_int + Send + Sync>;

/// A filter whose `feed` is the closure.
struct Filter(Feed);

#[callbacks(filter, state = table, constant(version = 3))]
impl Filter {
    #[callback(fallback = -1)]
    fn feed(&self, call: &Call<'_>, value: c_int) -> c_int {
        (self.0)(call, value)
    }

    #[callback(fallback = -1, table = 1)]
    fn mix(&self, call: &Call<'_>, left: c_int, right: c_int) -> c_int {
        (self.0)(call, 10 * left + right)
    }
}

/// A filter whose `drop` is C's last call.
struct Dropped(c_int, #[expect(dead_code, reason = "it tells of the drop")] Witness);

#[callbacks(filter, state = table)]
impl Dropped {
    #[callback(fallback = -1)]
    fn feed(&self, value: c_int) -> c_int {
        self.0 + value
    }

    #[callback(unsafe(last), fallback = -2)]
    fn drop(&self) -> c_int {
        self.0
    }
}

/// A filter that lends to C by `feed`, and has it back by `mix`; it says how much C has then.
struct Lending(AtomicI32, #[expect(dead_code, reason = "it tells of the drop")] Witness);

#[callbacks(filter, state = table, keep = release)]
impl Lending {
    #[callback(fallback = -1)]
    fn feed(&self, value: c_int) -> c_int {
        self.0.fetch_add(value, Ordering::Relaxed) + value
    }

    #[callback(takes_back, fallback = -2, table = 1)]
    fn mix(&self, left: c_int, right: c_int) -> c_int {
        self.0.fetch_sub(left + right, Ordering::Relaxed) - left - right
    }

    #[callback(unsafe(last), fallback = -3)]
    fn drop(&self) -> c_int {
        self.0.load(Ordering::Relaxed)
    }
}

/// A node, which C links and finds by its link.
struct Node(c_int);

#[callbacks(
    filter_node,
    state = table,
    table_offset = -offset_of!(filter_node, link),
    written_by_c(link)
)]
impl Node {
    #[callback(fallback = -1)]
    fn visit(&self, value: c_int) -> c_int {
        self.0 + value
    }
}

fn adding(id: c_int) -> Filter {
    Filter(Box::new(move |_, value| id + value))
}

/// What C keeps of a filter.
#[derive(Clone, Copy)]
struct Kept(*mut filter);

// SAFETY: C's threads may have it.
unsafe impl Send for Kept {}
// SAFETY: as above.
unsafe impl Sync for Kept {}

impl Kept {
    fn of<T: Callbacks<Table = filter> + 'static, K: Threads>(held: &Held<T, K>) -> Self {
        Kept(held.as_ptr())
    }

    fn feed(self, value: c_int) -> c_int {
        // SAFETY: the memory of a table is never unmapped.
        unsafe { filter_feed(self.0, value) }
    }

    fn feed_on_thread(self, value: c_int) -> c_int {
        // SAFETY: as above.
        unsafe { filter_feed_on_thread(self.0, value) }
    }

    fn mix(self, left: c_int, right: c_int) -> c_int {
        // SAFETY: as above.
        unsafe { filter_mix(self.0, left, right) }
    }

    fn drop(self) -> c_int {
        // SAFETY: as above.
        unsafe { filter_drop(self.0) }
    }

    /// C calls the function of this filter with another address.
    fn feed_as(self, address: usize, value: c_int) -> c_int {
        // SAFETY: as above; the address may be anything.
        unsafe { filter_feed_as(self.0, without_provenance_mut(address), value) }
    }

    fn address(self) -> usize {
        self.0.addr()
    }
}

/// What is said of the refusal when C passes `address` for the table of `kept`. C calls until it is said: while other tests
/// cause many incidents, there may be no room for one more.
fn said_of(kept: Kept, address: usize) -> String {
    let told = format!("{address:#x} ");
    let mut said = None;
    wait::until(|| {
        assert_eq!(kept.feed_as(address, 1), -1);
        said = incidents::all().into_iter().find(|incident| {
            incident.kind() == IncidentKind::BadArgument && incident.to_string().contains(&told)
        });
        said.is_some()
    });
    said.unwrap().to_string()
}

#[test]
fn a_call_knows_the_table_that_it_came_by() {
    ways::on_both_ways(|| {
        let came_by = Arc::new(AtomicUsize::new(0));
        let noted = came_by.clone();
        let note = move |call: &Call<'_>, value| {
            noted.store(call.as_ptr().addr(), Ordering::Relaxed);
            value
        };
        let (held, other) =
            (Held::new(Filter(Box::new(note))).unwrap(), Held::new(adding(1)).unwrap());
        for feed in [Kept::feed, Kept::feed_on_thread] {
            assert_eq!((feed(Kept::of(&held), 7), feed(Kept::of(&other), 7)), (7, 8));
            assert_eq!(came_by.swap(0, Ordering::Relaxed), held.as_ptr().addr());
        }
    });
}

#[test]
fn the_address_of_the_table_leads_to_the_value() {
    ways::on_both_ways(|| {
        let (one, other) = (Held::new(adding(100)).unwrap(), Held::new(adding(200)).unwrap());
        let (of_one, of_other) = (Kept::of(&one), Kept::of(&other));
        assert_eq!((of_one.feed(1), of_other.feed(1)), (101, 201));
        assert_eq!((of_one.mix(2, 3), of_other.mix(2, 3)), (123, 223));
        assert_eq!((of_one.feed_on_thread(1), of_other.feed_on_thread(1)), (101, 201));
        // SAFETY: the table is alive.
        assert_eq!(unsafe { (*one.as_ptr()).version }, 3);
    });
}

/// G1, G2, G13: there is no limit, and none of them moves.
#[test]
fn thousands_of_tables_are_found_each() {
    let held: Vec<_> = (0..5000).map(|n| Held::new(adding(n)).unwrap()).collect();
    let kept: Vec<_> = held.iter().map(Kept::of).collect();
    assert_eq!(kept.iter().map(|kept| kept.address()).collect::<HashSet<_>>().len(), 5000);
    let moved: Vec<_> = held.into_iter().map(Box::new).collect();
    for (n, kept) in (0..).zip(&kept) {
        assert_eq!((kept.feed(7), kept.0), (n + 7, moved[n as usize].as_ptr()));
    }
}

/// G3.
#[test]
fn a_write_to_a_table_or_to_what_stands_before_it_stops_at_the_write() {
    const FAULT: Status = Status::Killed(libc::SIGSEGV);
    let held = Held::new(adding(0)).unwrap();
    let table = held.as_ptr();
    assert_eq!(write_in_child(table.cast()), FAULT);
    assert_eq!(write_in_child(table.wrapping_byte_sub(8).cast()), FAULT);
    assert!(held.inspect().is_intact());
    let _ = held.revoke();
    assert_eq!(write_in_child(table.cast()), FAULT);
}

/// G4, and a wait for a call that is inside.
#[test]
fn a_revoke_waits_for_the_call_inside_and_none_starts_after_it() {
    without_deadlock(|| {
        let (door, drops) = (Door::new(), Drops::default());
        let (inside, witness) = (door, drops.witness());
        let held = Held::new(Filter(Box::new(move |_, value| {
            if value == 5 {
                inside.enter();
            }
            witness.assert_alive();
            value
        })))
        .unwrap();
        let kept = Kept::of(&held);
        let call = std::thread::spawn(move || kept.feed(5));
        door.wait_for(1);
        let opener = std::thread::spawn(move || {
            wait::until(|| kept.feed(6) == -1);
            door.open();
        });
        assert_eq!((held.revoke(), drops.count()), (Ended::Now, 1));
        assert_eq!((call.join().unwrap(), kept.feed(7)), (5, -1));
        opener.join().unwrap();
    });
}

/// G5.
#[test]
fn a_late_call_is_refused_and_named() {
    ways::on_both_ways(|| {
        let held = Held::new(adding(100)).unwrap();
        let created = line!() - 1;
        let kept = Kept::of(&held);
        let _ = held.revoke();
        assert_eq!((kept.feed(1), kept.mix(1, 2), kept.feed_on_thread(1)), (-1, -1, -1));
        let late = incidents::of(held.id(), 3);
        assert!(late.iter().all(|incident| incident.kind() == IncidentKind::LateCall), "{late:?}");
        assert_eq!(late[0].created().unwrap().line(), created);
        assert_eq!((late[0].table(), late[1].callback()), ("filter", "mix"));
    });
}

/// G5: a released table's memory is used again when no table is left around it, and then the oldest first.
#[test]
fn a_late_call_after_the_release_reaches_no_other_table() {
    ways::on_both_ways(|| {
        let neighbour = Held::new(adding(0)).unwrap();
        let held = Held::new(adding(100)).unwrap();
        let kept = Kept::of(&held);
        // SAFETY: C calls late on purpose; a table of the same memory is not released.
        let _ = unsafe { held.release() };
        let others: Vec<_> = (0..200).map(|n| Held::new(adding(1000 + n)).unwrap()).collect();
        assert_eq!(kept.feed(1), -1);
        assert!((0..).zip(&others).all(|(n, other)| Kept::of(other).feed(1) == 1001 + n));
        drop(neighbour);
    });
}

#[test]
fn a_dropped_handle_leaves_the_table_and_refuses() {
    let drops = Drops::default();
    let witness = drops.witness();
    let held = Held::new(Filter(Box::new(move |_, value| {
        witness.assert_alive();
        value
    })))
    .unwrap();
    let kept = Kept::of(&held);
    drop(held);
    assert_eq!((drops.count(), kept.feed(1)), (1, -1));
}

#[test]
fn what_is_no_table_is_refused_and_named() {
    ways::on_both_ways(|| {
        let held = Held::new(adding(100)).unwrap();
        let kept = Kept::of(&held);
        let local = 0_u64;
        let local = ptr::from_ref(&local).addr();
        let far = [1 << 30, 1 << 34, 1 << 40].map(|distance| kept.address() + distance);
        for address in [local, usize::MAX, usize::MAX / 2, 64].into_iter().chain(far) {
            let said = said_of(kept, address);
            assert!(said.contains("is no table of filter"), "{said}");
        }
        // In the same chunk, behind its last table: at a distance at which tables stand, where no memory is.
        let behind = ((kept.address() + (1 << 15)) & !((1 << 15) - 1)) | (kept.address() % 64);
        assert!(said_of(kept, behind).contains("is no table of filter"));
        for past in [1, 4, 8, 24] {
            let said = said_of(kept, kept.address() + past);
            let words = format!("is no table, but at offset {past} from one");
            assert!(said.contains(&words), "{said}");
        }
        assert_eq!((kept.feed_as(0, 1), kept.feed(1)), (-1, 101));
        let is_null =
            |one: &outlive::Incident| one.to_string().contains("the table's address is NULL");
        wait::until(|| {
            let _ = kept.feed_as(0, 1);
            incidents::all().iter().any(is_null)
        });
    });
}

/// User data is no address: that of a table of this very type leads nowhere.
#[test]
fn the_handle_in_the_place_of_the_address_is_refused() {
    ways::on_both_ways(|| {
        let held = Held::new(adding(100)).unwrap();
        assert_eq!(Kept::of(&held).feed_as(held.id() as usize, 1), -1);
    });
}

#[test]
fn a_table_of_another_type_is_refused_and_named() {
    ways::on_both_ways(|| {
        let held = Held::new(adding(100)).unwrap();
        let other = Held::new(Dropped(7, Drops::default().witness())).unwrap();
        assert_eq!(Kept::of(&held).feed_as(Kept::of(&other).address(), 1), -1);
        let incident = incidents::only(other.id(), IncidentKind::BadArgument);
        assert!(incident.to_string().contains("the address is of filter, for"), "{incident}");
    });
}

#[test]
fn a_copy_of_the_table_leads_nowhere() {
    let held = Held::new(adding(100)).unwrap();
    // SAFETY: the table is alive.
    assert_eq!(unsafe { filter_feed_copy(held.as_ptr(), 1) }, -1);
    // SAFETY: as above.
    let feed = unsafe { filter_keep(held.as_ptr()) };
    // SAFETY: code is never unmapped.
    assert_eq!(unsafe { filter_call(feed, held.as_ptr(), 1) }, 101);
}

/// G6.
#[test]
fn a_call_ends_its_own_table_and_makes_others() {
    ways::on_both_ways(|| {
        let own = Arc::new(OnceLock::<Kept>::new());
        let inner = Arc::clone(&own);
        let held = Held::new(Filter(Box::new(move |call, value| {
            if value == 0 {
                let new = Held::new(adding(100)).unwrap();
                assert_eq!(Kept::of(&new).feed(1), 101);
                assert_eq!(inner.get().unwrap().feed(2), 2);
                assert_eq!(call.revoke(), Ended::Later);
                assert_eq!(inner.get().unwrap().feed(2), -1);
            }
            value
        })))
        .unwrap();
        let kept = *own.get_or_init(|| Kept::of(&held));
        assert_eq!((kept.feed(0), kept.feed(2)), (0, -1));
        assert_eq!(held.revoke(), Ended::Now);
    });
}

/// G7.
#[test]
fn a_panic_stays_home() {
    ways::on_both_ways(|| {
        let held = Held::new(Filter(Box::new(|_, value| [1, 2, 3][value as usize]))).unwrap();
        let kept = Kept::of(&held);
        assert_eq!((kept.feed(9), kept.feed(1)), (-1, 2));
        incidents::only(held.id(), IncidentKind::Panic);
    });
}

/// G8.
#[test]
fn an_exclusive_table_takes_one_call_at_a_time() {
    ways::on_both_ways(|| {
        let own = Arc::new(OnceLock::<Kept>::new());
        let inner = Arc::clone(&own);
        let held = Held::exclusive(Filter(Box::new(move |_, value| {
            if value == 0 { inner.get().unwrap().feed(1) } else { value }
        })))
        .unwrap();
        let kept = *own.get_or_init(|| Kept::of(&held));
        assert_eq!((kept.feed(0), kept.feed(1), kept.feed_on_thread(2)), (-1, 1, 2));
        incidents::only(held.id(), IncidentKind::ConcurrentCall);
    });
}

/// G8.
#[test]
fn a_local_table_takes_calls_on_its_own_thread() {
    struct Counting(Cell<c_int>);
    #[callbacks(filter, state = table)]
    impl Counting {
        #[callback(fallback = -1)]
        fn feed(&self, value: c_int) -> c_int {
            self.0.set(self.0.get() + value);
            self.0.get()
        }
    }
    ways::on_both_ways(|| {
        let held = Held::local(Counting(Cell::new(0))).unwrap();
        let kept = Kept::of(&held);
        assert_eq!((kept.feed(2), kept.feed_on_thread(3), kept.feed(4)), (2, -1, 6));
        incidents::only(held.id(), IncidentKind::WrongThread);
    });
}

/// G10.
#[test]
fn the_last_call_drops_the_value_once_and_gives_everything_back() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(Dropped(100, drops.witness())).unwrap();
        let id = held.id();
        let kept = held.hand_over(|held| Ok::<_, ()>(Kept::of(held))).unwrap();
        assert_eq!((kept.feed(1), kept.drop(), drops.count()), (101, 100, 1));
        wait::until(|| outlive::ledger().tables.iter().all(|entry| entry.id != id));
        assert_eq!((kept.drop(), kept.feed(1), drops.count()), (-2, -1, 1));
    });
}

#[test]
fn a_last_call_on_a_thread_of_cs_or_on_two_at_once_drops_the_value_once() {
    let drops = Drops::default();
    let give = || {
        let held = Held::new(Dropped(100, drops.witness())).unwrap();
        held.hand_over(|held| Ok::<_, ()>(Kept::of(held))).unwrap()
    };
    // SAFETY: the memory of a table is never unmapped.
    assert_eq!(unsafe { filter_drop_on_thread(give().0) }, 100);
    assert_eq!(drops.count(), 1);
    for n in 2..100 {
        // SAFETY: as above.
        let refused = unsafe { filter_drop_at_once(give().0) };
        assert!((0..=1).contains(&refused));
        wait::until(|| drops.count() == n);
        incidents::keep();
    }
}

/// G1, G4, G5: `keep = release`.
#[test]
fn what_was_lent_is_taken_back_by_the_tables_address_until_the_release() {
    ways::on_both_ways(|| {
        let drops = Drops::default();
        let held = Held::new(Lending(AtomicI32::new(0), drops.witness())).unwrap();
        let (id, kept) = (held.id(), Kept::of(&held));
        assert_eq!(kept.feed(5), 5);
        assert_eq!(held.revoke(), Ended::Serving);
        assert_eq!((kept.feed(1), kept.feed_on_thread(1), kept.mix(1, 2)), (-1, -1, 2));
        let late = incidents::of(id, 2);
        assert!(late.iter().all(|incident| incident.kind() == IncidentKind::LateCall), "{late:?}");
        assert_eq!((late[0].callback(), late.len(), drops.count()), ("feed", 2, 0));
        // SAFETY: C calls late on purpose; the memory of a table is never unmapped.
        assert_eq!(unsafe { held.release() }, Ended::Now);
        assert_eq!((kept.mix(1, 1), kept.drop(), kept.feed(1), drops.count()), (-2, -3, -1, 1));
    });
}

/// G10: `keep = release`.
#[test]
fn what_was_lent_is_taken_back_by_the_tables_address_until_the_last_call() {
    let drops = Drops::default();
    let held = Held::new(Lending(AtomicI32::new(0), drops.witness())).unwrap();
    let (id, kept) = (held.id(), Kept::of(&held));
    assert_eq!((kept.feed(5), held.revoke()), (5, Ended::Serving));
    drop(held);
    assert_eq!((kept.feed(1), kept.mix(1, 2), drops.count()), (-1, 2, 0));
    assert_eq!((kept.drop(), drops.count()), (2, 1));
    wait::until(|| outlive::ledger().tables.iter().all(|entry| entry.id != id));
    assert_eq!((kept.mix(1, 1), kept.drop(), drops.count()), (-2, -3, 1));
}

/// A last call with the address of another type's table is not that table's.
#[test]
fn a_last_call_of_another_type_ends_nothing() {
    let drops = Drops::default();
    let (held, other) =
        (Held::new(Dropped(100, drops.witness())).unwrap(), Held::new(adding(200)).unwrap());
    // SAFETY: the table is alive.
    let last = unsafe { (*held.as_ptr()).drop }.unwrap();
    // SAFETY: any address is refused that is not of its type.
    assert_eq!(unsafe { last(other.as_ptr()) }, -2);
    // SAFETY: as above.
    assert_eq!(unsafe { last(null_mut()) }, -2);
    assert_eq!((Kept::of(&other).feed(1), drops.count()), (201, 0));
}

/// FILLED: memory is used again when all the tables around it have been given back, the oldest first.
#[test]
fn memory_is_used_again_and_leads_to_the_table_that_has_it() {
    struct Own(c_int);
    #[callbacks(filter, state = table)]
    impl Own {
        #[callback(fallback = -1)]
        fn feed(&self, value: c_int) -> c_int {
            self.0 + value
        }
    }
    let mut addresses = HashSet::new();
    let mut first = None;
    for n in 0..1000 {
        let held = Held::new(Own(n)).unwrap();
        let kept = Kept::of(&held);
        assert_eq!(kept.feed(7), n + 7);
        let stale = *first.get_or_insert(kept);
        incidents::keep();
        assert_eq!(stale.feed(7), if stale.0 == kept.0 { n + 7 } else { -1 }, "{n}");
        addresses.insert(kept.address());
        // SAFETY: C has forgotten it, or calls late on purpose.
        let _ = unsafe { held.release() };
    }
    assert!((1..=64).contains(&addresses.len()), "{}", addresses.len());
}

#[test]
fn the_value_is_taken_out_and_the_table_is_not_used_again() {
    ways::on_both_ways(|| {
        let held = Held::new(Node(5)).unwrap();
        let table = held.as_ptr();
        let Node(value) = held.into_inner().unwrap();
        let others: Vec<_> = (0..200).map(|n| Held::new(Node(n)).unwrap()).collect();
        // SAFETY: the memory of a table is never unmapped.
        assert_eq!((value, unsafe { filter_visit(table, 1) }), (5, -1));
        assert!(others.iter().all(|other| other.as_ptr() != table));
    });
}

#[test]
fn the_host_reaches_its_value_and_leaks_it() {
    let held = Held::new(Node(5)).unwrap();
    assert_eq!(held.with(|node| node.0), Ok(5));
    let _ = held.revoke();
    assert_eq!(held.with(|node| node.0), Err(WithError::Closed));
    let kept = Held::new(Node(6)).unwrap();
    let table = kept.as_ptr();
    let leaked = kept.leak().unwrap();
    // SAFETY: it is leaked.
    assert_eq!((leaked.0, unsafe { filter_visit(table, 1) }), (6, 7));
}

#[test]
fn a_part_of_the_table_leads_to_it() {
    ways::on_both_ways(|| {
        let nodes: Vec<_> = (1..=3).map(|n| Held::new(Node(n * 100)).unwrap()).collect();
        let mut list = null_mut();
        for node in &nodes {
            // SAFETY: the nodes live, and C may write their links.
            list = unsafe { filter_push(node.as_ptr(), list) };
        }
        // SAFETY: as above.
        assert_eq!(unsafe { filter_walk(list, 1) }, 603);
        for node in &nodes {
            // SAFETY: C is not writing.
            let seen: c_long = unsafe { (*node.as_ptr()).link.seen };
            assert!(seen == 1 && node.inspect().is_intact());
        }
        // SAFETY: the table is alive.
        let visit = unsafe { (*nodes[0].as_ptr()).visit }.unwrap();
        // SAFETY: NULL is refused.
        assert_eq!(unsafe { visit(null_mut(), 1) }, -1);
    });
}

#[test]
fn what_contains_the_table_leads_to_it() {
    /// C's own, with a table that is ours in the middle; nothing of it but the address is used.
    #[repr(C)]
    struct outer {
        before: [u8; 40],
        table: inner,
    }
    #[repr(C)]
    struct inner {
        get: Option<unsafe extern "C" fn(value: c_int, outer: *const outer) -> c_int>,
    }
    struct Host(c_int);
    #[callbacks(inner, state = table, table = last, table_offset = offset_of!(outer, table))]
    impl Host {
        #[callback(fallback = -1)]
        fn get(&self, value: c_int) -> c_int {
            self.0 + value
        }
    }
    let held = Held::new(Host(100)).unwrap();
    // SAFETY: the table is alive.
    let get = unsafe { (*held.as_ptr()).get }.unwrap();
    let container = held.as_ptr().wrapping_byte_sub(40).cast::<outer>();
    // SAFETY: nothing is read through it.
    assert_eq!(unsafe { get(1, container) }, 101);
    // SAFETY: as above.
    assert_eq!(unsafe { get(1, held.as_ptr().cast()) }, -1);
}

/// C may write into such memory, and has no business before a table. What it writes there is a number, as user data is.
#[test]
fn what_c_writes_before_a_table_is_refused_and_reaches_no_value() {
    ways::on_both_ways(|| {
        let (node, other) = (Held::new(Node(100)).unwrap(), Held::new(Node(200)).unwrap());
        let filter = Held::new(adding(300)).unwrap();
        // SAFETY: the table is alive.
        let visit = || unsafe { filter_visit(node.as_ptr(), 1) };
        // SAFETY: the word before a table is mapped, and what it holds is checked.
        let write = |word| unsafe { filter_underrun(node.as_ptr(), word) };
        let before = write(0);
        for wrong in [0, 1, usize::MAX, before ^ 1 << 32, filter.id() as usize] {
            write(wrong);
            assert_eq!(visit(), -1, "{wrong:#x}");
        }
        write(before);
        // SAFETY: as above.
        assert_eq!((visit(), unsafe { filter_visit(other.as_ptr(), 1) }), (101, 201));
    });
}

/// G8: in a child the tables of the parent are found, and its own are made.
#[test]
#[cfg(unix)]
fn a_child_calls_ends_and_makes_tables() {
    let (held, other) = (Held::new(adding(100)).unwrap(), Held::new(adding(200)).unwrap());
    let (kept, of_other) = (Kept::of(&held), Kept::of(&other));
    assert_eq!(kept.feed(1), 101);
    let status = in_forked_child(|| {
        assert_eq!((kept.feed(1), of_other.feed_on_thread(1)), (101, 201));
        let made: Vec<_> = (0..200).map(|n| Held::new(adding(n)).unwrap()).collect();
        assert!((0..).zip(&made).all(|(n, made)| Kept::of(made).feed(1) == n + 1));
        assert_eq!((other.revoke(), of_other.feed(1)), (Ended::Now, -1));
        assert_eq!(kept.feed_as(64, 1), -1);
    });
    assert_eq!((status, of_other.feed(1)), (Status::Exited(0), 201));
}

/// Aligned to more than a handle, packed, larger than a page.
#[test]
fn tables_of_every_layout_are_found() {
    macro_rules! layout {
        ($($name:ident { $(#[$layout:meta])* $($member:ident: $type:ty),* })*) => {$({
            #[repr(C)]
            $(#[$layout])*
            struct $name {
                $($member: $type,)*
                get: Option<unsafe extern "C" fn(*mut $name, c_int) -> c_int>,
            }
            struct Host(c_int);
            #[callbacks($name, state = table)]
            impl Host {
                #[callback(fallback = -1)]
                fn get(&self, value: c_int) -> c_int {
                    self.0 + value
                }
            }
            let held: Vec<_> = (0..70).map(|n| Held::new(Host(n)).unwrap()).collect();
            for (n, held) in (0..).zip(&held) {
                let table = held.as_ptr();
                assert!(table.is_aligned());
                // SAFETY: the table is alive; the member may be unaligned.
                let get = unsafe { (&raw const (*table).get).read_unaligned() }.unwrap();
                // SAFETY: it takes any address.
                assert_eq!(unsafe { get(table, 1) }, n + 1);
                // SAFETY: as above.
                assert_eq!(unsafe { get(table.wrapping_byte_add(1), 1) }, -1);
            }
            incidents::keep();
        })*};
    }
    layout! {
        One {}
        Line { #[repr(align(64))] }
        Pages { #[repr(align(8192))] rest: [u8; 20000] }
        Packed { #[repr(packed(1))] flag: u8 }
        Long { map: [c_int; 3000] }
        Longest { map: [u8; 65512] }
    }
}

/// With little address space there are fewer tables, and the error gives the value back.
#[test]
#[cfg_attr(windows, ignore = "no process is given little memory there")]
fn where_address_space_is_short_fewer_tables_are_held() {
    let output = scene(env!("CARGO_BIN_EXE_scenes"), "found-by-address-in-little");
    let said = String::from_utf8_lossy(&output.stdout);
    let held: usize = said.split(' ').next().unwrap().parse().unwrap_or(0);
    assert!(output.status.success() && held >= 1000, "{said} {output:?}");
    assert!(said.contains("NoMemory, the value is back"), "{said}");
}
