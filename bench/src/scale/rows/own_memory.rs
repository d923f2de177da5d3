//! Tables that carry their user data, each of which is memory of its own: one hold and release beside
//! many of them, and what each of them takes. The process has a second thread, as in `hold_release.rs`.

use outlive::Held;

use super::hold_and_release;
use crate::held::hold;
use crate::resident;
use crate::scale::case::{Bound, Case, Family, Ready, Setting};
use crate::tables::Sealed;
use crate::threads::Thread;

const NAME: &str = "hold-release-own-memory";
const MOST: Bound = Bound::Nanoseconds(2500.0);

pub fn family() -> Family {
    let cases = [
        Case::new(NAME, 1, set_up).within(&[MOST]),
        Case::new(NAME, 100_000, set_up).within(&[MOST, Bound::BytesEach(512.0)]),
    ];
    Family::new(NAME, cases.to_vec())
}

fn set_up(setting: &Setting) -> Result<Ready, String> {
    let thread = Thread::start()?;
    // The handles are the host's: their memory is in use before.
    let mut live: Vec<Option<Held<Sealed>>> = (0..setting.n).map(|_| None).collect();
    let before = resident::bytes();
    for held in &mut live {
        *held = Some(hold(Sealed::default())?);
    }
    let grown = resident::bytes().zip(before).map(|(after, before)| after - before);
    let ready = Ready::repeating(setting, move |count| {
        let _kept = (&live, &thread);
        hold_and_release::<Sealed>(count)
    })?;
    // What one takes is less than a page.
    let each = grown.filter(|_| setting.n > 1).map(|grown| grown / setting.n as f64);
    Ok(Ready { bytes_each: each, ..ready })
}
