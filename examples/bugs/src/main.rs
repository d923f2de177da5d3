//! Runs one half of a bug in this process: `outlive-bugs NAME naive` or `outlive-bugs NAME mended`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let half = match words[..] {
        [name, "naive"] => outlive_bugs::find(name).map(|bug| bug.naive),
        [name, "mended"] => outlive_bugs::find(name).map(|bug| bug.mended),
        _ => None,
    };
    let Some(half) = half else {
        let names: Vec<&str> = outlive_bugs::BUGS.iter().map(|bug| bug.name).collect();
        eprintln!("outlive-bugs NAME naive|mended, where NAME is one of {}", names.join(", "));
        return ExitCode::FAILURE;
    };
    outlive_bugs::run_here(&half);
    ExitCode::SUCCESS
}
