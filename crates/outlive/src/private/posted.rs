//! Which arguments a posted call may have.

use crate::tokens::Token;

/// What is a value by itself, and leads to nothing of C's.
#[diagnostic::on_unimplemented(
    message = "a posted call has numbers for its arguments, and `{Self}` is none",
    label = "C may free what this leads to before the call is served",
    note = "leave `posted` out, so that C waits until the call is served; or have C pass a number"
)]
pub trait Number {}

macro_rules! numbers {
    ($($number:ty)*) => { $(impl Number for $number {})* };
}
numbers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 bool);

// No address: nobody reads what it leads to.
impl Number for Token {}
impl Number for Option<Token> {}

/// Nothing; the compiler looks at the type.
pub const fn is_a_number<T: Number>() {}
