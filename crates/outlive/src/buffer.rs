//! Memory of C's that a method writes.

use core::mem::MaybeUninit;
use core::ptr;
use std::io;

/// C's memory for values that a method writes: the buffer of a `read`, or an array to be filled in.
///
/// A method takes it where C has a pointer, with `#[len(...)]`, which says how many values there is room for, in a block
/// that says `unsafe(borrow)`; [`CountedArgument`](crate::CountedArgument) has the rules. C need not have written anything
/// there, and a `Buffer` reads nothing that it has not written. It fills up from its beginning, stops where it is full, and cannot be kept beyond
/// the call.
///
/// ```
/// use std::ffi::{c_char, c_void};
/// use outlive::{Buffer, Held, callbacks};
///
/// #[repr(C)]
/// pub struct source {
///     pub read: Option<unsafe extern "C" fn(into: *mut c_char, size: usize, arg: *mut c_void) -> isize>,
/// }
///
/// struct Greeting;
///
/// #[callbacks(source, state = arg, unsafe(borrow))]
/// impl Greeting {
///     #[callback(fallback = -1)]
///     fn read(&self, #[len(size)] mut into: Buffer<'_>, size: usize) -> isize {
///         into.put(b"hello") as isize
///     }
/// }
///
/// let held = Held::new(Greeting)?;
/// // What C does:
/// let read = unsafe { (*held.as_ptr()).read }.unwrap();
/// let mut memory: [c_char; 4] = [0; 4];
/// assert_eq!(unsafe { read(memory.as_mut_ptr(), 4, held.user_data()) }, 4);
/// assert_eq!(memory.map(|byte| byte as u8), *b"hell");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A `Buffer` of bytes is an [`io::Write`] too, for which a full one is an error of the kind
/// [`WriteZero`](io::ErrorKind::WriteZero) where not all can be written.
///
/// How much has been written, and how much room is left, it says itself:
///
/// ```
/// # use std::ffi::{c_int, c_void};
/// use outlive::{Buffer, Held, callbacks};
///
/// #[repr(C)]
/// pub struct table {
///     pub run: Option<unsafe extern "C" fn(into: *mut u8, size: usize, arg: *mut c_void) -> c_int>,
/// }
///
/// struct Host;
///
/// #[callbacks(table, state = arg, unsafe(borrow))]
/// impl Host {
///     #[callback(fallback = -1)]
///     fn run(&self, #[len(size)] mut into: Buffer<'_>, size: usize) -> c_int {
///         if !into.is_empty() {
///             into.put(b"x=");
///         }
///         assert_eq!(into.room(), into.len() - into.written());
///         into.fill(b'0'); // the room that is left
///         into.written() as c_int
///     }
/// }
///
/// let held = Held::new(Host).unwrap();
/// // What C does:
/// let run = unsafe { (*held.as_ptr()).run }.unwrap();
/// let mut memory = [0; 4];
/// assert_eq!(unsafe { run(memory.as_mut_ptr(), 4, held.user_data()) }, 4);
/// assert_eq!(memory, *b"x=00");
/// ```
///
/// INVARIANT: the first `written` values of `memory` have been written.
#[derive(Debug)]
pub struct Buffer<'call, T = u8> {
    memory: &'call mut [MaybeUninit<T>],
    written: usize,
}

impl<'call, T> Buffer<'call, T> {
    #[inline(always)]
    pub(crate) fn new(memory: &'call mut [MaybeUninit<T>]) -> Self {
        Buffer { memory, written: 0 }
    }

    /// For how many values C has given memory.
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    /// Whether C has given memory for no value at all.
    pub fn is_empty(&self) -> bool {
        self.memory.is_empty()
    }

    /// How many values have been written.
    pub fn written(&self) -> usize {
        self.written
    }

    /// For how many values there is still room.
    pub fn room(&self) -> usize {
        self.len() - self.written
    }
}

impl<T: Copy> Buffer<'_, T> {
    /// Writes as many of the values as there is room for, after those that have been written; the result is how many.
    pub fn put(&mut self, values: &[T]) -> usize {
        let count = values.len().min(self.room());
        for (to, value) in self.memory[self.written..].iter_mut().zip(&values[..count]) {
            to.write(*value);
        }
        self.written += count;
        count
    }

    /// Writes `value` into all the room that is left, which is then what the result has: for code that writes to a slice,
    /// such as [`io::Read::read`].
    pub fn fill(&mut self, value: T) -> &mut [T] {
        let room = &mut self.memory[self.written..];
        room.fill(MaybeUninit::new(value));
        self.written += room.len();
        // SAFETY: all of it has just been written.
        unsafe { &mut *(ptr::from_mut(room) as *mut [T]) }
    }
}

impl io::Write for Buffer<'_, u8> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(self.put(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
