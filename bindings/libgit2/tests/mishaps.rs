//! Panics, errors and ends in each callback, and drops at each moment: libgit2 goes on, and nothing is left.

mod common;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use outlive::{Ended, ledger};
use outlive_libgit2::{
    Error, MemoryObjects, MemoryRefs, Object, ObjectKind, ObjectStore, Oid, Progress, RefStore,
    RefUpdate, Repository, Stopper, Target,
};

/// The ledger is of the whole process: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(ledger().tables.len(), 0, "{}", ledger());
    alone
}

fn nothing_is_left() {
    assert_eq!(ledger().tables.len(), 0, "{}", ledger());
}

type Act = Arc<dyn Fn() + Send + Sync>;

/// Stores that have trouble in the method of this name.
#[derive(Default)]
struct Troubled {
    objects: MemoryObjects,
    refs: MemoryRefs,
    trouble: Mutex<Option<(&'static str, Act)>>,
    met: Mutex<HashSet<&'static str>>,
}

impl Troubled {
    fn meet(&self, method: &'static str) {
        let trouble = self.trouble.lock().unwrap().clone();
        if let Some((_, act)) = trouble.filter(|(place, _)| *place == method) {
            self.met.lock().unwrap().insert(method);
            act();
        }
    }

    fn over(&self) {
        *self.trouble.lock().unwrap() = None;
    }

    fn has_met(&self, method: &str) -> bool {
        self.met.lock().unwrap().contains(method)
    }
}

impl ObjectStore for Troubled {
    fn read(&self, id: &Oid) -> Result<Option<Object>, Error> {
        self.meet("read");
        self.objects.read(id)
    }
    fn write(&self, id: Oid, object: Object) -> Result<(), Error> {
        self.meet("write");
        self.objects.write(id, object)
    }
    fn ids(&self) -> Result<Vec<Oid>, Error> {
        self.meet("ids");
        self.objects.ids()
    }
    fn contains(&self, id: &Oid) -> bool {
        self.meet("contains");
        self.objects.contains(id)
    }
    fn header(&self, id: &Oid) -> Result<Option<(ObjectKind, usize)>, Error> {
        self.meet("header");
        self.objects.header(id)
    }
    fn find(&self, prefix: &Oid, digits: usize) -> Result<Option<Oid>, Error> {
        self.meet("find");
        self.objects.find(prefix, digits)
    }
}

/// The references of a [`Troubled`].
struct Refs(Arc<Troubled>);

impl RefStore for Refs {
    fn lookup(&self, name: &str) -> Result<Option<Target>, Error> {
        self.0.meet("lookup");
        self.0.refs.lookup(name)
    }
    fn names(&self) -> Result<Vec<String>, Error> {
        self.0.meet("names");
        self.0.refs.names()
    }
    fn write(&self, name: &str, target: Target, update: &RefUpdate<'_>) -> Result<(), Error> {
        self.0.meet("write a reference");
        self.0.refs.write(name, target, update)
    }
    fn rename(&self, old: &str, new: &str, update: &RefUpdate<'_>) -> Result<Target, Error> {
        self.0.meet("rename");
        self.0.refs.rename(old, new, update)
    }
    fn delete(&self, name: &str, expected: Option<&Target>) -> Result<(), Error> {
        self.0.meet("delete");
        self.0.refs.delete(name, expected)
    }
}

fn troubled() -> (Arc<Troubled>, Repository) {
    let troubled = Arc::new(Troubled::default());
    let repository = Repository::new(troubled.clone(), Arc::new(Refs(troubled.clone()))).unwrap();
    (troubled, repository)
}

type Operation = fn(&Repository, &str) -> Result<(), Error>;

/// Each method of the stores, with what makes libgit2 call it; `url` is a repository to be fetched.
const METHODS: [(&str, Operation); 13] = [
    // By the commit's name: libgit2 1.9.7 leaks the reference where a revision begins with one whose object cannot be read
    // (`revparse_lookup_object`).
    ("read", |repository, _| {
        let head = repository.resolve("HEAD")?;
        repository.blob(&format!("{head}:README")).map(drop)
    }),
    ("write", |repository, _| repository.write(ObjectKind::Blob, b"new").map(drop)),
    ("write", |repository, url| repository.fetch(url, &())),
    ("ids", |repository, _| repository.each_object(|_| Ok(()))),
    ("header", |repository, _| repository.header(Oid::of(ObjectKind::Blob, b"second\n")).map(drop)),
    ("find", |repository, _| {
        repository.revision(&Oid::of(ObjectKind::Blob, b"second\n").to_string()[..9]).map(drop)
    }),
    ("lookup", |repository, _| repository.resolve("HEAD").map(drop)),
    ("names", |repository, _| repository.references(None).map(drop)),
    ("write a reference", |repository, _| {
        let target = Target::Object(Oid::of(ObjectKind::Blob, b"second\n"));
        repository.set_reference("refs/heads/other", &target, true, None)
    }),
    ("rename", |repository, _| repository.rename_reference("refs/tags/v1", "refs/tags/v2", true)),
    ("delete", |repository, _| repository.delete_reference("refs/tags/v1")),
    // By a transaction, which gives its lock back as well.
    ("write a reference", |repository, _| {
        repository.locked("refs/heads/other", || Ok(Some(Oid::of(ObjectKind::Blob, b"second\n"))))
    }),
    ("delete", |repository, _| repository.locked("refs/heads/main", || Ok::<_, Error>(None))),
];

/// A clone with trouble ahead in `method`, and what is to be fetched into it next.
fn before(
    method: &'static str,
    act: impl FnOnce(&Repository) -> Act,
) -> (common::Source, Arc<Troubled>, Repository) {
    let mut source = common::project();
    let (troubled, repository) = troubled();
    repository.fetch(&source.url(), &()).unwrap();
    source.commit(&[("README", b"third\n")], "Third");
    *troubled.trouble.lock().unwrap() = Some((method, act(&repository)));
    (source, troubled, repository)
}

#[test]
fn a_panic_in_a_store_is_the_error_of_that_call_and_nothing_else() {
    let _alone = alone();
    for (method, operation) in METHODS {
        let (source, troubled, repository) =
            before(method, |_| Arc::new(|| panic!("in the store")));
        let error = operation(&repository, &source.url()).unwrap_err();
        assert!(troubled.has_met(method), "{method}");
        assert!(error.to_string().contains("the store has panicked"), "{method}: {error}");
        troubled.over();
        assert_eq!(operation(&repository, &source.url()), Ok(()), "{method}: the next time");
        drop(repository);
        assert_eq!(Arc::strong_count(&troubled), 1, "{method}");
        nothing_is_left();
    }
}

#[test]
fn a_panic_where_only_yes_and_no_are_known_is_no() {
    let _alone = alone();
    let (_, troubled, repository) = before("contains", |_| Arc::new(|| panic!("in the store")));
    let id = Oid::of(ObjectKind::Blob, b"second\n");
    assert!(!repository.contains(id));
    assert!(troubled.has_met("contains"));
    troubled.over();
    assert!(repository.contains(id));
    drop(repository);
    nothing_is_left();
}

#[test]
fn stores_may_be_taken_away_in_each_of_their_methods() {
    let _alone = alone();
    for (method, operation) in METHODS {
        let (source, troubled, repository) = before(method, |repository| {
            let stopper = repository.stopper();
            Arc::new(move || assert_eq!(stopper.stop(), Ended::Later, "it is inside"))
        });
        // This call goes on to its end; what libgit2 asks next is refused.
        let _ = operation(&repository, &source.url());
        assert!(troubled.has_met(method), "{method}");
        troubled.over();
        for (later, operation) in METHODS {
            let error = operation(&repository, &source.url()).unwrap_err();
            assert!(!error.to_string().is_empty(), "{later} after {method}");
        }
        assert_eq!(Arc::strong_count(&troubled), 1, "{method}: the stores are dropped already");
        drop(repository);
        nothing_is_left();
    }
}

#[test]
fn what_is_asked_after_the_end_says_so() {
    let _alone = alone();
    let (_, troubled, repository) = before("nothing", |_| Arc::new(|| ()));
    assert_eq!(repository.stopper().stop(), Ended::Now);
    troubled.over();
    assert_eq!(Arc::strong_count(&troubled), 1);
    let error = repository.write(ObjectKind::Blob, b"x").unwrap_err();
    assert!(error.to_string().contains("taken away"), "{error}");
    assert!(repository.resolve("HEAD").unwrap_err().to_string().contains("taken away"));
    drop(repository);
    nothing_is_left();
}

#[test]
fn a_panic_in_a_progress_goes_on_in_the_caller() {
    struct Bad(&'static str);
    impl Progress for Bad {
        fn message(&self, _: &str) -> ControlFlow<()> {
            assert_ne!(self.0, "message");
            ControlFlow::Continue(())
        }
        fn transfer(&self, indexed: u32, total: u32, _: usize) -> ControlFlow<()> {
            assert!(self.0 != "begin" || total == 0);
            assert!(self.0 != "end" || indexed == 0 || indexed < total);
            ControlFlow::Continue(())
        }
    }
    let _alone = alone();
    let source = common::project();
    for place in ["message", "begin", "end"] {
        let (troubled, repository) = troubled();
        let fetch = AssertUnwindSafe(|| repository.fetch(&source.url(), &Bad(place)));
        assert!(catch_unwind(fetch).is_err(), "{place}");
        assert!(troubled.objects.is_empty());
        repository.fetch(&source.url(), &()).unwrap();
        drop(repository);
        assert_eq!(Arc::strong_count(&troubled), 1, "{place}");
        nothing_is_left();
    }
}

#[test]
fn a_progress_may_take_the_stores_away() {
    struct Ends(Stopper, u32);
    impl Progress for Ends {
        fn transfer(&self, indexed: u32, total: u32, _: usize) -> ControlFlow<()> {
            if total > 0 && indexed == self.1 {
                assert_eq!(self.0.stop(), Ended::Later);
            }
            ControlFlow::Continue(())
        }
    }
    let _alone = alone();
    let source = common::project();
    for place in [0, 1, 8] {
        let (troubled, repository) = troubled();
        let error =
            repository.fetch(&source.url(), &Ends(repository.stopper(), place)).unwrap_err();
        assert!(error.to_string().contains("taken away"), "{place}: {error}");
        assert_eq!(Arc::strong_count(&troubled), 1, "{place}");
        drop(repository);
        nothing_is_left();
    }
}

#[test]
fn a_repository_may_be_dropped_before_what_came_from_it() {
    let _alone = alone();
    let (_, troubled, repository) = before("nothing", |_| Arc::new(|| ()));
    let stopper = repository.stopper();
    let mut names = repository.iterate(None).unwrap();
    assert_eq!(names.next(), Some(Ok("HEAD".into())));
    drop(repository);
    assert_eq!(names.next(), Some(Ok("refs/heads/main".into())));
    assert_eq!(stopper.stop(), Ended::Now, "the references are still libgit2's");
    assert_eq!(names.next(), Some(Ok("refs/tags/v1".into())));
    drop(names);
    troubled.over();
    assert_eq!(Arc::strong_count(&troubled), 1);
    nothing_is_left();
}

#[test]
fn a_store_may_own_another_repository() {
    struct Owner(Repository, MemoryObjects);
    struct Shared(Mutex<Owner>);
    impl ObjectStore for Shared {
        fn read(&self, id: &Oid) -> Result<Option<Object>, Error> {
            // A call of libgit2's inside of a callback: of another repository.
            let owner = self.0.lock().unwrap();
            if owner.0.contains(*id) { owner.1.read(id) } else { Ok(None) }
        }
        fn write(&self, id: Oid, object: Object) -> Result<(), Error> {
            let owner = self.0.lock().unwrap();
            owner.0.write(object.kind, &object.data)?;
            owner.1.write(id, object)
        }
        fn ids(&self) -> Result<Vec<Oid>, Error> {
            self.0.lock().unwrap().1.ids()
        }
    }
    let _alone = alone();
    let (troubled, inner) = troubled();
    let objects = Arc::new(Shared(Mutex::new(Owner(inner, MemoryObjects::default()))));
    let outer = Repository::new(objects, Arc::new(MemoryRefs::default())).unwrap();
    let id = outer.write(ObjectKind::Blob, b"nested").unwrap();
    assert_eq!(outer.blob(&id.to_string()).unwrap(), b"nested");
    drop(outer); // libgit2 frees the outer, whose store frees the inner
    assert_eq!(Arc::strong_count(&troubled), 1);
    nothing_is_left();
}

#[test]
fn a_stopper_that_has_been_used_makes_no_repository() {
    let _alone = alone();
    let (_, repository) = troubled();
    let stopper = repository.stopper();
    assert_eq!(stopper.stop(), Ended::Now);
    let objects = Arc::new(MemoryObjects::default());
    let refused =
        Repository::stopped_by(&stopper, objects.clone(), Arc::new(MemoryRefs::default()));
    assert!(refused.is_err());
    assert_eq!(Arc::strong_count(&objects), 1);
    drop(repository);
    nothing_is_left();
}

#[test]
fn another_thread_may_take_the_stores_away_at_any_moment() {
    let _alone = alone();
    let source = common::project();
    for delay in 0..12 {
        let (troubled, repository) = troubled();
        let stopper = repository.stopper();
        let begun = Arc::new(OnceLock::new());
        let other = std::thread::spawn({
            let begun = begun.clone();
            move || {
                begun.wait();
                std::thread::sleep(std::time::Duration::from_micros(delay * 400));
                stopper.stop()
            }
        });
        begun.set(()).unwrap();
        let _ = repository.fetch(&source.url(), &());
        let _: Ended = other.join().unwrap();
        assert_eq!(Arc::strong_count(&troubled), 1, "{delay}");
        drop(repository);
        nothing_is_left();
    }
}
