//! The history of a repository, cloned into memory: `cargo run --example history -- URL-OR-PATH [FILE]`, with the contents of a
//! file, if one is named. Without arguments it makes a small repository and shows that.

#[path = "../tests/common/mod.rs"]
mod common;

use std::error::Error;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use outlive_libgit2::{MemoryObjects, MemoryRefs, ObjectStore, Oid, Progress, Repository};

struct Lines;

impl Progress for Lines {
    fn transfer(&self, indexed: u32, total: u32, bytes: usize) -> ControlFlow<()> {
        if indexed > 0 && (indexed == total || indexed.is_multiple_of(1000)) {
            eprintln!("{indexed} of {total} objects, {bytes} bytes");
        }
        ControlFlow::Continue(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next();
    let made = url.is_none().then(common::project);
    let url = url.or_else(|| made.as_ref().map(common::Source::url)).unwrap_or_default();
    let file = arguments.next().or_else(|| made.is_some().then(|| "README".into()));

    let objects = Arc::new(MemoryObjects::default());
    let repository = Repository::new(objects.clone(), Arc::new(MemoryRefs::default()))?;
    repository.fetch(&url, &Lines)?;

    println!("{} objects in memory; references:", objects.len());
    for name in repository.references(None)? {
        println!("  {} {name}", short(repository.resolve(&name)?));
    }
    println!("history of HEAD:");
    let mut next = Some(repository.resolve("HEAD")?);
    while let Some(id) = next {
        let commit = objects.read(&id)?.ok_or("a commit is missing")?;
        let text = String::from_utf8_lossy(&commit.data);
        let (header, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        println!("  {} {}", short(id), message.lines().next().unwrap_or_default());
        let parent = header.lines().find_map(|line| line.strip_prefix("parent "));
        next = parent.map(|parent| repository.revision(parent)).transpose()?;
    }
    if let Some(file) = file {
        println!("{file}:");
        io::stdout().write_all(&repository.blob(&format!("HEAD:{file}"))?)?;
    }
    Ok(())
}

fn short(id: Oid) -> String {
    id.to_string()[..9].to_owned()
}
