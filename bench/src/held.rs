//! Tables that C never keeps.

use outlive::{Callbacks, Ended, Held};

/// Holds a value that any thread may call.
pub fn hold<T>(host: T) -> Result<Held<T>, String>
where
    T: Callbacks + Send + Sync + 'static,
{
    Held::new(host).map_err(|error| error.to_string())
}

/// Releases a table whose calls have returned.
pub fn release<T: Callbacks + 'static>(held: Held<T>) {
    // SAFETY: C's loops have returned, and they keep nothing.
    let ended = unsafe { held.release() };
    assert_eq!(ended, Ended::Now, "nobody is inside");
}
