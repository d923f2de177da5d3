//! What the tests share.
#![allow(dead_code, reason = "each test has its own use for it")]

use std::sync::{Arc, Mutex};

use outlive_curl::{Easy, Error, Taken};

/// How many of the values that were made with a count are alive.
#[derive(Default)]
pub struct Count(Arc<()>);

/// A value that is counted.
pub type Live = Arc<()>;

impl Count {
    pub fn one(&self) -> Live {
        Arc::clone(&self.0)
    }

    pub fn alive(&self) -> usize {
        Arc::strong_count(&self.0) - 1
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
