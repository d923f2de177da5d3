//! Panics, ends from inside, and drops at each moment.

mod common;
mod server;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use common::*;
use outlive::Ended;
use outlive_curl::{Canceller, Easy, Error, Given, Interest, Multi, Sought, Taken, Transfer};
use server::Server;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;
type Run = Box<dyn FnMut() + Send>;

/// A callback that runs something, and then does as it should; and how a transfer fails in which it does not.
struct Case {
    name: &'static str,
    path: &'static str,
    set: fn(&mut Easy, Run) -> std::result::Result<(), Error>,
    failure: Option<u32>,
}

/// All callbacks of a transfer.
const CASES: [Case; 6] = [
    Case {
        name: "write",
        path: "/bytes/100000",
        set: |easy, mut run| {
            easy.on_write(move |_| {
                run();
                Taken::All
            })
        },
        failure: Some(curl_sys::CURLE_WRITE_ERROR),
    },
    Case {
        name: "header",
        path: "/hello",
        set: |easy, mut run| {
            easy.on_header(move |_| {
                run();
                ControlFlow::Continue(())
            })
        },
        failure: Some(curl_sys::CURLE_WRITE_ERROR),
    },
    Case {
        name: "read",
        path: "/echo",
        set: |easy, mut run| {
            easy.upload(Some(100))?;
            easy.on_read(move |into| {
                run();
                into.put(&[1; 100]);
                Given::Data
            })
        },
        failure: Some(curl_sys::CURLE_ABORTED_BY_CALLBACK),
    },
    Case {
        name: "seek",
        path: "/moved",
        set: |easy, mut run| {
            easy.upload(Some(100))?;
            easy.follow(true)?;
            easy.on_read(|into| {
                into.put(&[1; 100]);
                Given::Data
            })?;
            easy.on_seek(move |_| {
                run();
                Sought::Done
            })
        },
        failure: Some(curl_sys::CURLE_SEND_FAIL_REWIND),
    },
    Case {
        name: "progress",
        path: "/hello",
        set: |easy, mut run| {
            easy.on_progress(move |_| {
                run();
                ControlFlow::Continue(())
            })
        },
        failure: Some(curl_sys::CURLE_ABORTED_BY_CALLBACK),
    },
    Case {
        name: "debug",
        path: "/hello",
        set: |easy, mut run| easy.on_debug(move |_, _| run()),
        failure: None,
    },
];

impl Case {
    /// A transfer with the callback, which has one live value.
    fn easy(
        &self,
        server: &Server,
        count: &Count,
        mut run: impl FnMut() + Send + 'static,
    ) -> Result<Easy> {
        let (mut easy, _got) = get(&server.url(self.path))?;
        let live = count.one();
        let run = move || {
            run();
            let _ = &live;
        };
        (self.set)(&mut easy, Box::new(run))?;
        Ok(easy)
    }

    /// What the transfer comes to where the callback fails.
    fn failed<T>(&self, fine: T) -> std::result::Result<T, Error> {
        self.failure.map_or(Ok(fine), |code| Err(Error::Easy(code)))
    }
}

#[test]
fn a_panic_in_each_callback_is_an_error_of_libcurls() -> Result {
    let server = Server::new();
    for case in &CASES {
        let (name, count) = (case.name, Count::default());
        let mut easy = case.easy(&server, &count, || panic!("in a callback"))?;
        assert_eq!(easy.perform(), case.failed(()), "{name}");
        // It may go on with another one.
        (case.set)(&mut easy, Box::new(|| {}))?;
        assert_eq!(count.alive(), 0, "{name}: it has been replaced");
        easy.perform()?;
        assert_eq!(easy.response_code(), 200, "{name}");
    }
    Ok(())
}

#[test]
fn a_panic_in_one_of_many_transfers_is_its_own() -> Result {
    let server = Server::new();
    let (mut multi, count) = (Multi::new()?, Count::default());
    let bad: Vec<_> = CASES
        .iter()
        .map(|case| Ok(multi.add(case.easy(&server, &count, || panic!("in a callback"))?)?))
        .collect::<Result<_>>()?;
    let (easy, got) = get(&server.url("/bytes/70000"))?;
    let good = multi.add(easy)?;
    multi.run()?;
    for (case, transfer) in CASES.iter().zip(&bad) {
        assert_eq!(transfer.result(), Some(case.failed(200)), "{}", case.name);
    }
    assert_eq!(good.result(), Some(Ok(200)));
    assert_eq!(got.lock().unwrap().len(), 70_000);
    drop(bad);
    assert_eq!(count.alive(), 0);
    Ok(())
}

#[test]
fn each_callback_may_cancel_its_own_transfer() -> Result {
    let server = Server::new();
    for case in &CASES {
        let (name, count) = (case.name, Count::default());
        let canceller = Arc::new(OnceLock::<Canceller>::new());
        let cancel = {
            let canceller = Arc::clone(&canceller);
            move || assert_eq!(canceller.get().unwrap().cancel(), Ended::Later)
        };
        let mut easy = case.easy(&server, &count, cancel)?;
        canceller.set(easy.canceller()).unwrap();
        let ended = easy.perform();
        assert!(ended.is_err(), "{name}");
        assert_eq!(count.alive(), 0, "{name}: it is dropped when it has returned");
        assert_eq!(easy.on_write(|_| Taken::All), Err(Error::Cancelled), "{name}");
        drop(easy);
        assert_eq!(
            canceller.get().unwrap().cancel(),
            Ended::Now,
            "{name}: it has outlived its transfer"
        );
    }
    Ok(())
}

#[test]
fn a_cancel_from_outside_waits_for_the_callback_that_runs() -> Result {
    let (server, count) = (Server::new(), Count::default());
    let ((entered, enters), (go_on, goes_on)) = (channel(), channel::<()>());
    let mut easy = CASES[0].easy(&server, &count, move || {
        entered.send(()).unwrap();
        goes_on.recv().unwrap();
    })?;
    let canceller = easy.canceller();
    let driver = thread::spawn(move || easy.perform());
    enters.recv()?;
    let cancels = thread::spawn(move || canceller.cancel());
    thread::sleep(Duration::from_millis(50));
    assert!(!cancels.is_finished(), "a callback is inside");
    go_on.send(())?;
    assert_eq!(cancels.join().unwrap(), Ended::Now);
    assert_eq!(count.alive(), 0);
    assert!(driver.join().unwrap().is_err());
    Ok(())
}

#[test]
fn a_transfer_that_waits_for_its_server_can_be_cancelled() -> Result {
    let server = Server::new();
    let (mut easy, _got) = get(&server.url("/silent"))?;
    let canceller = easy.canceller();
    let driver = thread::spawn(move || easy.perform());
    thread::sleep(Duration::from_millis(50));
    assert_eq!(canceller.cancel(), Ended::Now);
    let aborted = Err(Error::Easy(curl_sys::CURLE_ABORTED_BY_CALLBACK));
    assert_eq!(driver.join().unwrap(), aborted);
    Ok(())
}

/// A place for a transfer that a callback of its own drops.
type Place = Arc<Mutex<Option<Transfer>>>;

#[test]
fn a_transfer_may_be_dropped_in_each_of_its_own_callbacks() -> Result {
    let server = Server::new();
    for case in &CASES {
        let (name, count, place) = (case.name, Count::default(), Place::default());
        let (taken, calls) = (Arc::clone(&place), Arc::new(AtomicUsize::new(0)));
        let after = Arc::clone(&calls);
        let drops = move || {
            calls.fetch_add(1, Ordering::Relaxed);
            drop(taken.lock().unwrap().take());
        };
        let mut multi = Multi::new()?;
        let (easy, got) = get(&server.url("/bytes/70000"))?;
        let other = multi.add(easy)?;
        // Nothing runs before `perform`, so that the callback finds its transfer.
        *place.lock().unwrap() = Some(multi.add(case.easy(&server, &count, drops)?)?);
        while place.lock().unwrap().is_some() {
            multi.perform()?;
            multi.wait(Duration::from_millis(10))?;
        }
        assert_eq!(count.alive(), 0, "{name}: it is dropped when libcurl has returned");
        assert_eq!(after.load(Ordering::Relaxed), 1, "{name}: it is not called after its drop");
        multi.run()?;
        assert_eq!(other.result(), Some(Ok(200)), "{name}: the others go on");
        assert_eq!(got.lock().unwrap().len(), 70_000, "{name}");
    }
    Ok(())
}

#[test]
fn a_transfer_may_be_dropped_in_callbacks_of_others_and_of_the_multi() -> Result {
    let server = Server::new();
    for way in 0..3 {
        let (count, place) = (Count::default(), Place::default());
        let taken = Arc::clone(&place);
        let drops = move || drop(taken.lock().unwrap().take());
        let mut multi = Multi::new()?;
        let (mut easy, _got) = get(&server.url("/drip"))?;
        let live = count.one();
        easy.on_write(move |_| {
            let _ = &live;
            Taken::All
        })?;
        *place.lock().unwrap() = Some(multi.add(easy)?);
        let (mut other, _got) = get(&server.url("/hello"))?;
        match way {
            0 => other.on_header(move |_| {
                drops();
                ControlFlow::Continue(())
            })?,
            1 => multi.on_socket(move |_, _| {
                drops();
                true
            })?,
            _ => multi.on_timer(move |_| {
                drops();
                true
            })?,
        }
        let other = multi.add(other)?;
        multi.run()?; // the endless one is gone
        assert_eq!(count.alive(), 0, "{way}");
        assert_eq!(other.result(), Some(Ok(200)));
    }
    Ok(())
}

#[test]
fn a_transfer_may_be_dropped_on_another_thread_while_the_multi_waits() -> Result {
    let (server, count) = (Server::new(), Count::default());
    let mut multi = Multi::new()?;
    let (mut easy, _got) = get(&server.url("/silent"))?;
    let live = count.one();
    easy.on_write(move |_| {
        let _ = &live;
        Taken::All
    })?;
    let transfer = multi.add(easy)?;
    multi.perform()?;
    let begins = Instant::now();
    let drops = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        drop(transfer);
    });
    while multi.perform()? > 0 {
        multi.wait(Duration::from_secs(60))?;
    }
    assert!(begins.elapsed() < Duration::from_secs(30), "the drop has woken the one who waits");
    drops.join().unwrap();
    assert_eq!(count.alive(), 0);
    Ok(())
}

#[test]
fn a_drop_does_not_wait_for_a_callback_that_runs() -> Result {
    let (server, count) = (Server::new(), Count::default());
    let ((entered, enters), (go_on, goes_on)) = (channel(), channel::<()>());
    let mut multi = Multi::new()?;
    let transfer = multi.add(CASES[0].easy(&server, &count, move || {
        entered.send(()).unwrap();
        goes_on.recv().unwrap();
    })?)?;
    let driver = thread::spawn(move || multi.run());
    enters.recv()?;
    drop(transfer); // would wait for ever
    assert_eq!(count.alive(), 1, "its callback is inside");
    go_on.send(())?;
    driver.join().unwrap()?;
    assert_eq!(count.alive(), 0);
    Ok(())
}

#[test]
fn a_multi_and_its_transfers_may_be_dropped_at_each_moment() -> Result {
    let server = Server::new();
    for steps in 0.. {
        let mut went_on = false;
        for multi_first in [true, false] {
            let (count, sockets) = (Count::default(), count_sockets());
            let mut multi = Multi::new()?;
            let watched = Arc::clone(&sockets);
            multi.on_socket(move |_, interest| {
                *watched.lock().unwrap() += i32::from(interest == Interest::Remove);
                true
            })?;
            let transfers: Vec<_> = CASES
                .iter()
                .map(|case| Ok(multi.add(case.easy(&server, &count, || {})?)?))
                .collect::<Result<_>>()?;
            let mut running = transfers.len();
            for _ in 0..steps {
                running = multi.perform()?;
                thread::sleep(Duration::from_millis(1));
            }
            went_on |= running > 0;
            if multi_first {
                let canceller = transfers[0].canceller().expect("it is there");
                drop(multi);
                assert_eq!(count.alive(), 0, "the multi drops its transfers");
                assert!(transfers[0].result().is_none() && transfers[0].canceller().is_none());
                assert_eq!(transfers[0].resume(), Err(Error::Closed));
                assert_eq!(canceller.cancel(), Ended::Now);
                for transfer in transfers {
                    assert_eq!(
                        transfer.into_easy().err().map(|error| error.error()),
                        Some(Error::Closed)
                    );
                }
            } else {
                drop(transfers);
                assert_eq!(count.alive(), 0);
                assert_eq!(multi.perform()?, 0);
                drop(multi);
            }
        }
        if !went_on {
            assert!(steps > 3, "there were moments");
            return Ok(());
        }
    }
    Ok(())
}

fn count_sockets() -> Arc<Mutex<i32>> {
    Arc::default()
}

#[test]
fn a_multi_may_be_dropped_or_used_inside_a_callback_of_its_own() -> Result {
    let server = Server::new();
    for drops in [true, false] {
        let (count, place) = (Count::default(), Arc::new(Mutex::new(None::<Multi>)));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (mut multi, within, errors) = (Multi::new()?, Arc::clone(&place), Arc::clone(&seen));
        let live = count.one();
        multi.on_socket(move |_, _| {
            let _ = &live;
            // While it is performing, it is not in its place.
            let Ok(mut place) = within.try_lock() else { return true };
            if let Some(multi) = &mut *place {
                errors.lock().unwrap().push(multi.perform().unwrap_err());
                errors.lock().unwrap().push(multi.wait(Duration::ZERO).unwrap_err());
                errors.lock().unwrap().push(multi.on_timer(|_| true).unwrap_err());
                let refused = multi.add(Easy::new().unwrap()).err().map(|refused| refused.error());
                errors.lock().unwrap().extend(refused);
            }
            if drops {
                drop(place.take());
            }
            true
        })?;
        let (easy, _got) = get(&server.url("/silent"))?;
        let transfer = multi.add(easy)?;
        for _ in 0..20 {
            multi.perform()?;
            multi.wait(Duration::from_millis(2))?;
        }
        *place.lock().unwrap() = Some(multi);
        drop(transfer); // libcurl says that the socket is not to be watched any more
        assert_eq!(*seen.lock().unwrap(), [Error::Inside; 4]);
        assert_eq!(count.alive(), usize::from(!drops));
        drop(place.lock().unwrap().take());
        assert_eq!(count.alive(), 0);
    }
    Ok(())
}

#[test]
fn inside_its_own_callbacks_a_transfer_is_not_taken_out() -> Result {
    let server = Server::new();
    let place = Place::default();
    let within = Arc::clone(&place);
    let seen = Arc::new(Mutex::new(None));
    let error = Arc::clone(&seen);
    let mut multi = Multi::new()?;
    let easy = CASES[0].easy(&server, &Count::default(), move || {
        let mut place = within.lock().unwrap();
        let Some(transfer) = place.take() else { return };
        transfer.resume().unwrap(); // nothing is paused
        let refused = transfer.into_easy().err().unwrap();
        *error.lock().unwrap() = Some(refused.error());
        *place = Some(refused.into_transfer());
    })?;
    *place.lock().unwrap() = Some(multi.add(easy)?);
    multi.run()?;
    assert_eq!(*seen.lock().unwrap(), Some(Error::Inside));
    let transfer = place.lock().unwrap().take().unwrap();
    assert_eq!(transfer.result(), Some(Ok(200)));
    Ok(())
}

#[test]
fn a_callback_of_the_multi_that_panics_fails_its_function() -> Result {
    let server = Server::new();
    let aborted = Error::Multi(11); // CURLM_ABORTED_BY_CALLBACK, which curl-sys does not declare

    // Adding half-way: libcurl has the transfer when it calls the timer's callback.
    let (mut multi, count) = (Multi::new()?, Count::default());
    multi.on_timer(|_| panic!("in a callback"))?;
    let easy = CASES[0].easy(&server, &count, || {})?;
    let refused = multi.add(easy).err().expect("the callback has failed");
    assert_eq!(refused.error(), aborted);
    let mut easy = refused.into_easy();
    easy.perform()?; // it is as it was
    multi.on_timer(|_| true)?;
    let transfer = multi.add(easy)?;
    multi.run()?;
    assert_eq!(transfer.result(), Some(Ok(200)));
    drop((transfer, multi));
    assert_eq!(count.alive(), 0);

    let mut multi = Multi::new()?;
    multi.on_socket(|_, _| panic!("in a callback"))?;
    let transfer = multi.add(CASES[0].easy(&server, &count, || {})?)?;
    let mut failed = None;
    while failed.is_none() && transfer.result().is_none() {
        failed = multi.perform().err();
        multi.wait(Duration::from_millis(2)).unwrap_or(());
    }
    assert_eq!(failed, Some(aborted));
    multi.on_socket(|_, _| true)?;
    drop(transfer);
    assert_eq!(count.alive(), 0);
    let (easy, got) = get(&server.url("/hello"))?;
    let transfer = multi.add(easy)?;
    multi.run()?;
    assert_eq!(transfer.result(), Some(Ok(200)));
    assert_eq!(*got.lock().unwrap(), b"hello");
    Ok(())
}

#[test]
fn transfers_may_own_each_other() -> Result {
    let server = Server::new();
    for multi_first in [true, false] {
        let (mut multi, count) = (Multi::new()?, Count::default());
        let mut owned = None;
        for _ in 0..5 {
            let inner = owned.take();
            let easy = CASES[0]
                .easy(&server, &count, move || assert!(inner.as_ref().is_none_or(|_| true)))?;
            owned = Some(multi.add(easy)?);
        }
        multi.perform()?;
        if multi_first {
            drop(multi);
        } else {
            drop(owned.take());
            assert_eq!(multi.perform()?, 0, "they are gone with their owner");
        }
        assert_eq!(count.alive(), 0);
    }
    // Also one that owns itself: its multi ends it.
    let (mut multi, count, place) = (Multi::new()?, Count::default(), Place::default());
    let own = Arc::clone(&place);
    let easy = CASES[0].easy(&server, &count, move || drop(own.lock()))?;
    *place.lock().unwrap() = Some(multi.add(easy)?);
    drop(place);
    multi.run()?;
    assert_eq!(count.alive(), 1);
    drop(multi);
    assert_eq!(count.alive(), 0);
    Ok(())
}

#[test]
fn threads_may_drop_transfers_and_the_multi_at_once() -> Result {
    let (server, count) = (Server::new(), Count::default());
    for round in 0..30 {
        let mut multi = Multi::new()?;
        let transfers: Vec<_> = CASES
            .iter()
            .map(|case| Ok(multi.add(case.easy(&server, &count, || {})?)?))
            .collect::<Result<_>>()?;
        let droppers: Vec<_> = transfers
            .into_iter()
            .map(|transfer| {
                thread::spawn(move || {
                    thread::sleep(Duration::from_micros(round * 100));
                    drop(transfer);
                })
            })
            .collect();
        let driver = thread::spawn(move || {
            for _ in 0..round {
                multi.perform().unwrap();
            }
        });
        for thread in droppers.into_iter().chain([driver]) {
            thread.join().unwrap();
        }
        assert_eq!(count.alive(), 0);
    }
    Ok(())
}

/// A value whose destructor panics.
struct Bad(Live);

impl Drop for Bad {
    fn drop(&mut self) {
        panic!("in a destructor")
    }
}

#[test]
fn a_destructor_that_panics_stays_where_it_is() -> Result {
    let server = Server::new();
    for way in 0..3 {
        let (count, canceller) = (Count::default(), Arc::new(OnceLock::<Canceller>::new()));
        let (mut multi, own) = (Multi::new()?, Arc::clone(&canceller));
        let (mut easy, _got) = get(&server.url("/bytes/100000"))?;
        canceller.set(easy.canceller()).unwrap();
        let bad = Bad(count.one());
        easy.on_write(move |_| {
            let _ = &bad.0;
            if way == 0 {
                let _ = own.get().unwrap().cancel(); // below C the closure is dropped
            }
            Taken::All
        })?;
        let transfer = multi.add(easy)?;
        if way == 1 {
            drop(transfer);
        }
        multi.run()?;
        drop(multi);
        assert_eq!(count.alive(), 0);
    }
    Ok(())
}

/// Answers one request, and then waits for the end of the connection.
fn one_connection() -> (String, thread::JoinHandle<std::io::Result<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut connection = listener.accept()?.0;
        let _ = connection.read(&mut [0; 1000])?;
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
        connection.read(&mut [0; 1])
    });
    (url, server)
}

#[test]
fn a_socket_is_closed_once_whatever_its_callback_does() -> Result {
    for (panics, in_multi) in [(false, false), (true, false), (false, true), (true, true)] {
        let (url, server) = one_connection();
        let (count, closed) = (Count::default(), Arc::new(AtomicUsize::new(0)));
        let (mut easy, _got) = get(&url)?;
        let (live, closes) = (count.one(), Arc::clone(&closed));
        easy.on_close_socket(move |_| {
            let _ = &live;
            closes.fetch_add(1, Ordering::Relaxed);
            assert!(!panics, "in a callback");
        })?;
        if in_multi {
            let mut multi = Multi::new()?;
            let transfer = multi.add(easy)?;
            multi.run()?;
            assert_eq!(transfer.result(), Some(Ok(200)));
            drop(transfer);
            assert_eq!(closed.load(Ordering::Relaxed), 0, "the connection is kept");
            assert_eq!(count.alive(), 1, "and so is its callback");
            drop(multi);
        } else {
            easy.perform()?;
            let _ = easy.canceller().cancel();
            assert_eq!(count.alive(), 1, "a cancel does not end it");
            drop(easy);
        }
        assert_eq!(closed.load(Ordering::Relaxed), 1);
        assert_eq!(count.alive(), 0);
        assert_eq!(server.join().unwrap()?, 0, "the other end sees that it is closed");
    }
    Ok(())
}

#[test]
fn a_connection_calls_what_was_set_when_it_was_made() -> Result {
    let (url, server) = one_connection();
    let (mut easy, _got) = get(&url)?;
    let order = Arc::new(Mutex::new(Vec::new()));
    for name in ["first", "second"] {
        let order = Arc::clone(&order);
        easy.on_close_socket(move |_| order.lock().unwrap().push(name))?;
        if name == "first" {
            easy.perform()?;
        }
    }
    drop(easy);
    assert_eq!(*order.lock().unwrap(), ["first"]);
    assert_eq!(server.join().unwrap()?, 0);
    Ok(())
}
