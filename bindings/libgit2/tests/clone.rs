//! A clone into stores in memory.

mod common;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use outlive_libgit2::{MemoryObjects, MemoryRefs, Progress, Repository, Target};

use common::{Source, project};

fn memory() -> (Arc<MemoryObjects>, Arc<MemoryRefs>, Repository) {
    let (objects, refs) = (Arc::new(MemoryObjects::default()), Arc::new(MemoryRefs::default()));
    let repository = Repository::new(objects.clone(), refs.clone()).unwrap();
    (objects, refs, repository)
}

#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    indexed: AtomicU32,
    total: AtomicU32,
    bytes: AtomicUsize,
}

impl Progress for Heard {
    fn message(&self, text: &str) -> ControlFlow<()> {
        self.lines.lock().unwrap().push(text.into());
        ControlFlow::Continue(())
    }

    fn transfer(&self, indexed: u32, total: u32, bytes: usize) -> ControlFlow<()> {
        self.indexed.fetch_max(indexed, Ordering::Relaxed);
        self.total.fetch_max(total, Ordering::Relaxed);
        self.bytes.fetch_max(bytes, Ordering::Relaxed);
        ControlFlow::Continue(())
    }
}

#[test]
fn a_clone_has_all_objects_and_references() {
    let source = project();
    let (objects, refs, repository) = memory();
    repository.fetch(&source.url(), &()).unwrap();

    assert_eq!(objects.len(), 8, "two commits, two directories, four files");
    assert_eq!(repository.references(None).unwrap(), ["HEAD", "refs/heads/main", "refs/tags/v1"]);
    assert_eq!(repository.blob("HEAD:README").unwrap(), b"second\n");
    assert_eq!(repository.blob("v1:README").unwrap(), b"first\n");
    assert!(repository.blob("HEAD:long").unwrap().ends_with(b"line 4999\none more\n"));
    assert_eq!(repository.revision("HEAD~1").unwrap(), repository.resolve("refs/tags/v1").unwrap());
    let head = refs.log().into_iter().find(|entry| entry.name == "HEAD").unwrap();
    assert_eq!(head.target, Some(Target::Reference("refs/heads/main".into())));
    assert!(!Path::new("shallow").exists(), "nothing is written where the test runs");
}

#[test]
fn a_path_will_do_for_an_url() {
    let source = project();
    let (_, _, repository) = memory();
    repository.fetch(source.path().to_str().unwrap(), &()).unwrap();
    assert_eq!(repository.blob("HEAD:README").unwrap(), b"second\n");
}

#[test]
fn a_progress_hears_of_all_objects() {
    let source = project();
    let (objects, _, repository) = memory();
    let heard = Heard::default();
    repository.fetch(&source.url(), &heard).unwrap();
    assert_eq!(heard.total.into_inner() as usize, objects.len());
    assert_eq!(heard.indexed.into_inner() as usize, objects.len());
    assert!(heard.bytes.into_inner() > 1000);
    assert!(heard.lines.lock().unwrap().iter().any(|line| line.starts_with("Counting objects")));
}

#[test]
fn a_second_fetch_brings_what_is_new() {
    let mut source = project();
    let (objects, _, repository) = memory();
    repository.fetch(&source.url(), &()).unwrap();
    let before = objects.len();

    let third = source.commit(&[("README", b"third\n")], "Third");
    let heard = Heard::default();
    repository.fetch(&source.url(), &heard).unwrap();
    assert_eq!(repository.resolve("HEAD"), Ok(third));
    assert_eq!(objects.len(), before + 3);
    assert_eq!(heard.total.into_inner(), 3);
}

#[test]
fn an_empty_repository_is_cloned() {
    let source = Source::new();
    let (objects, _, repository) = memory();
    repository.fetch(&source.url(), &()).unwrap();
    assert!(objects.is_empty());
}

#[test]
fn what_is_no_repository_is_an_error() {
    let (objects, _, repository) = memory();
    let error = repository.fetch("file:///nowhere/at/all", &()).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    assert!(repository.fetch("a\0b", &()).is_err());
    assert!(objects.is_empty());
}

#[test]
fn a_progress_may_give_up() {
    struct After(AtomicU32);
    impl Progress for After {
        fn transfer(&self, indexed: u32, _: u32, _: usize) -> ControlFlow<()> {
            if indexed == self.0.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }
    let source = project();
    for limit in [0, 3] {
        let (objects, _, repository) = memory();
        let error = repository.fetch(&source.url(), &After(limit.into())).unwrap_err();
        assert_eq!((error.code(), objects.len()), (-7, 0), "{error}");
        assert_eq!(repository.references(None).unwrap(), [""; 0]);
        repository.fetch(&source.url(), &()).unwrap();
        assert_eq!(repository.blob("HEAD:README").unwrap(), b"second\n");
    }
}

#[test]
fn two_repositories_may_share_their_stores() {
    let source = project();
    let (objects, refs, first) = memory();
    let second = Repository::new(objects, refs).unwrap();
    first.fetch(&source.url(), &()).unwrap();
    drop(first);
    assert_eq!(second.blob("HEAD:README").unwrap(), b"second\n");
    let there = std::thread::spawn(move || second.blob("HEAD:README").unwrap());
    assert_eq!(there.join().unwrap(), b"second\n");
}
