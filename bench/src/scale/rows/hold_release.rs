//! One hold and release beside many live tables.
//!
//! The process has a second thread, as one that C calls has: a barrier of the system's costs less where
//! there is none.

use super::{hold_and_release, hold_many};
use crate::scale::case::{Bound, Case, Family, Ready, Setting};
use crate::tables::ByArgument;
use crate::threads::Thread;

const NAME: &str = "hold-release";
const MOST: Bound = Bound::Nanoseconds(1400.0);

pub fn family() -> Family {
    let smallest = Case::new(NAME, 10, set_up).within(&[MOST]);
    let larger = [1000, 100_000, 1_000_000];
    let larger = larger.map(|n| Case::new(NAME, n, set_up).within(&[Bound::Ratio(1.5), MOST]));
    Family::new(NAME, [&[smallest], &larger[..]].concat())
}

fn set_up(setting: &Setting) -> Result<Ready, String> {
    let thread = Thread::start()?;
    let live = hold_many::<ByArgument>(setting.n)?;

    Ready::repeating(setting, move |count| {
        let _kept = (&live, &thread);
        hold_and_release::<ByArgument>(count)
    })
}
