//! Nothing stays registered: in a process of its own, for the ledger is the process's.

mod common;
mod server;

use common::*;
use outlive_curl::{Error, Multi};
use server::Server;

#[test]
fn nothing_is_left_in_the_ledger() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new();
    for round in 0..10 {
        let mut multi = Multi::new()?;
        multi.on_timer(|_| true)?;
        multi.on_socket(|_, _| true)?;
        let (easy, _got) = get(&server.url("/bytes/200000"))?;
        let broken_off = multi.add(easy)?;
        let (easy, _got) = get(&server.url("/hello"))?;
        let taken = multi.add(easy)?;
        for _ in 0..round {
            multi.perform()?;
        }
        let ledger = outlive::ledger();
        assert_eq!(ledger.tables.len(), 8, "two of the multi, three of each transfer: {ledger}");
        if round % 2 == 0 {
            let mut easy = taken.into_easy()?;
            let _ = easy.canceller().cancel();
            assert_eq!(easy.on_debug(|_, _| {}), Err(Error::Cancelled));
        }
        if round % 3 == 0 {
            drop(multi);
        }
        drop(broken_off);
    }
    let ledger = outlive::ledger();
    assert!(ledger.tables.is_empty(), "{ledger}");
    Ok(())
}
