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
/// The struct needs no attribute and may have private members. A member that
/// holds a callback is an `extern "C" fn`, `unsafe` or not, in an `Option` or bare. Members that the
/// block does not name are zero (NULL); a bare member needs a method, since it cannot be NULL, and
/// the compiler names one that has none ("constructing invalid value at ... encountered null
/// pointer").
///
/// # Options of the block
///
/// The C struct comes first, then, in any order:
///
/// | option | |
/// | --- | --- |
/// | `state = arg` | C passes each callback a `void *` of the host's (its user data), which leads to the host value |
/// | `state = table` | C passes each callback the table itself, whose address leads to the host value. The struct is less than 64 KiB |
/// | `state = none` | C passes nothing of the host's: each instance of the table has code of its own |
/// | `instances = N` | how many tables of the type can be alive at once with `state = none`; 16 unless given. All types that a generic type is used with share them |
/// | `user_data = last`, `first` or a position | which of C's arguments is the user data with `state = arg`, counted from 0; `last` unless given |
/// | `user_data_member = name` | the table has the user data, too, in this member |
/// | `table = first`, `last` or a position | which of C's arguments points to the table with `state = table`, counted from 0; `first` unless given |
/// | `table_offset = EXPR` | the table begins so many bytes after what that argument points to, such as `offset_of!(outer, table)`; with `-EXPR` before it, such as `-offset_of!(table, link)` where C passes a pointer to the member `link`. A `usize`, known when it is compiled |
/// | `required(a, b)` | C requires these callbacks: a block without a method for one does not compile |
/// | `constant(a = EXPR, b = EXPR)` | these members have the same value in each table, such as a version or a size |
/// | `written_by_c(a, b)` | C writes these members: the table stays writable, and is watched instead of sealed |
/// | `count = true` | counts the served calls, for the ledger; a count that threads share costs more than the call |
/// | `destroy = name` | this member is the destroy notify: C calls it, once, with the user data that it will not use again. No method stands behind it; see `Held::hand_over` |
/// | `panic = fallback`, `abort` or `resume` | what a panic in a method does: the callback returns its fallback, or the process aborts, or the callback returns its fallback and the panic goes on at the host's side (`Held::calling`); `fallback` unless given |
/// | `unsafe(borrow)` | methods may borrow what C points to, see below |
/// | `crate = path` | the path of `outlive`, where it is not `::outlive` |
///
/// # Options of a callback
///
/// In `#[callback(...)]` on the method:
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
/// | `user_data = ...`, `table = ...` | as for the block, for this callback |
/// | `member = name` | the member, where the method has another name |
///
/// A fallback runs outside of the method's protection: a panic in it aborts the process.
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
/// With `unsafe(borrow)`, `Option<&T>` and `Option<&CStr>`, or `&T` and `&CStr` where NULL is refused;
/// [`BorrowedArgument`] says what the block promises with it. A method cannot keep such a reference.
///
/// An argument that cannot be had (a misaligned pointer, a value that `TryFrom` refuses) is reported
/// as an incident, and C gets the fallback.
///
/// # Unsafe code
///
/// That the pointers are what C's header says is promised where the table is given to C, and in
/// `unsafe(borrow)`; that C calls nothing after a last call, in `unsafe(last)`. The expansion has `unsafe` code of its
/// own (`unsafe impl Callbacks`, the addresses of members), which a crate that forbids `unsafe_code` may have, as it is
/// not the crate's. It holds no function that C calls: these are generic functions of `outlive`. Expressions in the
/// options are ordinary safe code.
///
/// [`Argument`]: https://docs.rs/outlive/latest/outlive/trait.Argument.html
/// [`CheckedArgument`]: https://docs.rs/outlive/latest/outlive/trait.CheckedArgument.html
/// [`BorrowedArgument`]: https://docs.rs/outlive/latest/outlive/trait.BorrowedArgument.html
/// [`ReturnValue`]: https://docs.rs/outlive/latest/outlive/trait.ReturnValue.html
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
