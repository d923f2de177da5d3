//! Panics, ends from inside, drops at each moment, and memory that runs out.

mod common;

use std::io::{self, Read};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use common::*;
use outlive::Ended;
use outlive_nghttp2::{Builder, Canceller, Error, Memory, NO_BODY, Session};

/// Sets one callback to a closure that returns nothing, whatever the others get and return.
type Set = fn(Builder<Seen>, Arc<dyn Fn() + Send + Sync>) -> Builder<Seen>;

/// Each callback, and whether the client has it called; else the server.
fn callbacks() -> Vec<(&'static str, bool, Set)> {
    macro_rules! set {
        ($($side:literal $name:ident($($argument:pat),*) $result:expr;)*) => {
            vec![$((stringify!($name), $side, |builder, run| {
                builder.$name(move |$($argument),*| {
                    run();
                    $result
                })
            }),)*]
        };
    }
    set! {
        true on_frame_recv(_, _, _) Ok(());
        true on_data_chunk_recv(_, _, _, _) Ok(());
        true before_frame_send(_, _, _) Ok(());
        true on_frame_send(_, _, _) Ok(());
        true on_frame_not_send(_, _, _, _) Ok(());
        true on_stream_close(_, _, _, _) Ok(());
        true on_begin_headers(_, _, _) Ok(());
        true on_header(_, _, _, _) Ok(());
        true select_padding(_, frame, _) frame.length();
        true data_source_read_length(_, _) 1000;
        true on_begin_frame(_, _, _, _) Ok(());
        true send(_, bytes) Ok(bytes.len());
        true recv(_, _) Err(io::ErrorKind::WouldBlock.into());
        false on_invalid_frame_recv(_, _, _, _) Ok(());
        false on_invalid_header(_, _, _, _) Ok(());
        false error(_, _, _) ();
    }
}

/// Has every callback called: a request with a bad header, a stream that breaks off, and a frame that cannot be sent.
fn provoke(
    client: &mut Session<Seen>,
    server: &mut Session<Seen>,
    count: &Count,
) -> Result<(), Error> {
    begin(client, server)?;
    post(&mut client.outbound(), Body::new("body", count))?;
    run(client, server)?;
    let bad = [HEAD.as_slice(), &[("bad", "line\nbreak")]].concat();
    client.outbound().request(&bad, NO_BODY)?;
    run(client, server)?;
    // DATA of no bytes on a stream that is idle is an error of the protocol; here it is HEADERS that depend on themselves.
    let self_dependent = b"\x00\x00\x05\x02\x00\x00\x00\x00\x09\x00\x00\x00\x09\x10";
    server.receive(self_dependent)?;
    let bad_window = b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    server.receive(bad_window)?;
    run(client, server)?;
    client.outbound().request(&HEAD, NO_BODY)?; // after a GOAWAY: it is not sent
    run(client, server)
}

/// Makes both ends with one callback set.
fn ends(
    set: Set,
    of_client: bool,
    run: Arc<dyn Fn() + Send + Sync>,
    count: &Count,
) -> (Session<Seen>, Session<Seen>) {
    let (client, server) = (noting(count), echo(count));
    let (client, server) = match of_client {
        true => (set(client, run), server),
        false => (client, set(server, run)),
    };
    (client.client().unwrap(), server.server().unwrap())
}

/// Runs what is provoked, and then the two functions that callbacks do the work of.
fn drive(
    client: &mut Session<Seen>,
    server: &mut Session<Seen>,
    count: &Count,
) -> Result<(), Error> {
    provoke(client, server, count)?;
    client.outbound().ping(&[0; 8])?;
    for moved in [client.receive_by_callback(), client.send_by_callback()] {
        match moved {
            Err(Error::MissingCallback(_)) => {}
            moved => moved?,
        }
    }
    Ok(())
}

#[test]
fn a_panic_in_each_callback_is_an_error_of_nghttp2() {
    for (name, of_client, set) in callbacks() {
        let count = Count::default();
        let (mut client, mut server) =
            ends(set, of_client, Arc::new(|| panic!("in a callback")), &count);
        let failed = drive(&mut client, &mut server, &count);
        assert_eq!(failed, Err(CALLBACK_FAILURE), "{name}");
        let session = if of_client { &mut client } else { &mut server };
        assert_eq!(session.send().map(drop), Err(Error::Ended), "{name}");
        assert_eq!(session.receive(b"x"), Err(Error::Ended), "{name}");
        drop((client, server));
        assert_eq!(count.alive(), 0, "{name}");
    }
}

#[test]
fn each_callback_may_end_its_own_session() {
    for (name, of_client, set) in callbacks() {
        let count = Count::default();
        let canceller = Arc::new(OnceLock::<Canceller>::new());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let run = {
            let (canceller, seen) = (canceller.clone(), seen.clone());
            Arc::new(move || seen.lock().unwrap().push(canceller.get().unwrap().cancel()))
        };
        let (mut client, mut server) = ends(set, of_client, run, &count);
        let session = if of_client { &client } else { &server };
        canceller.set(session.canceller()).unwrap();
        let _ = drive(&mut client, &mut server, &count); // where C still had something to call, it fails
        assert_eq!(*seen.lock().unwrap(), [Ended::Later], "{name}");
        let session = if of_client { &mut client } else { &mut server };
        assert_eq!(session.with_state(|_| ()), Err(Error::Ended), "{name}");
        assert_eq!(session.send().map(drop), Err(Error::Ended), "{name}");
        let post = post(&mut session.outbound(), Body::new("late", &count));
        assert_eq!(post, Err(Error::Ended), "{name}");
        drop((client, server));
        assert_eq!(count.alive(), 0, "{name}");
        assert_eq!(
            canceller.get().unwrap().cancel(),
            Ended::Now,
            "{name}: it has outlived its session"
        );
    }
}

/// A body that does something when it is read.
struct Acting<F> {
    read: F,
    _live: Live,
}

fn acting<F>(read: F, count: &Count) -> Acting<F> {
    Acting { read, _live: count.one() }
}

impl<F: FnMut() -> io::Result<usize>> Read for Acting<F> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        (self.read)()
    }
}

#[test]
fn a_body_that_panics_or_fails_costs_its_stream_only() -> Result<(), Error> {
    let bodies: [fn() -> io::Result<usize>; 3] =
        [|| panic!("in a body"), || Err(io::Error::other("no more")), || Ok(usize::MAX)];
    for (number, body) in bodies.into_iter().enumerate() {
        let count = Count::default();
        let (mut client, mut server) = (noting(&count).client()?, echo(&count).server()?);
        begin(&mut client, &mut server)?;
        let bad = client.outbound().request(&HEAD, Some(acting(body, &count)))?;
        if number == 2 {
            // It says that it has filled the room and more, for ever: as many bytes are sent as there is room for.
            while server.with_state(|seen| seen.body.len())? < 40_000 {
                assert!(step(&mut client, &mut server)? | step(&mut server, &mut client)?);
            }
            continue;
        }
        run(&mut client, &mut server)?;
        client.with_state(|seen| {
            assert_eq!(seen.closed, [(bad, libnghttp2_sys::NGHTTP2_INTERNAL_ERROR)]);
        })?;
        assert_eq!(count.alive(), 2, "the body is dropped");
        post(&mut client.outbound(), Body::new("good", &count))?;
        run(&mut client, &mut server)?;
        client.with_state(|seen| assert_eq!(seen.body, b"good"))?;
    }
    Ok(())
}

#[test]
fn a_body_may_end_its_own_session() -> Result<(), Error> {
    let count = Count::default();
    let (mut client, mut server) = (noting(&count).client()?, echo(&count).server()?);
    begin(&mut client, &mut server)?;
    let canceller = client.canceller();
    let end = move || {
        assert_eq!(canceller.cancel(), Ended::Later);
        Ok(0)
    };
    client.outbound().request(&HEAD, Some(acting(end, &count)))?;
    assert_eq!(run(&mut client, &mut server), Err(Error::Ended));
    assert_eq!(
        count.alive(),
        2,
        "the server's state and the body of its response; the client's are gone"
    );
    Ok(())
}

#[test]
fn a_cancel_from_outside_waits_for_the_callback_that_runs() {
    let count = Count::default();
    let (entered, enters) = channel();
    let (go_on, goes_on) = channel::<()>();
    let goes_on = Mutex::new(goes_on);
    let mut client = noting(&count)
        .on_frame_send(move |_, _, _| {
            entered.send(()).unwrap();
            goes_on.lock().unwrap().recv().unwrap();
            Ok(())
        })
        .client()
        .unwrap();
    client.outbound().settings(&[]).unwrap();
    let canceller = client.canceller();
    let driver = thread::spawn(move || {
        loop {
            match client.send() {
                Ok(Some(_)) => {}
                other => return other.map(drop),
            }
        }
    });
    enters.recv().unwrap();
    let cancels = thread::spawn(move || canceller.cancel());
    thread::sleep(std::time::Duration::from_millis(50));
    assert!(!cancels.is_finished(), "a callback is inside");
    go_on.send(()).unwrap();
    assert_eq!(cancels.join().unwrap(), Ended::Now);
    assert_eq!(count.alive(), 0, "the state is dropped by the cancel");
    assert!(driver.join().unwrap().is_err());
}

#[test]
fn a_session_may_be_dropped_inside_a_callback_of_another_one() -> Result<(), Error> {
    let count = Count::default();
    let (mut client, mut server) = (noting(&count).client()?, echo(&count).server()?);
    begin(&mut client, &mut server)?;
    post(&mut client.outbound(), Body::new("cut off", &count))?;
    step(&mut client, &mut server)?;
    step(&mut client, &mut server)?;
    let mut other = Some((client, server));
    let mut dropper = Builder::new(())
        .on_frame_send(move |(), _, _| {
            drop(other.take());
            Ok(())
        })
        .client()?;
    dropper.outbound().settings(&[])?;
    while dropper.send()?.is_some() {}
    assert_eq!(count.alive(), 0);
    Ok(())
}

#[test]
fn a_session_may_be_dropped_at_each_moment() {
    for steps in 0.. {
        for client_first in [true, false] {
            let count = Count::default();
            let (mut client, mut server) =
                (noting(&count).client().unwrap(), echo(&count).server().unwrap());
            begin(&mut client, &mut server).unwrap();
            for size in [0, 10, 100_000] {
                post(&mut client.outbound(), Body::new(vec![1; size], &count)).unwrap();
            }
            let mut taken = 0;
            while taken < steps
                && (step(&mut client, &mut server).unwrap()
                    | step(&mut server, &mut client).unwrap())
            {
                taken += 1;
            }
            if client_first {
                drop(client);
                while server.send().unwrap().is_some() {}
                drop(server);
            } else {
                drop(server);
                while client.send().unwrap().is_some() {}
                drop(client);
            }
            assert_eq!(count.alive(), 0, "after {taken} steps");
            if taken < steps {
                assert!(taken > 10, "there were moments");
                return;
            }
        }
    }
}

#[test]
fn a_registration_that_fails_leaves_nothing_wherever_memory_runs_out() {
    let (mut refused, mut failed) = (0, 0);
    for limit in (0..200_000).step_by(40) {
        let (count, memory) = (Count::default(), Memory::limited(limit));
        let client = noting(&count).memory(memory.clone()).client();
        let Ok(mut client) = client else {
            assert_eq!(client.err(), Some(Error::Nghttp2(libnghttp2_sys::NGHTTP2_ERR_NOMEM)));
            assert_eq!((count.alive(), memory.used()), (0, 0));
            refused += 1;
            continue;
        };
        let mut server = echo(&count).server().unwrap();
        let exchange = |client: &mut Session<Seen>, server: &mut Session<Seen>| {
            begin(client, server)?;
            post(&mut client.outbound(), Body::new(vec![1; 50_000], &count))?;
            run(client, server)
        };
        let done = exchange(&mut client, &mut server);
        drop((client, server));
        assert_eq!((count.alive(), memory.used()), (0, 0));
        match done {
            Ok(()) => {
                assert!(
                    refused > 9 && failed > 9,
                    "{refused} sessions were not made, {failed} failed"
                );
                return;
            }
            Err(_) => failed += 1,
        }
    }
    panic!("no limit was enough");
}
