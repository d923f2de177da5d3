//! A library whose panic is caught in it.

/// -7: what is left of a panic.
#[unsafe(no_mangle)]
pub extern "C" fn outlive_panics() -> i32 {
    let panics = || [0; 3][std::hint::black_box(3)];
    std::panic::catch_unwind(panics).unwrap_or(-7)
}
