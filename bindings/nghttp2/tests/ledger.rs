//! Nothing stays registered: in a process of its own, for the ledger is the process's.

mod common;

use common::*;
use outlive_nghttp2::{Error, Memory};

#[test]
fn nothing_is_left_in_the_ledger() -> Result<(), Error> {
    let count = Count::default();
    for round in 0..20 {
        let memory = Memory::limited(1 << 20);
        let (mut client, mut server) =
            (noting(&count).memory(memory).client()?, echo(&count).server()?);
        begin(&mut client, &mut server)?;
        post(&mut client.outbound(), Body::new("answered", &count))?;
        run(&mut client, &mut server)?;
        // And one that is cut off, here or there.
        post(&mut client.outbound(), Body::new(vec![0; 100_000], &count))?;
        for _ in 0..round {
            let _ = step(&mut client, &mut server)? | step(&mut server, &mut client)?;
        }
        let ledger = outlive::ledger();
        assert!(ledger.tables.len() >= 3, "the two ends, and the memory");
        assert!(
            ledger.tables.iter().all(|table| table.created.file().contains("tests")),
            "{ledger}"
        );
        if round % 2 == 0 {
            let _ = client.canceller().cancel();
        }
    }
    let refused = noting(&count).memory(Memory::limited(1000)).client();
    assert!(refused.is_err());
    let ledger = outlive::ledger();
    assert!(ledger.tables.is_empty(), "{ledger}");
    Ok(())
}
