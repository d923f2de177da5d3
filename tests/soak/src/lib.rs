//! What programs that put something under load have in common: for how long, by which choices, and how they tell of it.

use std::io::IsTerminal;
use std::time::{Duration, UNIX_EPOCH};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// What the command line says of a load.
#[derive(Args, Debug)]
pub struct Load {
    /// How long the load runs.
    #[arg(default_value_t = 1.0)]
    minutes: f64,
    /// Makes the choices of an earlier run again.
    #[arg(long)]
    seed: Option<u64>,
    /// Writes the figures as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Load {
    /// The seed of the choices: the given one, or one of the time.
    pub fn seed(&self) -> u64 {
        let since = UNIX_EPOCH.elapsed().unwrap_or_default();
        self.seed.unwrap_or(since.as_nanos() as u64 & 0xffff_ffff)
    }

    /// How long the load runs.
    pub fn length(&self) -> Duration {
        Duration::from_secs_f64((self.minutes * 60.0).clamp(0.0, 1e7))
    }

    /// A bar for all of it, in milliseconds, on a terminal.
    pub fn bar(&self) -> ProgressBar {
        if !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}");
        ProgressBar::new(self.length().as_millis() as u64)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    /// Prints the figures, an object, in the form that was asked for.
    pub fn print(&self, figures: &Value) {
        if self.json {
            println!("{figures}");
            return;
        }
        for (name, value) in figures.as_object().into_iter().flatten() {
            println!("{name:>30}: {value}");
        }
    }
}
