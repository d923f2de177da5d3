//! C programs that use the library directly, compiled with every warning and run. For Windows, where a C compiler seldom is
//! at hand, ci/capi_windows.sh does the same.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use outlive_vde::Plug;

/// How a program is linked.
#[derive(Clone, Copy)]
enum Link {
    Shared,
    Static,
}

/// The folder that has the library that cargo built for these tests.
fn libraries() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().to_path_buf()
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name)
}

fn hub() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../outlive-vde/c")
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{stderr}", output.status);
    output
}

/// Compiles a program of `tests/c` with what they have in common.
fn compile(folder: &Path, name: &str, link: Link, more: &[PathBuf]) -> Command {
    let program = folder.join(name);
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or("cc".into()));
    cc.args(["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", "-pthread"])
        .arg("-I")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("include"))
        .arg("-I")
        .arg(hub())
        .arg("-D_GNU_SOURCE")
        .arg(source(&format!("{name}.c")))
        .arg(source("check.c"))
        .args(more)
        .arg("-o")
        .arg(&program);
    match link {
        Link::Shared => cc.arg("-L").arg(libraries()).arg("-loutlive_capi"),
        Link::Static => {
            cc.arg(libraries().join("liboutlive_capi.a")).args(["-ldl", "-lm", "-lpthread"])
        }
    };
    run(&mut cc);
    let mut program = Command::new(program);
    program.env("LD_LIBRARY_PATH", libraries()).env_remove("OUTLIVE_ON_INCIDENT");
    program
}

fn compile_and_run(name: &str, link: Link) {
    let folder = tempfile::tempdir().unwrap();
    run(&mut compile(folder.path(), name, link, &[]));
}

#[test]
fn calls_are_let_in_or_refused() {
    compile_and_run("calls", Link::Shared);
}

#[test]
fn a_table_ends_whoever_is_inside() {
    compile_and_run("ends", Link::Shared);
}

#[test]
fn tables_have_many_shapes() {
    compile_and_run("tables", Link::Shared);
}

#[test]
fn c_finds_tables_by_their_address_and_says_that_it_is_done() {
    compile_and_run("shapes", Link::Shared);
}

#[test]
fn what_happens_is_reported() {
    compile_and_run("reports", Link::Shared);
}

#[test]
fn a_program_links_statically() {
    compile_and_run("calls", Link::Static);
}

#[test]
fn a_table_that_c_does_not_write_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = compile(folder.path(), "tables", Link::Shared, &[]);
    let output = program.arg("write").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "writing\n");
    assert!(!output.status.success());
}

#[test]
fn what_was_never_released_is_named_at_exit() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = compile(folder.path(), "reports", Link::Shared, &[]);
    let output = run(program.arg("exit").env("OUTLIVE_REPORT", "exit"));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.starts_with("outlive: never released: listener: live at exit, held by struct host"),
        "{said}"
    );
    assert!(said.contains("check.c:"), "{said}");
}

#[test]
fn a_type_can_ask_for_an_abort() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = compile(folder.path(), "reports", Link::Shared, &[]);
    let output = program.arg("abort").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("panic: listener: boom"), "{said}");
    assert!(said.contains("asks to abort"), "{said}");
}

#[test]
fn the_first_incident_aborts_where_the_environment_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = compile(folder.path(), "calls", Link::Shared, &[]);
    let output = program.env("OUTLIVE_ON_INCIDENT", "abort").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    assert!(said.starts_with("outlive: late call: listener.on_line (made at "), "{said}");
    assert!(said.contains(", ended at ends.go:12)"), "{said}");
}

#[test]
fn a_hub_of_the_programs_own_runs_on_the_ready_made_handler() {
    compile_and_run("handler", Link::Shared);
}

#[test]
fn a_hub_runs_on_the_ready_made_handler() {
    const FRAMES: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let mut files = std::fs::read_dir(hub()).unwrap().map(|file| file.unwrap().path());
    let sources: Vec<PathBuf> = files
        .by_ref()
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    let mut program = compile(folder.path(), "hub", Link::Shared, &sources);
    let listens_in = folder.path().join("hub.ctl");
    program.arg(&listens_in).arg(FRAMES.to_string()).stdout(Stdio::piped());
    let mut child = program.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "listening\n");

    let plugs = [(); 2].map(|()| Plug::connect(&listens_in, "test").unwrap());
    plugs[1].set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    for number in 0..FRAMES {
        let mut frame = [0u8; 64];
        frame[20..28].copy_from_slice(&number.to_ne_bytes());
        plugs[0].send(&frame).unwrap();
        let mut received = [0; 128];
        assert_eq!(plugs[1].recv(&mut received).unwrap(), frame.len());
        assert_eq!(received[..64], frame);
    }
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_header_is_one_of_cplusplus_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("header.cc");
    std::fs::write(
        &file,
        "#include <outlive.h>\nstatic_assert(sizeof(outlive_pass) == 64, \"\");\n",
    )
    .unwrap();
    let compiler = std::env::var_os("CXX").unwrap_or("c++".into());
    let mut command = Command::new(&compiler);
    command
        .args(["-std=c++11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("include"))
        .arg(&file);
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr))
        }
        Err(error) => eprintln!("skipped: {}: {error}", compiler.to_string_lossy()),
    }
}
