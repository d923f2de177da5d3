//! A case's process, as its parent sees it.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::case::{Case, Samples};
use super::worker::Answer;

/// A process that has set its case up, or has said why it cannot. It ends with its input.
pub struct Process {
    name: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    result: Result<Samples, String>,
}

impl Process {
    /// Starts the process and waits until its case is set up.
    pub fn start(case: &Case, quick: bool) -> Result<Self, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.arg("scale-case").arg(case.name).arg(case.n.to_string()).args(case.which);
        command.args(quick.then_some("--quick")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let name = format!("{case}, {}", case.n);
        let failed = || format!("no process for {name} could be started");
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", failed()))?;
        let input = child.stdin.take().ok_or_else(failed)?;
        let output = BufReader::new(child.stdout.take().ok_or_else(failed)?);
        let result = Err(String::new());
        let mut process = Process { name, child, input, output, result };
        process.result = match process.answer()? {
            Answer::Ready { rss_bytes, bytes_each } => {
                Ok(Samples { nanoseconds: Vec::new(), bytes_each, rss_bytes })
            }
            Answer::Failed(error) => Err(error),
            Answer::Nanoseconds(_) => return Err(format!("{}: it was not asked", process.name)),
        };
        Ok(process)
    }

    /// Has it take one sample, if its case could be set up.
    pub fn sample(&mut self) -> Result<(), String> {
        if self.result.is_err() {
            return Ok(());
        }
        let asked = self.input.write_all(b"\n");
        asked.map_err(|error| format!("{}: {error}", self.name))?;
        match (self.answer()?, &mut self.result) {
            (Answer::Nanoseconds(sample), Ok(samples)) => samples.nanoseconds.push(sample),
            (answer, _) => return Err(format!("{}: {answer:?}", self.name)),
        }
        Ok(())
    }

    /// Ends the process.
    pub fn end(self) -> Result<Samples, String> {
        let Process { mut child, input, result, .. } = self;
        drop(input);
        // It has nothing more to tell.
        let _ = child.wait();
        result
    }

    fn answer(&mut self) -> Result<Answer, String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        read.map_err(|error| format!("{}: {error}", self.name))?;
        if line.is_empty() {
            let status = self.child.wait().map_err(|error| error.to_string())?;
            return Err(format!("{}: its process has ended: {status}", self.name));
        }
        serde_json::from_str(&line).map_err(|error| format!("{}: {error}", self.name))
    }
}
