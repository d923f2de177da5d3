//! Transfers with a server on this machine.

mod common;
mod server;

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::*;
use outlive_curl::{Easy, Error, Given, Info, Interest, Multi, Sought, Taken};
use server::Server;

#[test]
fn a_download_has_a_body_a_head_and_progress() -> Result<(), Error> {
    let server = Server::new();
    let (mut easy, got) = get(&server.url("/bytes/300000"))?;
    let lines = Got::default();
    let most = Arc::new(AtomicUsize::new(0));
    let (head, far) = (Arc::clone(&lines), Arc::clone(&most));
    easy.on_header(move |line| {
        head.lock().unwrap().extend_from_slice(line);
        ControlFlow::Continue(())
    })?;
    easy.on_progress(move |progress| {
        far.fetch_max(progress.downloaded as usize, Ordering::Relaxed);
        ControlFlow::Continue(())
    })?;
    easy.perform()?;
    assert_eq!(easy.response_code(), 200);
    assert!(*got.lock().unwrap() == vec![b'x'; 300_000]);
    assert!(lines.lock().unwrap().starts_with(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n"));
    assert_eq!(most.load(Ordering::Relaxed), 300_000);
    Ok(())
}

/// Has an upload read from memory, and counts its seeks.
fn upload(easy: &mut Easy, data: Vec<u8>, size: Option<u64>) -> Result<Arc<AtomicUsize>, Error> {
    let data = Arc::new(Mutex::new(Cursor::new(data)));
    let seeks = Arc::new(AtomicUsize::new(0));
    let (from, counts) = (Arc::clone(&data), Arc::clone(&seeks));
    easy.upload(size)?;
    easy.head(&["Expect:"])?;
    easy.on_read(move |into| {
        let mut piece = vec![0; into.room()];
        let count = data.lock().unwrap().read(&mut piece).unwrap();
        into.put(&piece[..count]);
        Given::Data
    })?;
    easy.on_seek(move |to| {
        assert_eq!(to, SeekFrom::Start(0));
        counts.fetch_add(1, Ordering::Relaxed);
        from.lock().unwrap().seek(to).map_or(Sought::Failed, |_| Sought::Done)
    })?;
    Ok(seeks)
}

#[test]
fn an_upload_is_read_and_after_a_redirection_read_again() -> Result<(), Error> {
    let server = Server::new();
    for (size, path, seeks) in
        [(Some(100_000), "/echo", 0), (None, "/echo", 0), (Some(100_000), "/moved", 1)]
    {
        let (mut easy, got) = get(&server.url(path))?;
        let data: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
        let sought = upload(&mut easy, data.clone(), size)?;
        easy.follow(true)?;
        easy.perform()?;
        assert_eq!(easy.response_code(), 200);
        assert!(*got.lock().unwrap() == data, "{path}, {size:?}");
        assert_eq!(sought.load(Ordering::Relaxed), seeks);
    }
    Ok(())
}

#[test]
fn what_is_said_can_be_seen() -> Result<(), Error> {
    let server = Server::new();
    let (mut easy, _got) = get(&server.url("/hello"))?;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    easy.on_debug(move |info, data| {
        into.lock().unwrap().push((info, String::from_utf8_lossy(data).into_owned()));
    })?;
    easy.perform()?;
    let seen = seen.lock().unwrap();
    let has =
        |info, start: &str| seen.iter().any(|(i, text)| *i == info && text.starts_with(start));
    assert!(has(Info::HeaderOut, "GET /hello HTTP/1.1\r\n"));
    assert!(has(Info::HeaderIn, "X-Greeting: yes"));
    assert!(has(Info::DataIn, "hello"));
    assert!(seen.iter().any(|(info, _)| *info == Info::Text));
    Ok(())
}

#[test]
fn a_transfer_is_used_again_and_its_callbacks_are_replaced() -> Result<(), Error> {
    let (server, count) = (Server::new(), Count::default());
    let (mut easy, got) = get(&server.url("/hello"))?;
    easy.perform()?;
    for _ in 0..3 {
        let live = count.one();
        let into = Arc::clone(&got);
        easy.on_write(move |data| {
            let _ = &live;
            into.lock().unwrap().push(data.len() as u8);
            Taken::All
        })?;
        assert_eq!(count.alive(), 1, "the one before is dropped");
        easy.perform()?;
    }
    assert_eq!(*got.lock().unwrap(), b"hello\x05\x05\x05");
    drop(easy);
    assert_eq!(count.alive(), 0);
    Ok(())
}

#[test]
fn a_callback_may_borrow_for_one_transfer() -> Result<(), Error> {
    let server = Server::new();
    let (mut easy, got) = get(&server.url("/bytes/100000"))?;
    let (mut length, local) = (0, String::from("x"));
    easy.perform_with(|data| {
        assert!(data.iter().all(|byte| *byte == local.as_bytes()[0]));
        length += data.len();
        Taken::All
    })?;
    assert_eq!(length, 100_000);
    assert!(got.lock().unwrap().is_empty(), "the other callback was not called");
    assert_eq!(
        easy.perform_with(|_| panic!("in a callback")),
        Err(Error::Easy(curl_sys::CURLE_WRITE_ERROR))
    );
    easy.perform()?;
    assert_eq!(got.lock().unwrap().len(), 100_000, "it is there again");
    let _ = easy.canceller().cancel();
    assert!(easy.perform_with(|_| Taken::All).is_err());
    Ok(())
}

#[test]
fn without_callbacks_nothing_is_read_or_written() -> Result<(), Error> {
    let server = Server::new();
    let mut easy = Easy::new()?;
    easy.no_proxy("*")?;
    easy.url(&server.url("/hello"))?;
    easy.perform()?;
    easy.url(&server.url("/echo"))?;
    easy.upload(None)?;
    easy.perform()?;
    assert_eq!(easy.response_code(), 200);
    Ok(())
}

#[test]
fn errors_are_libcurls() -> Result<(), Error> {
    let mut easy = Easy::new()?;
    assert_eq!(easy.perform(), Err(Error::Easy(curl_sys::CURLE_URL_MALFORMAT)));
    assert_eq!(easy.url("http://\0"), Err(Error::Nul));
    let server = Server::new();
    let (mut easy, _got) = get(&server.url("/silent"))?;
    easy.timeout(Duration::from_millis(50))?;
    let late = easy.perform().unwrap_err();
    assert_eq!(late, Error::Easy(curl_sys::CURLE_OPERATION_TIMEDOUT));
    assert!(late.to_string().contains("Timeout"), "{late}");
    Ok(())
}

#[test]
fn many_transfers_go_side_by_side() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new();
    let mut multi = Multi::new()?;
    let mut transfers = Vec::new();
    for number in 0..20 {
        let (easy, got) = get(&server.url(&format!("/bytes/{}", number * 1000)))?;
        transfers.push((multi.add(easy)?, got));
    }
    let (easy, _got) = get(&server.url("/none"))?;
    let missing = multi.add(easy)?;
    assert_eq!(missing.result(), None);
    multi.run()?;
    for (number, (transfer, got)) in transfers.iter().enumerate() {
        assert_eq!(transfer.result(), Some(Ok(200)));
        assert_eq!(got.lock().unwrap().len(), number * 1000);
    }
    assert_eq!(missing.result(), Some(Ok(404)));
    // Taken out, one goes on by itself.
    let mut easy = missing.into_easy()?;
    easy.url(&server.url("/hello"))?;
    easy.perform()?;
    assert_eq!(easy.response_code(), 200);
    Ok(())
}

#[test]
fn a_program_may_watch_sockets_and_time_itself() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new();
    let mut multi = Multi::new()?;
    let watched = Arc::new(Mutex::new(Vec::new()));
    let timer = Arc::new(Mutex::new(None));
    let (sockets, time) = (Arc::clone(&watched), Arc::clone(&timer));
    multi.on_socket(move |socket, interest| {
        let mut sockets = sockets.lock().unwrap();
        sockets.retain(|(one, _)| *one != socket);
        if interest != Interest::Remove {
            sockets.push((socket, interest));
        }
        true
    })?;
    multi.on_timer(move |after| {
        *time.lock().unwrap() = after;
        true
    })?;
    let (easy, got) = get(&server.url("/hello"))?;
    let transfer = multi.add(easy)?;
    assert_eq!(*timer.lock().unwrap(), Some(Duration::ZERO), "it wants to begin");
    let mut running = multi.socket_action(None)?;
    while running > 0 {
        thread::sleep(Duration::from_millis(1)); // what a program does with poll
        let ready: Vec<_> = watched.lock().unwrap().clone();
        for (socket, interest) in ready {
            running = multi.socket_action(Some((socket, interest)))?;
        }
        if timer.lock().unwrap().is_some_and(|after| after < Duration::from_millis(2)) {
            running = multi.socket_action(None)?;
        }
    }
    assert_eq!(transfer.result(), Some(Ok(200)));
    assert_eq!(*got.lock().unwrap(), b"hello");
    Ok(())
}

#[test]
fn a_paused_transfer_goes_on_when_it_is_resumed() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new();
    let mut multi = Multi::new()?;
    let (mut easy, got) = get(&server.url("/hello"))?;
    let (mut pauses, into) = (2, Arc::clone(&got));
    easy.on_write(move |data| {
        if pauses > 0 {
            pauses -= 1;
            return Taken::Pause;
        }
        into.lock().unwrap().extend_from_slice(data);
        Taken::All
    })?;
    let transfer = multi.add(easy)?;
    for _ in 0..3 {
        for _ in 0..20 {
            multi.perform()?;
            multi.wait(Duration::from_millis(5))?;
        }
        if transfer.result().is_none() {
            assert!(got.lock().unwrap().is_empty());
            transfer.resume()?;
        }
    }
    multi.run()?;
    assert_eq!(*got.lock().unwrap(), b"hello");
    assert_eq!(transfer.result(), Some(Ok(200)));
    assert!(transfer.resume().is_err(), "it is over");
    Ok(())
}

#[test]
fn transfers_may_be_sent_to_another_thread() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new();
    let mut multi = Multi::new()?;
    let (easy, got) = get(&server.url("/bytes/50000"))?;
    let transfer = multi.add(easy)?;
    multi.perform()?;
    let driver = thread::spawn(move || multi.run().map(|()| multi));
    let _multi = driver.join().unwrap()?;
    assert_eq!(transfer.result(), Some(Ok(200)));
    assert_eq!(got.lock().unwrap().len(), 50_000);
    let (mut easy, got) = get(&server.url("/hello"))?;
    thread::spawn(move || easy.perform()).join().unwrap()?;
    assert_eq!(*got.lock().unwrap(), b"hello");
    Ok(())
}
