//! Structs of every layout: aligned to more than a word or than a page, packed, with a union, with an atomic
//! member, larger than a page.
//!
//! Caught when taken out: the alignment of sealed pages, of tables with memory of their own, of copies for C.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering};

use outlive::{Callbacks, Ended, Held, MallocTable, MemberState, callbacks};
use outlive_tests::process::{Status, write_in_child};

/// What C does with a callback.
type OnEvent = unsafe extern "C" fn(value: c_int, arg: *mut c_void) -> c_int;

macro_rules! layouts {
    ($($name:ident { $(#[$layout:meta])* $($member:ident: $type:ty),* })*) => {$(
        #[repr(C)]
        $(#[$layout])*
        #[derive(Clone, Copy)]
        struct $name {
            on_event: Option<OnEvent>,
            $($member: $type,)*
        }

        impl Table for $name {
            fn on_event(&self) -> OnEvent {
                let member = self.on_event;
                member.unwrap()
            }
        }
    )*};
}

layouts! {
    Line { #[repr(align(64))] arg: *mut c_void }
    Pages { #[repr(align(8192))] arg: *mut c_void, rest: [u8; 20000] }
    // An executable of Windows has nothing that is aligned to more.
    Whole { #[cfg_attr(windows, repr(align(8192)))] #[cfg_attr(not(windows), repr(align(65536)))] }
    Packed { #[repr(packed(1))] arg: *mut c_void }
    Odd { #[repr(packed(1))] flag: u8, arg: *mut c_void }
    Either { arg: *mut c_void, either: Union }
    Long { arg: *mut c_void, map: [c_int; 3000] }
}

#[derive(Clone, Copy)]
#[repr(C)]
union Union {
    number: f64,
    bytes: [u8; 16],
}

trait Table {
    fn on_event(&self) -> OnEvent;
}

macro_rules! hosts {
    ($($table:ident $(($($option:tt)*))?),*) => {$(
        const _: () = {
            #[callbacks($table, state = arg)]
            impl ByArgument<$table> {
                #[callback(fallback = -1)]
                fn on_event(&self, value: c_int) -> c_int {
                    value + self.0
                }
            }
        };
    )*};
}

/// A host for the table `T`.
struct ByArgument<T>(c_int, core::marker::PhantomData<fn() -> T>);

hosts!(Line, Pages, Whole, Packed, Odd, Either, Long);

/// A host for a table that carries its user data.
struct Carried<T>(c_int, core::marker::PhantomData<fn() -> T>);

macro_rules! carried {
    ($($table:ident),*) => {$(
        const _: () = {
            #[callbacks($table, state = arg, user_data_member = arg)]
            impl Carried<$table> {
                #[callback(fallback = -1)]
                fn on_event(&self, value: c_int) -> c_int {
                    value + self.0
                }
            }
        };
    )*};
}

carried!(Line, Pages, Packed, Odd, Either, Long);

/// Holds tables, checks what C gets of each, and calls through it, late too.
fn check<H>(make: impl Fn(c_int) -> H)
where
    H: Callbacks<Locator = outlive::Arg> + Send + Sync + 'static,
    H::Table: Table + Copy,
{
    let tables: Vec<Held<H>> = (0..40).map(|n| Held::new(make(n)).unwrap()).collect();
    for (n, held) in (0..).zip(&tables) {
        let copy = held.to_malloc();
        // C's `free` takes nothing on Windows that is aligned to more.
        assert!(copy.is_some() || cfg!(windows) && align_of::<H::Table>() > 16);
        for table in [held.as_ptr()].into_iter().chain(copy.iter().map(MallocTable::as_ptr)) {
            assert!(table.is_aligned(), "{table:p}");
            // SAFETY: the table is there.
            let on_event = unsafe { table.read() }.on_event();
            // SAFETY: the user data is that of the table.
            assert_eq!(unsafe { on_event(1000, held.user_data()) }, 1000 + n);
        }
        assert!(held.inspect().is_intact());
        assert_eq!(write_in_child(held.as_ptr().cast()), Status::Killed(libc::SIGSEGV));
        // SAFETY: the table is there.
        let on_event = unsafe { held.as_ptr().read() }.on_event();
        assert_eq!(held.revoke(), Ended::Now);
        // SAFETY: the user data is a number.
        assert_eq!(unsafe { on_event(1, held.user_data()) }, -1);
    }
}

#[test]
fn a_table_of_any_layout_is_aligned_sealed_and_called() {
    macro_rules! check {
        ($host:ident: $($table:ident)*) => {
            $(check(|n| $host::<$table>(n, core::marker::PhantomData));)*
        };
    }
    check!(ByArgument: Line Pages Whole Packed Odd Either Long);
    check!(Carried: Line Pages Packed Odd Either Long);
}

/// A struct whose counter C changes.
#[repr(C)]
struct Counting {
    on_event: Option<OnEvent>,
    calls: AtomicU32,
}

struct Counter;

#[callbacks(Counting, state = arg, written_by_c(calls))]
impl Counter {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value
    }
}

/// The same, whose counter stays as it is.
#[repr(C)]
struct Sealed {
    on_event: Option<OnEvent>,
    calls: AtomicU32,
}

struct Fixed;

#[callbacks(Sealed, state = arg)]
impl Fixed {
    #[callback(fallback = -1)]
    fn on_event(&self, value: c_int) -> c_int {
        value
    }
}

#[test]
fn a_struct_with_an_atomic_member_that_c_writes_is_watched_but_for_that_member() {
    let held = Held::new(Counter).unwrap();
    // SAFETY: the table is there, and the member is C's to write.
    let table = unsafe { &*held.as_ptr() };
    for n in 1..=3 {
        assert_eq!(table.calls.fetch_add(1, Ordering::SeqCst), n - 1);
        // SAFETY: the user data is that of the table.
        assert_eq!(unsafe { table.on_event.unwrap()(7, held.user_data()) }, 7);
    }
    let inspection = held.inspect();
    assert!(inspection.is_intact(), "{inspection}");
    assert_eq!(inspection.member("calls").unwrap().state, MemberState::WrittenByC);
}

#[test]
fn a_struct_with_an_atomic_member_that_c_only_reads_is_sealed() {
    let held = Held::new(Fixed).unwrap();
    // SAFETY: the table is there.
    let table = unsafe { &*held.as_ptr() };
    assert_eq!(table.calls.load(Ordering::SeqCst), 0);
    // SAFETY: the user data is that of the table.
    assert_eq!(unsafe { table.on_event.unwrap()(7, held.user_data()) }, 7);
    assert_eq!(write_in_child(held.as_ptr().cast()), Status::Killed(libc::SIGSEGV));
}
