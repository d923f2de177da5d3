//! What the tests share.
#![allow(dead_code, reason = "each test has its own use for it")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use outlive_curl::{Easy, Error, Taken};

/// How many of the values that were made with a count are alive.
#[derive(Clone, Default)]
pub struct Count(Arc<AtomicUsize>);

pub struct Live(Count);

impl Count {
    pub fn one(&self) -> Live {
        self.0.fetch_add(1, Ordering::Relaxed);
        Live(self.clone())
    }

    pub fn alive(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Live {
    pub fn is_alive(&self) -> bool {
        self.0.alive() > 0
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What callbacks have been given.
pub type Got = Arc<Mutex<Vec<u8>>>;

/// A transfer from here, which keeps what it gets.
pub fn get(url: &str) -> Result<(Easy, Got), Error> {
    let (mut easy, got) = (Easy::new()?, Got::default());
    easy.url(url)?;
    easy.no_proxy("*")?;
    let into = Arc::clone(&got);
    easy.on_write(move |data| {
        into.lock().unwrap().extend_from_slice(data);
        Taken::All
    })?;
    Ok((easy, got))
}
