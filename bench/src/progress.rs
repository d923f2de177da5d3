//! Progress on stderr, where that is a terminal and it takes more than a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a run may take without a word.
const SILENT: Duration = Duration::from_secs(1);

pub struct Progress {
    bar: ProgressBar,
    begun: Instant,
}

impl Progress {
    pub fn new(steps: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        Progress { bar, begun: Instant::now() }
    }

    /// Says what is being measured from here on.
    pub fn now(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    pub fn step(&self) {
        if self.bar.is_hidden() && self.begun.elapsed() > SILENT {
            // It stays hidden where stderr is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(1);
    }

    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}
