//! The system's own VDE programs on our hub. Nothing is installed: without Debian's `vde2`,
//! `vde-switch` or `libvdeplug-dev` the test that needs it says so and passes.
#![cfg(feature = "hub")]

mod common;

use std::{
    env, fs,
    io::{ErrorKind, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use common::Hub;
use outlive_vde::Plug;

/// Long enough for a busy machine; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).any(|dir| dir.join(program).is_file());
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

/// A process that does not outlive its test.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    /// `vde_plug` carries each frame on its standard streams behind its length, two bytes.
    fn plug(dir: &Path) -> Self {
        Self::start(Command::new("vde_plug").arg(dir))
    }

    fn send(&mut self, frame: &[u8]) {
        let mut bytes = (frame.len() as u16).to_be_bytes().to_vec();
        bytes.extend(frame);
        let stdin = self.0.stdin.as_mut().unwrap();
        stdin.write_all(&bytes).unwrap();
        stdin.flush().unwrap();
    }

    /// The frames that arrive, each as it comes.
    fn frames(&mut self) -> mpsc::Receiver<Vec<u8>> {
        let mut stdout = self.0.stdout.take().unwrap();
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut length = [0; 2];
            while stdout.read_exact(&mut length).is_ok() {
                let mut frame = vec![0; u16::from_be_bytes(length).into()];
                if stdout.read_exact(&mut frame).is_err() || sender.send(frame).is_err() {
                    break;
                }
            }
        });
        receiver
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the hub in `dir` has so many ports: each has a socket there, beside `ctl`.
fn wait_for_ports(dir: &Path, ports: usize) {
    let start = Instant::now();
    let is_port = |name: &str| name.starts_with(|first: char| first.is_ascii_digit());
    let open = || {
        let entries = fs::read_dir(dir).unwrap();
        entries
            .filter(|entry| is_port(&entry.as_ref().unwrap().file_name().to_string_lossy()))
            .count()
    };
    while open() < ports {
        assert!(start.elapsed() < PATIENCE, "only {} of {ports} ports are open", open());
        thread::sleep(Duration::from_millis(10));
    }
}

fn frame(number: u8) -> Vec<u8> {
    vec![number; 60 + 5 * usize::from(number)]
}

#[test]
fn a_pair_of_vde_plugs_exchanges_frames() {
    if !installed("vde_plug") {
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("hub");
    let hub = Hub::serve(&dir);
    let (mut one, mut two) = (Running::plug(&dir), Running::plug(&dir));
    let ours = Plug::connect(&dir, "ours").unwrap();
    ours.set_read_timeout(Some(PATIENCE)).unwrap();
    wait_for_ports(&dir, 3);
    let (from_one, from_two) = (two.frames(), one.frames());
    let mut got = [0; 9234];
    for number in 0..100 {
        one.send(&frame(number));
        assert_eq!(from_one.recv_timeout(PATIENCE).unwrap(), frame(number));
        let length = ours.recv(&mut got).unwrap();
        assert_eq!(got[..length], frame(number));
        two.send(&frame(number + 100));
        assert_eq!(from_two.recv_timeout(PATIENCE).unwrap(), frame(number + 100));
        let length = ours.recv(&mut got).unwrap();
        assert_eq!(got[..length], frame(number + 100));
    }
    drop((one, two, ours));
    assert_eq!(hub.end(), [3, 200, 400, 0]);
}

#[test]
fn a_pair_of_libvdeplug_connections_exchanges_frames() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/plug_pair.c");
    let program = match common::build("plug_pair", &[source], &["-lvdeplug"]) {
        Ok(program) => program,
        Err(error) if error.contains("libvdeplug.h") || error.contains("-lvdeplug") => {
            eprintln!("skipped: libvdeplug-dev is not installed");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("hub");
    let hub = Hub::serve(&dir);
    common::check(&Command::new(program).arg(&dir).arg("500").output().unwrap());
    assert_eq!(hub.end(), [2, 1000, 1000, 0]);
}

#[test]
fn our_plug_works_on_a_vde_switch() {
    if !installed("vde_switch") {
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("switch");
    let mut command = Command::new("vde_switch");
    let _switch = Running::start(command.args(["-hub", "-s"]).arg(&dir));
    let connect = || {
        let start = Instant::now();
        loop {
            match Plug::connect(&dir, "ours") {
                Ok(plug) => break plug,
                Err(error) if start.elapsed() < PATIENCE => {
                    let starting = [ErrorKind::NotFound, ErrorKind::ConnectionRefused];
                    assert!(starting.contains(&error.kind()), "{error}");
                    thread::sleep(Duration::from_millis(10));
                }
                Err(error) => panic!("{error}"),
            }
        }
    };
    let (one, two) = (connect(), connect());
    two.set_read_timeout(Some(PATIENCE)).unwrap();
    one.send(&frame(7)).unwrap();
    let mut got = [0; 9234];
    let length = two.recv(&mut got).unwrap();
    assert_eq!(got[..length], frame(7));
}
