//! Generates callback tables of Debian's C libraries for Rust and Go, compiles them, and has C call each callback once; then
//! prints what works, what needs which option, and what cannot be mapped and why.

mod entry;
mod generate;
mod go_module;
mod outcome;
mod rust_crate;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Parser;
use outlive_gen::error::Error;
use outlive_gen::model::Table;
use outlive_gen::proposal::Language;

use entry::{Corpus, Entry};
use generate::{Generated, generate};
use outcome::{Came, Outcome};

/// Generates, compiles and calls callback tables of Debian's C libraries.
#[derive(Debug, Parser)]
struct Args {
    /// The entries to try; all, unless given
    names: Vec<String>,
    /// The file that names them
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus.toml"))]
    corpus: PathBuf,
    /// Where the crate and the module are made
    #[arg(long)]
    folder: PathBuf,
    /// Write out what `#[callbacks]` makes, in Rust
    #[arg(long)]
    without_macro: bool,
    /// Print the outcomes as JSON
    #[arg(long)]
    json: bool,
    /// Print Debian's packages with the headers, and do nothing
    #[arg(long)]
    packages: bool,
    /// Fail unless so many of a hundred that are there work with the options that are proposed
    #[arg(long, default_value_t = 90)]
    percent: usize,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("outlive-corpus: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<bool> {
    let corpus = Corpus::read(&args.corpus)?;
    if args.packages {
        println!("{}", corpus.packages().join("\n"));
        return Ok(true);
    }
    let unknown =
        args.names.iter().find(|name| !corpus.entry.iter().any(|entry| entry.name == **name));
    ensure!(unknown.is_none(), "there is no entry {}", unknown.map_or("", |name| name));
    let is_wanted = |entry: &&Entry| args.names.is_empty() || args.names.contains(&entry.name);
    let entries: Vec<&Entry> = corpus.entry.iter().filter(is_wanted).collect();
    let outcomes = outcomes(&entries, args)?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&outcomes)?),
        false => print!("{}", text(&outcomes)),
    }
    let there = outcomes.iter().filter(|one| one.skipped.is_none()).count();
    let at_first = outcomes.iter().filter(|one| one.works_at_first()).count();
    Ok(there > 0 && at_first * 100 >= there * args.percent)
}

/// What is left to do for one entry in one language.
type Half = Result<Generated, String>;

fn outcomes(entries: &[&Entry], args: &Args) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    let mut halves: [Vec<(&Entry, Generated)>; 2] = [Vec::new(), Vec::new()];
    for entry in entries {
        let mut outcome = Outcome::new(entry);
        match entry.read() {
            Ok(None) => outcome.skipped = Some(format!("no {} ({})", entry.header, entry.package)),
            Ok(Some(table)) => {
                let made = [Language::Rust, Language::Go]
                    .map(|language| half(entry, &table, language, args.without_macro));
                outcome.note(&made);
                for (half, made) in halves.iter_mut().zip(made) {
                    half.extend(made.ok().map(|made| (*entry, made)));
                }
            }
            Err(error @ Error::NoLibclang(_)) => return Err(error.into()),
            Err(error) => {
                outcome.rust = Came::Refused(error.to_string());
                outcome.go = outcome.rust.clone();
            }
        }
        outcomes.push(outcome);
    }
    std::fs::create_dir_all(&args.folder)?;
    let folder = args.folder.canonicalize()?;
    let [rust, go] = halves;
    let (rust, go) = std::thread::scope(|scope| {
        let go = scope.spawn(|| go_module::run(&folder.join("go"), &go));
        (rust_crate::run(&folder.join("rust"), &rust), go.join())
    });
    let go = go.map_err(|_| anyhow::anyhow!("the thread that runs go has panicked"))?;
    take(&mut outcomes, rust?, go?);
    Ok(outcomes)
}

fn take(
    outcomes: &mut [Outcome],
    mut rust: BTreeMap<String, Came>,
    mut go: BTreeMap<String, Came>,
) {
    for outcome in outcomes {
        if let Some(came) = rust.remove(&outcome.name) {
            outcome.rust = came;
        }
        if let Some(came) = go.remove(&outcome.name) {
            outcome.go = came;
        }
    }
}

fn half(entry: &Entry, table: &Table, language: Language, without_macro: bool) -> Half {
    generate(entry, table, language, without_macro).map_err(|error| error.to_string())
}

impl Outcome {
    fn new(entry: &Entry) -> Outcome {
        Outcome {
            name: entry.name.clone(),
            package: entry.package.clone(),
            c: entry.c_name().to_owned(),
            skipped: None,
            needs: entry
                .options
                .iter()
                .map(|(option, value)| format!("{option} {value}"))
                .collect(),
            proposed: Vec::new(),
            left_out: Vec::new(),
            rust: Came::Untried,
            go: Came::Untried,
        }
    }

    fn note(&mut self, made: &[Half; 2]) {
        let [rust, go] = made;
        let refused = |half: &Half| half.as_ref().err().map(|why| Came::Refused(why.clone()));
        self.rust = refused(rust).unwrap_or(Came::Untried);
        self.go = refused(go).unwrap_or(Came::Untried);
        for made in made.iter().flatten() {
            let said = made.proposal.said.iter().map(|one| format!("{} {}", one.option, one.value));
            let said: Vec<String> = said.filter(|one| !self.proposed.contains(one)).collect();
            self.proposed.extend(said);
            let left =
                made.proposal.left_out.iter().map(|one| format!("{}: {}", one.what, one.reason));
            let left: Vec<String> = left.filter(|one| !self.left_out.contains(one)).collect();
            self.left_out.extend(left);
        }
    }
}

/// The table for people.
fn text(outcomes: &[Outcome]) -> String {
    let name = outcomes.iter().map(|one| one.name.len()).max().unwrap_or(0);
    let c = outcomes.iter().map(|one| one.c.len()).max().unwrap_or(0);
    let word = |came: &Came| match came {
        Came::Works => "works",
        Came::Refused(_) => "refused",
        Came::NotCompiled(_) => "fails",
        Came::NotCalled(_) => "no call",
        Came::Untried => "-",
    };
    let mut out =
        format!("{:name$}  {:c$}  {:7}  {:7}  options proposed\n", "entry", "in C", "Rust", "Go");
    for one in outcomes {
        let (rust, go) = (word(&one.rust), word(&one.go));
        let options =
            if one.proposed.is_empty() { "none".to_owned() } else { one.proposed.join(" ") };
        out += &format!("{:name$}  {:c$}  {rust:7}  {go:7}  {options}\n", one.name, one.c);
        let indent = " ".repeat(name + 2);
        let mut line = |text: String| out += &format!("{indent}{text}\n");
        one.skipped.iter().for_each(|why| line(format!("skipped: {why}")));
        if !one.needs.is_empty() {
            line(format!("needs besides: {}", one.needs.join(" ")));
        }
        one.left_out.iter().for_each(|why| line(format!("stays NULL: {why}")));
        for (language, came) in [("Rust", &one.rust), ("Go", &one.go)] {
            if let Came::Refused(why) | Came::NotCompiled(why) | Came::NotCalled(why) = came {
                line(format!("{language}: {}", why.replace('\n', " ")));
            }
        }
    }
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|one| is(one)).count();
    out + &format!(
        "\n{} of {} work with the options that are proposed, {} with more; {} skipped\n",
        count(Outcome::works_at_first),
        count(|one| one.skipped.is_none()),
        count(|one| one.works() && !one.works_at_first()),
        count(|one| one.skipped.is_some())
    )
}
