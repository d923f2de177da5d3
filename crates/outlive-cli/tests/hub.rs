//! `outlive hub DIR`.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use outlive_vde::Plug;
use rustix::process::{Pid, Signal, kill_process};

/// A hub in a process of its own, killed at the end of the test at the latest.
struct Hub {
    process: Child,
    directory: PathBuf,
    _parent: tempfile::TempDir,
}

impl Hub {
    fn start() -> Hub {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("hub");
        let mut process = hub(&directory).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = process.stdout.as_mut().unwrap();
        let mut line = [0; 9];
        stdout.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"listening");
        Hub { process, directory, _parent: parent }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// What it wrote after its first word, when it has ended by itself.
    fn wait(&mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.process.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the hub does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut text = String::new();
        self.process.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        (self.process.wait().unwrap().code(), text)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn hub(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outlive"));
    command.arg("hub").arg(directory);
    command
}

fn fails(directory: &Path) -> Output {
    let output = hub(directory).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    output
}

fn exchange(directory: &Path) {
    let plugs = ["one", "two"].map(|name| Plug::connect(directory, name).unwrap());
    for plug in &plugs {
        plug.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    }
    for number in 0..100u8 {
        let (from, to) = (usize::from(number % 2), usize::from((number + 1) % 2));
        plugs[from].send(&[number; 100]).unwrap();
        let mut frame = [0; 2048];
        assert_eq!(plugs[to].recv(&mut frame).unwrap(), 100);
        assert_eq!(frame[..100], [number; 100]);
    }
}

#[test]
fn an_interrupted_hub_closes_cleanly_and_removes_what_it_made() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut hub = Hub::start();
        exchange(&hub.directory);
        hub.signal(signal);
        let (status, text) = hub.wait();
        assert_eq!(status, Some(0), "{text}");
        assert!(text.contains("opened: ") && text.contains("frames received 100"), "{text}");
        assert!(!hub.directory.exists());
    }
}

#[test]
fn a_second_hub_in_the_same_directory_is_refused() {
    let hub = Hub::start();
    let output = fails(&hub.directory);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("another hub"), "{words}");
    exchange(&hub.directory); // the first one is unharmed
}

#[test]
fn a_directory_that_cannot_be_listened_in_is_an_error_in_words() {
    let parent = tempfile::tempdir().unwrap();
    let too_long = fails(&parent.path().join("x".repeat(150)));
    assert!(String::from_utf8_lossy(&too_long.stderr).contains("91 bytes"));
    let no_parent = fails(&parent.path().join("no/such"));
    assert!(String::from_utf8_lossy(&no_parent.stderr).contains("parent does not exist"));
    let file = parent.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(String::from_utf8_lossy(&fails(&file).stderr).contains("cannot listen in"));
}

#[test]
fn options_out_of_range_are_usage_errors() {
    for wrong in [&["hub"][..], &["hub", "d", "--max-ports", "0"], &["hub", "d", "--queue", "-1"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_outlive")).args(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}

/// Debian's `vde_plug`: frames on its standard input and output, each behind its length in two bytes.
struct VdePlug(Child);

impl VdePlug {
    /// `None` where the program is not installed.
    fn connect(directory: &Path) -> Option<VdePlug> {
        let (input, output) = (Stdio::piped(), Stdio::piped());
        let mut command = Command::new("vde_plug");
        command.arg(directory).stdin(input).stdout(output).spawn().ok().map(VdePlug)
    }

    fn input(&mut self) -> &mut ChildStdin {
        self.0.stdin.as_mut().unwrap()
    }

    fn output(&mut self) -> &mut ChildStdout {
        self.0.stdout.as_mut().unwrap()
    }

    fn send(&mut self, frame: &[u8]) {
        let length = u16::try_from(frame.len()).unwrap().to_be_bytes();
        self.input().write_all(&[&length, frame].concat()).unwrap();
        self.input().flush().unwrap();
    }

    fn receive(&mut self) -> Vec<u8> {
        let mut length = [0; 2];
        self.output().read_exact(&mut length).unwrap();
        let mut frame = vec![0; usize::from(u16::from_be_bytes(length))];
        self.output().read_exact(&mut frame).unwrap();
        frame
    }
}

impl Drop for VdePlug {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn two_vde_plugs_of_debians_exchange_frames() {
    let mut hub = Hub::start();
    let Some(mut one) = VdePlug::connect(&hub.directory) else {
        eprintln!("skipped: vde_plug is not installed (Debian's package vde2)");
        return;
    };
    let mut two = VdePlug::connect(&hub.directory).unwrap();
    let mut lines = BufReader::new(hub.process.stdout.as_mut().unwrap()).lines();
    let opened = lines.by_ref().filter(|line| line.as_ref().unwrap().contains("opened: ")).take(2);
    assert_eq!(opened.count(), 2);
    for number in 0..50u8 {
        let frame = vec![number; 60 + usize::from(number)];
        one.send(&frame);
        assert_eq!(two.receive(), frame);
        two.send(&frame);
        assert_eq!(one.receive(), frame);
    }
}
