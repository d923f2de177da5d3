//! The C sources, compiled for the tests with warnings as errors.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::LazyLock,
};

/// The C tests, which are also a hub (`--serve DIR`).
pub static HUB: LazyLock<PathBuf> = LazyLock::new(|| {
    build("hub_test", &hub_sources(), &[]).unwrap_or_else(|error| panic!("{error}"))
});

/// The files of the C library and of its tests.
pub fn hub_sources() -> Vec<PathBuf> {
    let c = Path::new(env!("CARGO_MANIFEST_DIR")).join("c");
    let mut sources = Vec::new();
    for folder in [c.join("tests"), c] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "c") {
                sources.push(path);
            }
        }
    }
    sources
}

/// Compiles a program into the test's target folder; what the compiler says is the error.
pub fn build(name: &str, sources: &[PathBuf], flags: &[&str]) -> Result<PathBuf, String> {
    // Each test program has its own copy, as several may be built at once.
    let caller = env::current_exe().unwrap();
    let caller = caller.file_name().unwrap().to_string_lossy().into_owned();
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{caller}"));
    let output = compiler()
        .args(["-g", "-o"])
        .arg(&program)
        .args(sources)
        .args(flags)
        .output()
        .expect("a C compiler is needed: set CC");
    if output.status.success() {
        Ok(program)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The C compiler with the flags that all C code has to pass.
pub fn compiler() -> Command {
    let mut command = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    command.args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
    command
}

/// Fails with everything that the program has said.
pub fn check(output: &Output) {
    assert!(
        output.status.success(),
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A hub in a process of its own.
pub struct Hub {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Hub {
    /// Starts a hub in `dir` and waits until it listens.
    pub fn serve(dir: &Path) -> Self {
        let mut child = Command::new(&*HUB)
            .arg("--serve")
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { child, stdout }
    }

    /// Ends the hub; gives its last words: the numbers after "ports", "received", "delivered", "bad".
    pub fn end(mut self) -> [u64; 4] {
        drop(self.child.stdin.take());
        let mut words = String::new();
        self.stdout.read_to_string(&mut words).unwrap();
        assert!(self.child.wait().unwrap().success());
        let numbers: Vec<u64> = words.split_whitespace().filter_map(|w| w.parse().ok()).collect();
        numbers.try_into().unwrap_or_else(|_| panic!("the hub said {words:?}"))
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // A hub that has ended already cannot be killed, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
