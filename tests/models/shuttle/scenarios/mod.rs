//! The scenarios, by what they are about.

mod calls;
mod closes;
mod lent;
mod reuse;

use crate::host::Table;
use crate::threads::{Thread, spawn};

/// Starts as many threads, each with a number and the registration.
fn threads(count: usize, table: &Table, body: fn(usize, &Table)) -> Vec<Thread<()>> {
    let one = |number| {
        let table = table.clone();
        spawn(move || body(number, &table))
    };
    (0..count).map(one).collect()
}

fn join<R>(threads: impl IntoIterator<Item = Thread<R>>) {
    threads.into_iter().for_each(|thread| {
        thread.join();
    });
}
