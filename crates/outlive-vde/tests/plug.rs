//! `Plug` against the hub, over real sockets.
#![cfg(feature = "hub")]

mod common;

use std::{fs, io::ErrorKind, os::unix::net::UnixListener, thread, time::Duration};

use common::Hub;
use outlive_vde::{Plug, sys::VDE_FRAME_MAX};

/// Long enough for a busy machine; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn plug(dir: &std::path::Path, description: &str) -> Plug {
    let plug = Plug::connect(dir, description).unwrap();
    plug.set_read_timeout(Some(PATIENCE)).unwrap();
    plug
}

#[test]
fn frames_go_from_each_plug_to_all_the_others() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("hub");
    let hub = Hub::serve(&dir);
    let plugs: Vec<Plug> = (0..5).map(|n| plug(&dir, &format!("plug {n}"))).collect();
    let mut got = [0; VDE_FRAME_MAX];
    for (from, sender) in plugs.iter().enumerate() {
        let frame = vec![from as u8; 60 + 300 * from];
        sender.send(&frame).unwrap();
        for (to, receiver) in plugs.iter().enumerate() {
            if to != from {
                let length = receiver.recv(&mut got).unwrap();
                assert_eq!(got[..length], frame);
            }
        }
    }
    for plug in &plugs {
        plug.set_nonblocking(true).unwrap();
        assert_eq!(plug.recv(&mut got).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(plug.is_connected());
    }
    assert_eq!(hub.end(), [5, 5, 20, 0]);
    assert!(plugs.iter().all(|plug| !plug.is_connected()));
    assert!(plugs.iter().all(|plug| plug.send(&[0; 60]).is_err()));
    drop(plugs);
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "the hub removes its directory");
}

#[test]
fn many_plugs_send_at_once_and_nothing_is_lost() {
    const PLUGS: usize = 8;
    const FRAMES: usize = 200;
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("hub");
    let hub = Hub::serve(&dir);
    let plugs: Vec<Plug> = (0..PLUGS).map(|n| plug(&dir, &n.to_string())).collect();
    thread::scope(|scope| {
        for plug in &plugs {
            scope.spawn(move || {
                for _ in 0..FRAMES {
                    plug.send(&[1; 100]).unwrap();
                    // Sent no faster than read: what a hub may drop is not this test's matter.
                    let mut got = [0; VDE_FRAME_MAX];
                    for _ in 1..PLUGS {
                        assert_eq!(plug.recv(&mut got).unwrap(), 100);
                    }
                }
            });
        }
    });
    let frames = (PLUGS * FRAMES) as u64;
    assert_eq!(hub.end(), [PLUGS as u64, frames, frames * (PLUGS as u64 - 1), 0]);
}

#[test]
fn a_directory_without_a_hub_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = Plug::connect(dir.path().join("none"), "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = Plug::connect(dir.path(), "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    drop(UnixListener::bind(dir.path().join("ctl")).unwrap());
    let error = Plug::connect(dir.path(), "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no socket is left behind");
}

#[test]
fn a_hub_that_hangs_up_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(dir.path().join("ctl")).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| drop(listener.accept().unwrap()));
        let error = Plug::connect(dir.path(), "x").unwrap_err();
        let expected =
            [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
        assert!(expected.contains(&error.kind()), "{error}");
    });
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no socket is left behind");
}
