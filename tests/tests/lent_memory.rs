//! Memory that C lends a method for the time of a call: slices and strings to read, buffers and out parameters to write.

use core::cell::RefCell;
use core::ffi::{CStr, c_char, c_int, c_long, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut, without_provenance, without_provenance_mut};
use std::io::{ErrorKind, Read, Write};

use outlive::{Buffer, Held, IncidentKind, Local, Out, callbacks};
use outlive_tests::incidents;

/// A struct that C passes by value, too.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct pair {
    pub a: c_long,
    pub b: u16,
}

type Opaque = *mut c_void;

/// As bindgen declares it.
#[repr(C)]
#[allow(missing_docs)]
pub struct stream {
    pub write:
        Option<unsafe extern "C" fn(size: c_int, data: *const c_void, arg: Opaque) -> c_long>,
    pub maybe: Option<unsafe extern "C" fn(data: *mut c_char, size: i64, arg: Opaque) -> c_long>,
    pub pairs: Option<unsafe extern "C" fn(first: *mut pair, count: u32, arg: Opaque) -> c_long>,
    pub grid: Option<unsafe extern "C" fn(*const u16, u8, u8, arg: Opaque) -> c_long>,
    pub read: Option<unsafe extern "C" fn(into: *mut c_char, size: usize, arg: Opaque) -> isize>,
    pub fill:
        Option<unsafe extern "C" fn(size: u64, into: *mut c_void, room: *mut usize, arg: Opaque)>,
    pub list: Option<unsafe extern "C" fn(into: *mut pair, count: usize, arg: Opaque) -> isize>,
    pub out: Option<unsafe extern "C" fn(*mut pair, *mut c_int, arg: Opaque) -> c_int>,
    pub name: Option<unsafe extern "C" fn(*const u8, *mut i8, arg: Opaque) -> c_int>,
    pub value: Option<unsafe extern "C" fn(pair, arg: Opaque) -> pair>,
}

#[derive(Default)]
struct Host {
    seen: RefCell<Vec<u8>>,
}

#[callbacks(stream, state = arg, unsafe(borrow))]
impl Host {
    #[callback(fallback = -1)]
    fn write(&self, size: c_int, #[len(size)] data: &[u8]) -> c_long {
        self.seen.borrow_mut().extend(data);
        data.len() as c_long
    }

    #[callback(fallback = -1)]
    fn maybe(&self, #[len(size)] data: Option<&[u8]>, size: i64) -> c_long {
        data.map_or(1000 + size as c_long, |data| data.len() as c_long)
    }

    #[callback(fallback = -1)]
    fn pairs(&self, #[len(count)] pairs: &[pair], count: u32) -> c_long {
        assert_eq!(pairs.len(), count as usize);
        pairs.iter().map(|pair| pair.a).sum()
    }

    #[callback(fallback = -1, panicked = -2)]
    fn grid(&self, #[len(cells(rows, columns))] grid: &[u16], rows: u8, columns: u8) -> c_long {
        grid.iter().copied().map(c_long::from).sum()
    }

    #[callback(fallback = -1)]
    fn read(&self, #[len(size)] mut into: Buffer<'_>, size: usize) -> isize {
        assert_eq!((into.len(), into.room(), into.written()), (size, size, 0));
        assert_eq!(into.is_empty(), size == 0);
        let first = into.put(b"head ");
        let second = into.put(b"body");
        assert_eq!(into.written(), first + second);
        (first + second) as isize
    }

    fn fill(&self, size: u64, #[len(size)] into: Option<Buffer<'_>>, room: Out<'_, usize>) {
        let Some(mut into) = into else { return room.write(usize::MAX) };
        into.put(b"<");
        let rest = into.fill(b'.');
        let read = b"read".as_slice().read(rest).unwrap();
        assert!(rest[read..].iter().all(|byte| *byte == b'.'));
        room.write(into.room());
    }

    #[callback(fallback = -1)]
    fn list(&self, #[len(count)] mut into: Buffer<'_, pair>, count: usize) -> isize {
        into.put(&[pair { a: 1, b: 2 }, pair { a: 3, b: 4 }]) as isize
    }

    #[callback(fallback = -1)]
    fn out(&self, needed: Out<'_, pair>, possible: Option<Out<'_, c_int>>) -> c_int {
        match possible {
            Some(out) => out.write(5),
            None => return 0, // Drops `needed`.
        }
        needed.write(pair { a: 6, b: 7 });
        1
    }

    #[callback(fallback = -1)]
    fn name(&self, first: &CStr, second: Option<&CStr>) -> c_int {
        (first.count_bytes() * 10 + second.map_or(9, CStr::count_bytes)) as c_int
    }

    #[callback(fallback = by_value)]
    fn value(&self, by_value: pair) -> pair {
        pair { a: by_value.a + 1, b: by_value.b + 1 }
    }
}

fn cells(rows: u8, columns: u8) -> u8 {
    rows.checked_mul(columns).expect("a grid has at most 255 cells")
}

/// A held host, and its table and user data as C has them.
fn hold() -> (Held<Host, Local>, &'static stream, Opaque) {
    let held = Held::local(Host::default()).unwrap();
    // SAFETY: the memory of a table stays valid until it is released, which no test does.
    let table = unsafe { &*held.as_ptr() };
    let user_data = held.user_data();
    (held, table, user_data)
}

/// What the incidents of a table say of its arguments.
fn told(held: &Held<Host, Local>, count: usize) -> Vec<String> {
    let told = incidents::of(held.id(), count);
    assert!(told.iter().all(|told| told.kind() == IncidentKind::BadArgument), "{told:#?}");
    told.iter().map(|told| format!("{}: {}", told.callback(), told.detail())).collect()
}

#[test]
fn a_slice_has_as_many_values_as_c_says_before_or_after_it() {
    let (held, table, arg) = hold();
    let (write, pairs, maybe) = (table.write.unwrap(), table.pairs.unwrap(), table.maybe.unwrap());
    // SAFETY: so many bytes are there.
    assert_eq!(unsafe { write(3, b"abcdef".as_ptr().cast(), arg) }, 3);
    assert_eq!(held.with(|host| host.seen.take()).unwrap(), b"abc");
    let mut three = [pair { a: 1, b: 0 }, pair { a: 20, b: 0 }, pair { a: 300, b: 0 }];
    // SAFETY: so many pairs are there.
    assert_eq!(unsafe { pairs(three.as_mut_ptr(), 2, arg) }, 21);
    // SAFETY: so many bytes are there.
    assert_eq!(unsafe { maybe(c"abc".as_ptr().cast_mut(), 3, arg) }, 3);
}

#[test]
fn null_is_an_empty_slice_where_the_length_is_0_and_none_in_an_option() {
    let (_held, table, arg) = hold();
    // SAFETY: NULL is not read.
    assert_eq!(unsafe { table.write.unwrap()(0, null(), arg) }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { table.maybe.unwrap()(null_mut(), 0, arg) }, 1000);
    // SAFETY: as above.
    assert_eq!(unsafe { table.maybe.unwrap()(null_mut(), 7, arg) }, 1007);
    // SAFETY: as above.
    assert_eq!(unsafe { table.read.unwrap()(null_mut(), 0, arg) }, 0);
}

#[test]
fn a_pointer_with_a_length_of_0_is_not_looked_at() {
    let (_held, table, arg) = hold();
    // SAFETY: a misaligned pointer is not read, which this tests.
    assert_eq!(unsafe { table.pairs.unwrap()(without_provenance_mut(3), 0, arg) }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { table.maybe.unwrap()(without_provenance_mut(3), 0, arg) }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { table.list.unwrap()(without_provenance_mut(3), 0, arg) }, 0);
}

#[test]
fn a_bad_length_null_and_a_misaligned_pointer_are_told_apart() {
    let (held, table, arg) = hold();
    let (write, pairs) = (table.write.unwrap(), table.pairs.unwrap());
    let (maybe, list) = (table.maybe.unwrap(), table.list.unwrap());
    let mut byte: c_char = 0;
    // SAFETY: none of them is read or written, which this tests.
    assert_eq!(unsafe { write(-1, b"abc".as_ptr().cast(), arg) }, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { maybe(&mut byte, i64::MIN, arg) }, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { write(1, null(), arg) }, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { pairs(without_provenance_mut(3), 1, arg) }, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { list(null_mut(), 1, arg) }, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { list(without_provenance_mut(3), 1, arg) }, -1);
    // SAFETY: as above.
    assert_eq!(unsafe { list(without_provenance_mut(8), usize::MAX / 8, arg) }, -1);
    let mut room = 0;
    // SAFETY: as above.
    unsafe { table.fill.unwrap()(u64::MAX, (&raw mut byte).cast(), &mut room, arg) };
    let expected = [
        "write: argument 1: has a negative length",
        "maybe: argument 0: has a negative length",
        "write: argument 1: is NULL",
        "pairs: argument 0: is misaligned",
        "list: argument 0: is NULL",
        "list: argument 0: is misaligned",
        "list: argument 0: is longer than memory can be",
        "fill: argument 1: is longer than memory can be",
    ];
    assert_eq!(told(&held, expected.len()), expected);
}

#[test]
fn a_length_is_an_expression_over_cs_arguments_and_a_panic_in_it_comes_before_the_method() {
    let (held, table, arg) = hold();
    let grid = table.grid.unwrap();
    // SAFETY: so many numbers are there.
    assert_eq!(unsafe { grid([1, 2, 3, 4, 5, 6, 7].as_ptr(), 2, 3, arg) }, 21);
    // SAFETY: nothing is read, which this tests.
    assert_eq!(unsafe { grid([1].as_ptr(), 20, 20, arg) }, -1);
    let told = incidents::only(held.id(), IncidentKind::BadArgument);
    assert!(told.to_string().contains("its `#[len(...)]` panicked"), "{told}");
}

#[test]
fn a_buffer_takes_what_there_is_room_for_and_no_more() {
    let (_held, table, arg) = hold();
    let read = table.read.unwrap();
    let mut memory = [MaybeUninit::<c_char>::uninit(); 12];
    memory[7].write(42);
    // SAFETY: there is memory for so many bytes.
    assert_eq!(unsafe { read(memory.as_mut_ptr().cast(), 7, arg) }, 7);
    // SAFETY: seven bytes were written by the method, the eighth here.
    let bytes = memory[..8].iter().map(|byte| unsafe { byte.assume_init() } as u8);
    assert_eq!(bytes.collect::<Vec<_>>(), b"head bo*");
    // SAFETY: there is memory for so many bytes.
    assert_eq!(unsafe { read(memory.as_mut_ptr().cast(), 12, arg) }, 9);
}

#[test]
fn a_buffer_that_is_filled_is_a_slice_to_write_to() {
    let (_held, table, arg) = hold();
    let fill = table.fill.unwrap();
    let (mut memory, mut room) = ([MaybeUninit::<u8>::uninit(); 8], 77);
    // SAFETY: there is memory for so many bytes.
    unsafe { fill(8, memory.as_mut_ptr().cast(), &mut room, arg) };
    // SAFETY: it was filled.
    assert_eq!(memory.map(|byte| unsafe { byte.assume_init() }), *b"<read...");
    assert_eq!(room, 0);
    // SAFETY: NULL is `None`.
    unsafe { fill(8, null_mut(), &mut room, arg) };
    assert_eq!(room, usize::MAX);
}

#[test]
fn a_buffer_has_values_of_any_type() {
    let (_held, table, arg) = hold();
    let list = table.list.unwrap();
    let mut pairs = [MaybeUninit::<pair>::uninit(); 3];
    // SAFETY: there is memory for so many pairs.
    assert_eq!(unsafe { list(pairs.as_mut_ptr().cast(), 3, arg) }, 2);
    // SAFETY: two were written.
    let pairs = pairs[..2].iter().map(|pair| unsafe { pair.assume_init() });
    assert_eq!(pairs.collect::<Vec<_>>(), [pair { a: 1, b: 2 }, pair { a: 3, b: 4 }]);
}

#[test]
fn an_out_parameter_is_written_or_left_alone() {
    let (held, table, arg) = hold();
    let out = table.out.unwrap();
    let (mut needed, mut possible) = (MaybeUninit::<pair>::uninit(), 0);
    // SAFETY: there is memory for both.
    assert_eq!(unsafe { out(needed.as_mut_ptr(), &mut possible, arg) }, 1);
    // SAFETY: it was written.
    assert_eq!((unsafe { needed.assume_init() }, possible), (pair { a: 6, b: 7 }, 5));
    let mut needed = pair { a: 0, b: 0 };
    // SAFETY: NULL is not written.
    assert_eq!(unsafe { out(&mut needed, null_mut(), arg) }, 0);
    assert_eq!(needed, pair { a: 0, b: 0 });
    // SAFETY: as above.
    assert_eq!(unsafe { out(null_mut(), &mut possible, arg) }, -1);
    // SAFETY: a misaligned pointer is not written, which this tests.
    assert_eq!(unsafe { out(&mut needed, without_provenance_mut(2), arg) }, -1);
    let expected = ["out: argument 0: is NULL", "out: argument 1: is misaligned"];
    assert_eq!(told(&held, 2), expected);
}

#[test]
fn strings_may_be_of_unsigned_or_signed_bytes() {
    let (_held, table, arg) = hold();
    let name = table.name.unwrap();
    let (one, four) = (c"one".as_ptr().cast(), c"four".as_ptr().cast_mut().cast());
    // SAFETY: both are strings.
    assert_eq!(unsafe { name(one, four, arg) }, 34);
    // SAFETY: NULL is not read.
    assert_eq!(unsafe { name(one, null_mut(), arg) }, 39);
    // SAFETY: as above.
    assert_eq!(unsafe { name(null(), null_mut(), arg) }, -1);
}

#[test]
fn a_struct_by_value_is_the_very_same_in_both_directions() {
    let (held, table, arg) = hold();
    let value = table.value.unwrap();
    // SAFETY: it has no pointers.
    assert_eq!(unsafe { value(pair { a: 1, b: 2 }, arg) }, pair { a: 2, b: 3 });
    let _ = held.revoke();
    // SAFETY: as above.
    assert_eq!(unsafe { value(pair { a: 1, b: 2 }, arg) }, pair { a: 1, b: 2 });
}

/// Tables without user data, from a macro, whose expressions stay one.
#[repr(C)]
#[allow(missing_docs)]
pub struct plain {
    pub sum: Option<unsafe extern "C" fn(*const u8, *const u8, c_int) -> c_int>,
    pub print: Option<unsafe extern "C" fn(*mut u8, isize) -> c_int>,
}

macro_rules! host {
    ($name:ident, $many:expr) => {
        struct $name;

        #[callbacks(plain, state = none, unsafe(borrow))]
        impl $name {
            #[callback(fallback = -1)]
            fn sum(
                &self,
                #[len($many * 2)] a: &[u8],
                #[len(if by < 0 { return 0 } else { by })] b: &[u8],
                by: c_int,
            ) -> c_int {
                assert!(by < 0 || by as usize == b.len());
                a.iter().chain(b).copied().map(c_int::from).sum()
            }

            #[callback(fallback = -1)]
            fn print(&self, #[len(size)] mut into: Buffer, size: isize) -> c_int {
                let done = write!(into, "{size} bytes");
                match done.map_err(|error| error.kind()) {
                    Ok(()) => into.written() as c_int,
                    Err(ErrorKind::WriteZero) => 0,
                    Err(other) => panic!("{other}"),
                }
            }
        }
    };
}

host!(Plain, 1 + 1);

#[test]
fn a_length_from_a_macro_is_one_expression_and_a_return_in_it_leaves_it_alone() {
    let held = Held::new(Plain).unwrap();
    // SAFETY: the table is held.
    let sum = unsafe { (*held.as_ptr()).sum }.unwrap();
    let (a, b) = ([1, 2, 3, 4, 5, 6], [10, 20, 30]);
    // SAFETY: so many bytes are there.
    assert_eq!(unsafe { sum(a.as_ptr(), b.as_ptr(), 2) }, 10 + 30);
    // SAFETY: as above.
    assert_eq!(unsafe { sum(a.as_ptr(), without_provenance(1), -2) }, 10);
}

#[test]
fn a_buffer_of_bytes_can_be_written_as_a_file_can() {
    let held = Held::new(Plain).unwrap();
    // SAFETY: the table is held.
    let print = unsafe { (*held.as_ptr()).print }.unwrap();
    let mut memory = [0; 16];
    // SAFETY: there is memory for so many bytes.
    assert_eq!(unsafe { print(memory.as_mut_ptr(), 16) }, 8);
    assert_eq!(&memory[..9], b"16 bytes\0");
    // SAFETY: as above.
    assert_eq!(unsafe { print(memory.as_mut_ptr(), 3) }, 0);
    assert_eq!(&memory[..4], b"3 bb");
}
