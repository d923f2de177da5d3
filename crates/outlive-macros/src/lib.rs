//! The `#[callbacks]` attribute of the `outlive` crate.
//!
//! A block goes through four steps: `parse` reads the options as they are written, `check` makes
//! the `model` of a block and finds its mistakes, all of them, and `expand` writes the
//! implementation of `Callbacks`. The trampolines themselves are not generated: they are generic
//! functions of `outlive`.

mod check;
mod errors;
mod expand;
mod fragments;
mod model;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemImpl;

use errors::Errors;
use parse::BlockOptions;

/// Makes the methods of a type the callbacks of a C struct of function pointers.
///
/// ```
/// use core::ffi::{CStr, c_char, c_int, c_void};
/// use outlive::{Held, callbacks};
///
/// /// As bindgen or a `-sys` crate has it.
/// #[repr(C)]
/// pub struct listener {
///     pub version: c_int,
///     pub on_line: Option<unsafe extern "C" fn(*const c_char, *mut c_void) -> c_int>,
///     pub on_close: Option<unsafe extern "C" fn(*mut c_void)>,
/// }
///
/// struct Printer;
///
/// #[callbacks(listener, state = arg, constant(version = 2), required(on_line), unsafe(borrow))]
/// impl Printer {
///     #[callback(fallback = -1, errno = libc::ECANCELED)]
///     fn on_line(&self, line: Option<&CStr>) -> c_int {
///         line.map_or(0, |line| line.count_bytes() as c_int)
///     }
/// }
///
/// let held = Held::new(Printer)?;
/// // What C does:
/// let (table, user_data) = (held.as_ptr(), held.user_data());
/// let on_line = unsafe { (*table).on_line }.unwrap();
/// assert_eq!(unsafe { on_line(c"hello".as_ptr(), user_data) }, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The attribute stands on an `impl` block without a trait. Each item of the block is a method, and
/// each method is the callback of the member that has its name; they stay ordinary methods.
/// Items that are not callbacks go into another `impl` block. One type has one such block. The type
/// may be generic, with type parameters that are `'static`.
///
/// The struct is C's, `#[repr(C)]`, as bindgen declares it: where it is not, the compiler's lint for functions of C's
/// (`improper_ctypes_definitions`) says so. It needs no attribute of ours and may have private members. A member that
/// holds a callback is an `extern "C" fn` or an `extern "system" fn`, `unsafe` or not, in an `Option` or bare. Members that the
/// block does not name are zero (NULL); a bare member needs a method, since it cannot be NULL, and
/// the compiler names one that has none ("constructing invalid value at
/// .members_without_a_method_or_constant_are_zero.on_line: encountered null pointer").
///
/// # Options of the block
///
/// The C struct comes first, if there is one, then, in any order:
///
/// | option | |
/// | --- | --- |
/// | `state = arg` | C passes each callback a `void *` of the host's (its user data), or has it in what it passes, which leads to the host value |
/// | `state = table` | C passes each callback the table itself, whose address leads to the host value. The struct is less than 64 KiB |
/// | `state = none` | C passes nothing of the host's: each instance of the table has code of its own |
/// | `instances = N` | how many tables of the type can be alive at once with `state = none`; 16 unless given. All types that a generic type is used with share them |
/// | `user_data = last`, `first` or a position | which of C's arguments is the user data with `state = arg`, counted from 0; `last` unless given |
/// | `user_data = EXPR` | what finds the user data with `state = arg`, where it is none of C's arguments: see below |
/// | `user_data_member = name` | the table has the user data, too, in this member |
/// | `table = first`, `last` or a position | which of C's arguments points to the table with `state = table`, counted from 0; `first` unless given |
/// | `table_offset = EXPR` | the table begins so many bytes after what that argument points to, such as `offset_of!(outer, table)`; with `-EXPR` before it, such as `-offset_of!(table, link)` where C passes a pointer to the member `link`. A `usize`, known when it is compiled |
/// | `required(a, b)` | C requires these callbacks: a block without a method for one does not compile |
/// | `constant(a = EXPR, b = EXPR)` | these members have the same value in each table, such as a version or a size |
/// | `written_by_c(a, b)` | C writes these members: the table stays writable, and is watched instead of sealed |
/// | `count = true` | counts the served calls, for the ledger; a count that threads share costs more than the call |
/// | `destroy = name` | this member is the destroy notify: C calls it, once, with the user data that it will not use again. No method stands behind it; see `Held::hand_over` |
/// | `keep = release` | the host value lives until the release, or C's last call, and not only until the end: for memory that C goes on using, see `Ended::Serving` |
/// | `deliver = true` | a call on another thread than the one that the table is bound to (`Held::local`) waits in the inbox of that thread, where it has one, instead of being refused: see `Inbox` |
/// | `panic = fallback`, `abort` or `resume` | what a panic in a method does: the callback returns its fallback, or the process aborts, or the callback returns its fallback and the panic goes on at the host's side (`Held::calling`); `fallback` unless given |
/// | `unsafe(borrow)` | methods may read and write what C points to, by safe types, see below |
/// | `crate = path` | the path of `outlive`, where it is not `::outlive` |
///
/// # Options of a callback
///
/// In `#[callback(...)]` on the method, which a method needs only where there is something to say:
///
/// | option | |
/// | --- | --- |
/// | `fallback = EXPR` | what a refused call returns: one that comes too late, from the wrong thread, with a bad argument, or whose method panics. It may use C's arguments, raw, by the names of the method's parameters. Needed where the result is neither nothing nor a pointer (then it is NULL) |
/// | `late = EXPR` | instead of the fallback, for a call that comes after the end |
/// | `panicked = EXPR` | instead of the fallback, where the method has panicked: it may have done half of its work |
/// | `refuse = abort` | instead of a fallback, for a callback whose refusal C cannot survive: the process ends, with a line that says so |
/// | `errno = EXPR` | what `errno` is after a refused call. After a served one it is what the method left |
/// | `last` | C calls this last: a `close`, a completion, a destructor of whatever signature. However the call goes, served, refused or with a panic, the host value is dropped when the last call inside is out; slot and table are used again once the handle is gone, too. See `Held::hand_over` |
/// | `unsafe(last)` | the same with `state = none`, with `state = table`, and with a `user_data_member`, where a call that C makes after it, against its word, may reach the next table |
/// | `takes_back` | by this callback C takes back what it was lent (`event_del`, `io_free`, `unlock`): with `keep = release` it is served until the release, while others are refused |
/// | `posted` | with `deliver = true`: C does not wait for a call that another thread serves. It has no result, and its arguments are numbers, for C may free what others lead to |
/// | `user_data = ...`, `table = ...` | as for the block, for this callback |
/// | `member = name` | the member, where the method has another name |
/// | `type = TYPE` | the type of the C function, where there is no C struct: see below |
///
/// A fallback runs outside of the method's protection: a panic in it aborts the process.
///
/// # Functions without a struct
///
/// Several functions that C takes one by one, with one user data for all, have no C struct. Then none is named, and each
/// method says which function it is, by the type that C's header or a `-sys` crate has for it:
///
/// ```
/// # use core::ffi::{c_int, c_void};
/// # use outlive::{Held, callbacks};
/// type read_cb = Option<unsafe extern "C" fn(buffer: *mut u8, size: usize, user: *mut c_void) -> isize>;
/// type seek_cb = Option<unsafe extern "C" fn(user: *mut c_void, offset: i64) -> c_int>;
///
/// struct File;
///
/// #[callbacks(state = arg)]
/// impl File {
///     #[callback(type = read_cb, fallback = -1)]
///     fn read(&self, _buffer: *mut u8, _size: usize) -> isize {
///         0
///     }
///
///     #[callback(type = seek_cb, user_data = first, fallback = -1)]
///     fn seek(&self, _offset: i64) -> c_int {
///         0
///     }
/// }
///
/// let held = Held::new(File)?;
/// let functions = held.functions(); // .read and .seek, for C
/// assert_eq!(unsafe { functions.seek.unwrap()(held.user_data(), 8) }, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The type is a function pointer or an `Option` of one, of the ABI `C` or `system`, `unsafe` or not; [`Held::functions`] gives those that are `unsafe`.
/// It does not depend on the parameters of a generic host type. What is about other members of a struct (`constant`,
/// `written_by_c`, `user_data_member`, `destroy`, `member`) has no place here; all else is as for a struct. Reports call the
/// table by the name of the host type.
///
/// # User data that an expression finds
///
/// C may carry the user data in a member of what it passes, in a struct that it passes by value, behind a pointer to it or
/// behind a function of its own. `user_data = EXPR` says how to get there, for the block or for one callback. The expression
/// has C's arguments, raw, by the names of the method's parameters, and all of them are the method's too, whether its body
/// uses them or not. Its value is a
/// pointer of any type, or an integer of 64 bits; 32 do not hold a handle. Where it reads C's memory it is the author's own
/// `unsafe`, which says what C's manual has to say: that the memory is valid, and that what stands there was written before
/// the first call.
///
/// ```
/// # use core::ffi::{c_int, c_void};
/// # use outlive::{Held, callbacks};
/// #[repr(C)]
/// pub struct transfer {
///     pub length: c_int,
///     pub user_data: *mut c_void,
/// }
///
/// #[repr(C)]
/// pub struct driver {
///     pub done: Option<unsafe extern "C" fn(*mut transfer)>,
/// }
///
/// struct Request;
///
/// #[callbacks(driver, state = arg, user_data = unsafe { (*transfer).user_data })]
/// impl Request {
///     fn done(&self, transfer: *mut transfer) {
///         println!("{} bytes", unsafe { (*transfer).length });
///     }
/// }
///
/// let held = Held::new(Request)?;
/// let mut transfer = transfer { length: 8, user_data: held.user_data() };
/// // What C does:
/// unsafe { (*held.as_ptr()).done.unwrap()(&raw mut transfer) };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What is found is looked at as user data that C passes: NULL, a handle of another type, or one that was made up is
/// refused and reported. The expression runs once for each call, before anything else, on the thread that calls. Where it
/// panics, that is an incident (`Panic`), the call is refused, and C gets the fallback, not `late` or `panicked`; with
/// `panic = abort` the process ends, and `panic = resume` has nobody to resume it to. The call of a callback with `last`
/// whose expression panics ends nothing, for nobody knows what it was to end. A parameter that is called `first` or `last`
/// is written in parentheses: `user_data = (last)`.
///
/// # Parameters and results
///
/// A method takes `&self` and then C's arguments in their order, without the user data or the table. `&Call` may
/// stand anywhere among them: it is the running call, which names its table. C may call again
/// before a method has returned, so that there is no `&mut self`: use a `Cell`, or a `Mutex`
/// where threads call.
///
/// The types of C's arguments come from the struct. A method may always have the very same type, and
/// else what [`Argument`], [`CheckedArgument`] and [`ReturnValue`] say: `*const T` for `*mut T`,
/// `Option<T>` (a copy, NULL is `None`) for a pointer to plain data, `Token` and `Option<Token>`
/// for a handle of the host's own, and with `#[try_from]` before the parameter any type that is
/// `TryFrom` what C passes. `Option` and `Token` are known by these names.
///
/// With `unsafe(borrow)` a method may use the memory that C's pointers lead to, for the time of the call:
///
/// | the method has | |
/// | --- | --- |
/// | `Option<&T>`, `Option<&CStr>` | what is there, or a string; NULL is `None` |
/// | `#[len(size)] data: Option<&[T]>` | as many values as C says in the argument `size`, before or after this; `#[len(...)]` is an expression over C's arguments |
/// | `Option<Out<'_, T>>` | an out parameter, written once |
/// | `#[len(size)] into: Option<Buffer<'_, T>>` | C's memory for as many values, to be written; `Buffer<'_>` is for bytes |
///
/// Each is also to be had without the `Option`, and then NULL is refused, but for no values at all.
/// [`BorrowedArgument`] and [`CountedArgument`] have the rules, and what the block promises with the word. `Buffer` and `Out`
/// are known by these names.
///
/// ```
/// use core::ffi::{c_char, c_int, c_void};
/// use outlive::{Buffer, Held, Out, callbacks};
///
/// #[repr(C)]
/// pub struct file {
///     pub read: Option<unsafe extern "C" fn(*mut c_void, into: *mut c_char, size: usize) -> isize>,
///     pub write: Option<unsafe extern "C" fn(*mut c_void, data: *const c_char, size: usize) -> isize>,
///     pub size: Option<unsafe extern "C" fn(*mut c_void, bytes: *mut u64) -> c_int>,
/// }
///
/// struct Zeroes;
///
/// #[callbacks(file, state = arg, user_data = first, unsafe(borrow))]
/// impl Zeroes {
///     #[callback(fallback = -1)]
///     fn read(&self, #[len(size)] mut into: Buffer<'_>, size: usize) -> isize {
///         into.fill(0).len() as isize
///     }
///
///     #[callback(fallback = -1)]
///     fn write(&self, #[len(size)] data: &[u8], size: usize) -> isize {
///         data.iter().take_while(|byte| **byte == 0).count() as isize
///     }
///
///     #[callback(fallback = -1)]
///     fn size(&self, bytes: Out<'_, u64>) -> c_int {
///         bytes.write(u64::MAX);
///         0
///     }
/// }
///
/// let held = Held::new(Zeroes)?;
/// // What C does:
/// let table = unsafe { &*held.as_ptr() };
/// let mut memory: [c_char; 4] = [7; 4];
/// assert_eq!(unsafe { table.read.unwrap()(held.user_data(), memory.as_mut_ptr(), 3) }, 3);
/// assert_eq!(unsafe { table.write.unwrap()(held.user_data(), memory.as_ptr(), 4) }, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// An argument that cannot be had (a misaligned pointer, a negative length, a value that `TryFrom` refuses) is reported
/// as an incident, and C gets the fallback.
///
/// # Unsafe code
///
/// That the pointers are what C's header says is promised where the table is given to C, and in
/// `unsafe(borrow)`; that C calls nothing after a last call, in `unsafe(last)`. The expansion has `unsafe` code of its
/// own (`unsafe impl Callbacks`, the addresses of members), which a crate that forbids `unsafe_code` may have, as it is
/// not the crate's. It holds no function that C calls: these are generic functions of `outlive`. Expressions in the
/// options are ordinary safe code: where one needs `unsafe`, it says so itself.
///
/// [`Argument`]: https://docs.rs/outlive/latest/outlive/trait.Argument.html
/// [`CheckedArgument`]: https://docs.rs/outlive/latest/outlive/trait.CheckedArgument.html
/// [`BorrowedArgument`]: https://docs.rs/outlive/latest/outlive/trait.BorrowedArgument.html
/// [`CountedArgument`]: https://docs.rs/outlive/latest/outlive/trait.CountedArgument.html
/// [`ReturnValue`]: https://docs.rs/outlive/latest/outlive/trait.ReturnValue.html
/// [`Held::functions`]: https://docs.rs/outlive/latest/outlive/struct.Held.html#method.functions
#[cfg(proc_macro)]
#[proc_macro_attribute]
pub fn callbacks(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    expand_callbacks(options.into(), item.into()).into()
}

/// The same, where this is compiled as a plain library: a fuzzer cannot link a macro.
#[cfg(not(proc_macro))]
pub fn callbacks(options: TokenStream, item: TokenStream) -> TokenStream {
    expand_callbacks(options, item)
}

fn expand_callbacks(options: TokenStream, item: TokenStream) -> TokenStream {
    let (options, item) = (fragments::in_expressions(options), fragments::in_item(item));
    let mut item = match syn::parse2::<ItemImpl>(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let error = syn::Error::new(
                error.span(),
                format!("`#[callbacks]` stands on an `impl` block: {error}"),
            )
            .to_compile_error();
            return quote!(#error #item);
        }
    };
    let mut errors = Errors::default();
    let options = BlockOptions::parse(options, &mut errors);
    let block = check::check(options, &mut item, &mut errors);
    let mistakes = errors.into_compile_errors();
    let implementation = match (&block, &mistakes) {
        (Some(block), None) => Some(expand::expand(block)),
        (Some(block), Some(_)) => Some(expand::placeholder(block)),
        (None, _) => None,
    };
    quote!(#item #mistakes #implementation)
}
