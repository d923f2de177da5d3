//! A block in a `macro_rules`.

use core::ffi::c_int;

use outlive::{Held, callbacks};
use outlive_tests::keeper::Keeper;
use outlive_tests::sys::keeper_table;

/// What a `macro_rules` was given as one is one in the block, too.
macro_rules! block {
    ($name:ident, $table:ty, $value:expr, $closure:expr) => {
        struct $name;

        #[callbacks($table, state = arg)]
        impl $name {
            #[callback(fallback = $value * 2)]
            fn on_event(&self, value: c_int) -> c_int {
                assert!(value != 0, "{}", $value * 2);
                value + $value * 2 + $closure(value)
            }
        }
    };
}

block!(OfFragments, keeper_table, 1 + 1, |value: c_int| value + 1);

#[test]
fn expressions_of_a_macro_rules_are_not_taken_apart() {
    let held = Held::new(OfFragments).unwrap();
    let keeper = Keeper::of(&held);
    assert_eq!((keeper.call(3), keeper.call(0)), (3 + 4 + 4, 4));
    assert_eq!(held.inspect().table, "keeper_table");
}
