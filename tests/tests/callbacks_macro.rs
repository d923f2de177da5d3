//! What `#[callbacks]` makes of a block, by real calls through the table as C makes them.

use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_long, c_short, c_void};
use core::ptr::{null, null_mut, without_provenance, without_provenance_mut};
use std::sync::Mutex;

use outlive::{Call, Held, IncidentKind, Token, callbacks};
use outlive_tests::errno::{errno, set_errno};

/// A C struct from a crate of its own, with members that nobody else can name.
#[allow(missing_docs)]
mod sys {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct point {
        pub x: c_long,
        pub y: c_long,
    }

    #[repr(C)]
    pub struct record {
        _opaque: [u8; 0],
    }

    type Event = unsafe extern "C" fn(c_int, c_short, *mut c_void);

    #[repr(C)]
    pub struct table {
        pub version: c_int,
        reserved: c_int,
        pub size: usize,
        pub copy: Option<unsafe extern "C" fn(*const point, *mut point) -> c_long>,
        pub text: Option<unsafe extern "C" fn(*const c_char, *mut c_char) -> c_int>,
        pub lend: Option<unsafe extern "C" fn(*const point, *mut point) -> c_long>,
        pub mode: Option<unsafe extern "C" fn(c_int) -> c_int>,
        pub make: Option<unsafe extern "C" fn(c_int) -> *mut c_void>,
        pub typed: Option<unsafe extern "C" fn(*mut record) -> *const record>,
        pub free: Option<unsafe extern "C" fn(*mut c_void)>,
        pub raw: Option<unsafe extern "C" fn(Option<Event>, *mut c_int, f64, point) -> point>,
        pub fails: Option<unsafe extern "C" fn(c_int) -> c_int>,
        pub r#type: Option<unsafe extern "C" fn() -> c_int>,
        pub safe: Option<extern "C" fn(c_int) -> c_int>,
        pub bare: unsafe extern "C" fn(c_int) -> c_int,
        pub safe_and_bare: extern "C" fn(c_int) -> c_int,
        pub without: Option<unsafe extern "C" fn(c_int)>,
        private: *mut c_void,
        pub next: *mut table,
    }

    impl table {
        pub fn private_members(&self) -> (c_int, *mut c_void) {
            (self.reserved, self.private)
        }
    }
}

#[derive(Debug, PartialEq)]
enum Mode {
    Off,
    On,
}

impl TryFrom<c_int> for Mode {
    type Error = c_int;

    fn try_from(number: c_int) -> Result<Self, c_int> {
        match number {
            0 => Ok(Mode::Off),
            1 => Ok(Mode::On),
            other => Err(other),
        }
    }
}

#[derive(Default)]
struct Host {
    freed: Mutex<Vec<Option<Token>>>,
}

#[callbacks(
    sys::table,
    state = none,
    instances = 64,
    required(copy, bare),
    constant(version = Self::VERSION, size = size_of::<sys::table>()),
    written_by_c(next),
    unsafe(borrow)
)]
impl Host {
    #[callback(fallback = if a.is_null() { -2 } else { -3 })]
    fn copy(&self, a: Option<sys::point>, b: Option<sys::point>) -> c_long {
        a.map_or(100, |a| a.x) + b.map_or(1000, |b| b.y)
    }

    #[callback(fallback = -1)]
    fn text(&self, a: Option<&CStr>, b: &CStr) -> c_int {
        a.map_or(100, |a| a.count_bytes() as c_int) + b.count_bytes() as c_int
    }

    #[callback(fallback = -1)]
    fn lend(&self, a: Option<&sys::point>, b: &sys::point) -> c_long {
        a.map_or(100, |a| a.x) + b.y
    }

    #[callback(fallback = mode * 10, errno = libc::EINVAL)]
    fn mode(&self, #[try_from] mode: Mode) -> c_int {
        set_errno(libc::EAGAIN);
        c_int::from(mode == Mode::On)
    }

    fn make(&self, number: c_int) -> Option<Token> {
        (number > 0).then(|| Token::from_ptr(without_provenance(number as usize)))
    }

    fn typed(&self, record: Token) -> Token {
        record
    }

    fn free(&self, token: Option<Token>) {
        self.freed.lock().unwrap().push(token);
    }

    #[callback(fallback = point)]
    fn raw(
        &self,
        event: Option<unsafe extern "C" fn(c_int, c_short, *mut c_void)>,
        out: *const c_int,
        scale: f64,
        point: sys::point,
    ) -> sys::point {
        assert!(event.is_none() && out.is_null());
        sys::point { x: (point.x as f64 * scale) as c_long, y: point.y }
    }

    #[callback(fallback = -value, errno = libc::EIO)]
    fn fails(&self, value: c_int) -> c_int {
        panic!("{value} cannot be")
    }

    #[callback(fallback = 0, member = r#type)]
    fn kind(&self) -> c_int {
        7
    }

    #[callback(fallback = 0)]
    fn safe(&self, value: c_int) -> c_int {
        value + 1
    }

    #[callback(fallback = 0)]
    fn bare(&self, value: c_int, call: &Call) -> c_int {
        assert_eq!((call.table(), call.callback()), ("table", "bare"));
        value + 2
    }

    #[callback(fallback = 0)]
    fn safe_and_bare(&self, value: c_int) -> c_int {
        value + 3
    }
}

impl Host {
    const VERSION: c_int = 4;
}

/// A held host and its table, as C sees it.
fn hold() -> (Held<Host>, &'static sys::table) {
    let held = Held::new(Host::default()).expect("an instance");
    // SAFETY: the memory of a table stays valid until it is released, which no test does.
    let table = unsafe { &*held.as_ptr() };
    (held, table)
}

#[test]
fn members_without_a_method_are_zero_and_constants_are_set() {
    let (_held, table) = hold();
    assert_eq!((table.version, table.size), (4, size_of::<sys::table>()));
    assert!(table.without.is_none() && table.next.is_null());
    assert_eq!(table.private_members(), (0, null_mut()));
}

#[test]
fn members_may_be_optional_or_bare_safe_or_unsafe() {
    let (_held, table) = hold();
    assert_eq!(table.safe.unwrap()(1), 2);
    // SAFETY: the callback takes any number.
    assert_eq!(unsafe { (table.bare)(1) }, 3);
    assert_eq!((table.safe_and_bare)(1), 4);
    // SAFETY: the callback takes nothing.
    assert_eq!(unsafe { table.r#type.unwrap()() }, 7);
}

#[test]
fn methods_stay_ordinary_methods() {
    assert_eq!(Host::default().safe(1), 2);
    assert_eq!(Host::default().text(None, c"abc"), 103);
}

#[test]
fn plain_data_is_copied_and_null_is_none() {
    let (_held, table) = hold();
    let copy = table.copy.unwrap();
    let (a, mut b) = (sys::point { x: 1, y: 2 }, sys::point { x: 3, y: 4 });
    // SAFETY: the pointers are NULL or valid.
    assert_eq!(unsafe { copy(&a, &mut b) }, 5);
    // SAFETY: as above.
    assert_eq!(unsafe { copy(null(), null_mut()) }, 1100);
}

#[test]
fn a_misaligned_pointer_to_plain_data_is_refused_and_told_from_null() {
    let (_held, table) = hold();
    let copy = table.copy.unwrap();
    // SAFETY: a misaligned pointer is not read, which this tests.
    assert_eq!(unsafe { copy(without_provenance(3), null_mut()) }, -3);
    // SAFETY: as above.
    assert_eq!(unsafe { copy(null(), without_provenance_mut(3)) }, -2);
}

#[test]
fn strings_are_borrowed_and_null_is_none_or_refused() {
    let (_held, table) = hold();
    let text = table.text.unwrap();
    let b = c"four".as_ptr().cast_mut();
    // SAFETY: the pointers are NULL or strings.
    assert_eq!(unsafe { text(c"two".as_ptr(), b) }, 7);
    // SAFETY: as above.
    assert_eq!(unsafe { text(null(), b) }, 104);
    // SAFETY: as above.
    assert_eq!(unsafe { text(null(), null_mut()) }, -1);
}

#[test]
fn data_is_borrowed_and_misaligned_or_null_is_refused() {
    let (_held, table) = hold();
    let lend = table.lend.unwrap();
    let (a, mut b) = (sys::point { x: 1, y: 2 }, sys::point { x: 3, y: 4 });
    // SAFETY: the pointers are NULL, valid, or misaligned and then not read.
    assert_eq!(unsafe { lend(&a, &mut b) }, 5);
    // SAFETY: as above.
    assert_eq!(unsafe { lend(null(), &mut b) }, 104);
    // SAFETY: as above.
    assert_eq!(unsafe { lend(&a, null_mut()) }, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { lend(without_provenance(5), &mut b) }, -1);
}

#[test]
fn a_bad_argument_is_an_incident_that_says_which_and_why() {
    let (held, table) = hold();
    let (text, lend) = (table.text.unwrap(), table.lend.unwrap());
    let a = sys::point { x: 1, y: 2 };
    // SAFETY: NULL and misaligned pointers are not read, which this tests.
    assert_eq!(unsafe { text(null(), null_mut()) }, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { lend(without_provenance(5), null_mut()) }, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { lend(&a, null_mut()) }, -1);
    // SAFETY: the callback takes any number.
    assert_eq!(unsafe { table.mode.unwrap()(9) }, 90);
    let told = outlive_tests::incidents::of(held.id(), 4);
    let expected = [
        ("text", "argument 1: is NULL"),
        ("lend", "argument 0: is misaligned"),
        ("lend", "argument 1: is NULL"),
        ("mode", "argument 0: is not a value of the method's type"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for ((callback, words), told) in expected.into_iter().zip(&told) {
        assert_eq!((told.kind(), told.callback()), (IncidentKind::BadArgument, callback));
        assert!(told.to_string().contains(words), "{told}");
    }
}

#[test]
fn an_enum_comes_through_try_from_and_other_numbers_get_the_fallback() {
    let (_held, table) = hold();
    let mode = table.mode.unwrap();
    // SAFETY: the callback takes any number.
    let call = |number| unsafe { mode(number) };
    assert_eq!((call(0), call(1)), (0, 1));
    // The fallback may use the raw argument.
    assert_eq!((call(2), call(-5)), (20, -50));
}

#[test]
fn errno_is_the_methods_after_a_served_call_and_the_declared_one_after_a_refused() {
    let (held, table) = hold();
    let mode = table.mode.unwrap();
    // SAFETY: the callback takes any number.
    let call = |number| unsafe { mode(number) };
    set_errno(0);
    assert_eq!((call(1), errno()), (1, libc::EAGAIN));
    assert_eq!((call(2), errno()), (20, libc::EINVAL));
    let _ = held.revoke();
    set_errno(0);
    assert_eq!((call(1), errno()), (10, libc::EINVAL));
}

#[test]
fn a_panic_gets_the_fallback_with_its_errno() {
    let (_held, table) = hold();
    set_errno(0);
    // SAFETY: the callback takes any number.
    assert_eq!(unsafe { table.fails.unwrap()(3) }, -3);
    assert_eq!(errno(), libc::EIO);
}

#[test]
fn tokens_go_to_c_and_come_back_as_pointers_of_any_type() {
    let (held, table) = hold();
    let (make, typed, free) = (table.make.unwrap(), table.typed.unwrap(), table.free.unwrap());
    // SAFETY: tokens are not read.
    assert_eq!(unsafe { make(7) }.addr(), 7);
    // SAFETY: as above.
    assert!(unsafe { make(0) }.is_null());
    // SAFETY: as above.
    assert_eq!(unsafe { typed(without_provenance_mut(9)) }.addr(), 9);
    // SAFETY: as above.
    unsafe { free(without_provenance_mut(11)) };
    // SAFETY: as above.
    unsafe { free(null_mut()) };
    let freed = held.with(|host| host.freed.lock().unwrap().clone()).unwrap();
    assert_eq!(freed, [Some(Token::from_ptr(without_provenance(11))), None]);
}

#[test]
fn raw_types_are_accepted_as_they_are() {
    let (held, table) = hold();
    let raw = table.raw.unwrap();
    let point = sys::point { x: 2, y: 3 };
    // SAFETY: the method reads no pointer.
    assert_eq!(unsafe { raw(None, null_mut(), 2.5, point) }, sys::point { x: 5, y: 3 });
    let _ = held.revoke();
    // SAFETY: as above.
    assert_eq!(unsafe { raw(None, null_mut(), 2.5, point) }, point);
}

#[test]
fn a_refused_call_without_a_fallback_returns_null() {
    let (held, table) = hold();
    let _ = held.revoke();
    // SAFETY: tokens are not read.
    assert!(unsafe { table.make.unwrap()(7) }.is_null());
    // SAFETY: as above.
    assert!(unsafe { table.typed.unwrap()(without_provenance_mut(9)) }.is_null());
}

/// A table whose callbacks have their user data at different places.
#[repr(C)]
#[allow(missing_docs)]
pub struct Keeper {
    pub user: *mut c_void,
    pub first: Option<unsafe extern "C" fn(*mut c_void, c_int) -> c_int>,
    pub last: Option<unsafe extern "C" fn(c_int, *const c_void) -> c_int>,
    pub middle: Option<unsafe extern "C" fn(c_int, *mut c_void, c_int) -> c_int>,
    pub number: Option<unsafe extern "C" fn(usize) -> c_int>,
}

struct Generic<'v, T, const ADD: c_int> {
    value: T,
    lent: &'v Cell<c_int>,
}

#[callbacks(Keeper, state = arg, user_data = first, user_data_member = user, count = true)]
impl<'v, T, const ADD: c_int> Generic<'v, T, ADD>
where
    T: Copy + Into<c_int> + 'static,
{
    #[callback(fallback = number)]
    fn first(&self, number: c_int) -> c_int {
        self.lent.set(self.lent.get() + 1);
        number + self.value.into() + ADD
    }

    #[callback(fallback = -1, user_data = last)]
    fn last(&self, number: c_int) -> c_int {
        number * 2
    }

    #[callback(fallback = a - b, user_data = 1)]
    fn middle(&self, a: c_int, b: c_int) -> c_int {
        a + b
    }

    #[callback(fallback = -1)]
    fn number(&self) -> c_int {
        ADD
    }
}

#[test]
fn user_data_stands_at_any_position_and_in_the_table() {
    let lent = Box::leak(Box::new(Cell::new(0)));
    let held = Held::local(Generic::<u8, 5> { value: 30_u8, lent }).expect("a table");
    let user_data = held.user_data();
    // SAFETY: the table is held.
    let table = unsafe { &*held.as_ptr() };
    assert_eq!(table.user, user_data);
    // SAFETY: the user data is the table's own.
    assert_eq!(unsafe { table.first.unwrap()(user_data, 1) }, 36);
    // SAFETY: as above.
    assert_eq!(unsafe { table.last.unwrap()(4, user_data) }, 8);
    // SAFETY: as above.
    assert_eq!(unsafe { table.middle.unwrap()(4, user_data, 3) }, 7);
    // SAFETY: as above.
    assert_eq!(unsafe { table.number.unwrap()(user_data.addr()) }, 5);
    let _ = held.revoke();
    // SAFETY: a late call is harmless, which this tests.
    assert_eq!(unsafe { table.middle.unwrap()(4, user_data, 3) }, 1);
    assert_eq!(lent.get(), 1);
}

#[test]
fn a_host_that_borrows_is_lent_for_a_scope() {
    let lent = Cell::new(0);
    let host = Generic::<u8, 5> { value: 1, lent: &lent };
    let served = outlive::scope(&host, |table| {
        // SAFETY: the table is held for the scope.
        let first = unsafe { (*table.as_ptr()).first }.unwrap();
        // SAFETY: the user data is the table's own.
        unsafe { first(table.user_data(), 1) }
    });
    assert_eq!((served.unwrap(), lent.get()), (7, 1));
}

/// A context-free table of a generic host.
#[repr(C)]
#[allow(missing_docs)]
pub struct Plain {
    pub get: Option<unsafe extern "C" fn() -> c_int>,
}

struct Fixed<T>(T);

#[callbacks(Plain, state = none, instances = 3)]
impl<T: Copy + Into<c_int> + 'static> Fixed<T> {
    #[callback(fallback = -1)]
    fn get(&self) -> c_int {
        self.0.into()
    }
}

fn get<T: outlive::Callbacks<Table = Plain> + 'static>(held: &Held<T>) -> c_int {
    // SAFETY: the table is held.
    let get = unsafe { (*held.as_ptr()).get }.unwrap();
    // SAFETY: the callback takes nothing.
    unsafe { get() }
}

#[test]
fn the_types_of_a_generic_host_share_the_instances_and_are_told_apart() {
    let small = Held::new(Fixed(1_u8)).expect("the first instance");
    let other = Held::new(Fixed(2_u8)).expect("the second instance");
    let large = Held::new(Fixed(3_i16)).expect("the third instance");
    assert_eq!((get(&small), get(&other), get(&large)), (1, 2, 3));
    assert!(Held::new(Fixed(4_i32)).is_err(), "three instances are all there are");
    // SAFETY: nobody has the pointer any more.
    let _ = unsafe { other.release() };
    let next = Held::new(Fixed(5_i32)).expect("the instance that was released");
    assert_eq!((get(&small), get(&next), get(&large)), (1, 5, 3));
}

/// C's largest callback.
type Sixteen = unsafe extern "C" fn(
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    u8,
    *mut c_void,
) -> u32;

/// A table with the largest callback.
#[repr(C)]
#[allow(missing_docs)]
pub struct Wide {
    pub sum: Option<Sixteen>,
}

struct Sum;

#[callbacks(Wide, state = arg)]
#[allow(clippy::too_many_arguments)]
impl Sum {
    #[callback(fallback = u32::from(o))]
    fn sum(
        &self,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: u8,
        m: u8,
        n: u8,
        o: u8,
    ) -> u32 {
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o].map(u32::from).iter().sum()
    }
}

#[test]
fn a_callback_has_up_to_sixteen_arguments() {
    let held = Held::new(Sum).expect("a table");
    // SAFETY: the table is held.
    let sum = unsafe { (*held.as_ptr()).sum }.unwrap();
    let user_data = held.user_data();
    // SAFETY: the user data is the table's own.
    let call = || unsafe { sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, user_data) };
    assert_eq!(call(), 120);
    let _ = held.revoke();
    assert_eq!(call(), 15);
}
