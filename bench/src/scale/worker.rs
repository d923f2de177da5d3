//! The process of one case: it sets the case up, then takes a sample for each line that it is sent.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::case::{Case, Ready, Setting};
use super::rows;
use crate::output::fail;
use crate::resident;

/// What a case's process is given: what tells its case from all others.
#[derive(Args)]
pub struct Worker {
    name: String,
    n: usize,
    which: Option<String>,
    #[arg(long)]
    quick: bool,
}

/// What it answers, a line each: once when it is set up, then to each line.
#[derive(Debug, Deserialize, Serialize)]
pub enum Answer {
    Ready { rss_bytes: Option<f64>, bytes_each: Option<f64> },
    Nanoseconds(f64),
    Failed(String),
}

impl Worker {
    pub fn run(&self) -> ExitCode {
        match self.serve() {
            // Neither the tables nor the threads are given back: the system takes them all at once.
            // SAFETY: _exit(2) has no preconditions.
            Ok(()) => unsafe { libc::_exit(0) },
            Err(error) => fail(&error),
        }
    }

    fn case(&self) -> Option<Case> {
        let mut cases = rows::families(self.quick).into_iter().flat_map(|family| family.cases);
        cases.find(|case| {
            (case.name, case.which, case.n) == (&self.name, self.which.as_deref(), self.n)
        })
    }

    fn serve(&self) -> Result<(), String> {
        let case = self.case().ok_or("there is no such case")?;
        let Ready { mut sampler, bytes_each } =
            match (case.set_up)(&Setting::new(case.n, self.quick)) {
                Ok(ready) => ready,
                Err(error) => return answer(&Answer::Failed(error)),
            };
        answer(&Answer::Ready { rss_bytes: resident::bytes(), bytes_each })?;
        for line in io::stdin().lock().lines() {
            line.map_err(|error| error.to_string())?;
            answer(&sampler().map_or_else(Answer::Failed, Answer::Nanoseconds))?;
        }
        core::mem::forget(sampler);
        Ok(())
    }
}

fn answer(answer: &Answer) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let written = serde_json::to_writer(&mut out, answer).map_err(io::Error::from);
    let written = written.and_then(|()| writeln!(out)).and_then(|()| out.flush());
    written.map_err(|error| error.to_string())
}
