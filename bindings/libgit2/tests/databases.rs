//! What libgit2 asks of the stores, one by one.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use outlive_libgit2::{Error, MemoryObjects, MemoryRefs, ObjectKind, Oid, Repository, Target};

const NOT_FOUND: i32 = -3;
const EXISTS: i32 = -4;
const AMBIGUOUS: i32 = -5;
const LOCKED: i32 = -14;

fn repository() -> (Arc<MemoryRefs>, Repository) {
    let refs = Arc::new(MemoryRefs::default());
    (refs.clone(), Repository::new(Arc::new(MemoryObjects::default()), refs).unwrap())
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> i32 {
    result.unwrap_err().code()
}

#[test]
fn an_object_is_found_by_its_name() {
    let (_, repository) = repository();
    let id = repository.write(ObjectKind::Blob, b"hello").unwrap();
    assert_eq!(id, Oid::of(ObjectKind::Blob, b"hello"));
    assert_eq!(repository.write(ObjectKind::Blob, b"hello"), Ok(id));
    assert!(repository.contains(id));
    assert_eq!(repository.header(id), Ok((ObjectKind::Blob, 5)));
    assert_eq!(repository.blob(&id.to_string()).unwrap(), b"hello");
    let empty = repository.write(ObjectKind::Blob, b"").unwrap();
    assert_eq!(repository.blob(&empty.to_string()).unwrap(), b"");
}

#[test]
fn an_object_that_is_not_there_is_not_found() {
    let (_, repository) = repository();
    let id = Oid::of(ObjectKind::Blob, b"hello");
    assert!(!repository.contains(id));
    assert_eq!(code(repository.header(id)), NOT_FOUND);
    assert_eq!(code(repository.blob(&id.to_string())), NOT_FOUND);
}

#[test]
fn the_beginning_of_a_name_will_do_where_it_is_unique() {
    let (_, repository) = repository();
    let ids: Vec<_> = (0..300_u32)
        .map(|n| repository.write(ObjectKind::Blob, &n.to_le_bytes()).unwrap())
        .collect();
    let mut names: Vec<_> = ids.iter().map(Oid::to_string).collect();
    assert_eq!(repository.revision(&names[7][..12]).unwrap(), ids[7]);
    names.sort();
    let twins = names
        .windows(2)
        .find(|pair| pair[0][..4] == pair[1][..4])
        .map(|pair| pair[0][..4].to_owned());
    if let Some(twins) = twins {
        assert_eq!(code(repository.revision(&twins)), AMBIGUOUS);
    }
    assert_eq!(code(repository.revision("0000000000")), NOT_FOUND);
}

#[test]
fn each_object_is_visited_until_an_error() {
    let (_, repository) = repository();
    let mut ids: Vec<_> =
        (0..5_u32).map(|n| repository.write(ObjectKind::Blob, &n.to_le_bytes()).unwrap()).collect();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let visited = seen.clone();
    repository
        .each_object(move |id| {
            visited.borrow_mut().push(id);
            Ok(())
        })
        .unwrap();
    let mut all = seen.take();
    all.sort();
    ids.sort();
    assert_eq!(all, ids);
    let visited = seen.clone();
    let stop = move |id| {
        visited.borrow_mut().push(id);
        if visited.borrow().len() == 2 { Err(Error::new("enough")) } else { Ok(()) }
    };
    assert_eq!(repository.each_object(stop).unwrap_err().to_string(), "enough");
    assert_eq!(seen.take().len(), 2);
}

#[test]
fn references_are_made_changed_renamed_and_deleted() {
    let (refs, repository) = repository();
    let one = repository.write(ObjectKind::Blob, b"1").unwrap();
    let two = repository.write(ObjectKind::Blob, b"2").unwrap();
    let (first, second) = (Target::Object(one), Target::Object(two));
    repository.set_reference("refs/heads/a", &first, false, Some("begin")).unwrap();
    assert_eq!(code(repository.set_reference("refs/heads/a", &second, false, None)), EXISTS);
    repository.set_reference("refs/heads/a", &second, true, None).unwrap();
    repository
        .set_reference("HEAD", &Target::Reference("refs/heads/a".into()), false, None)
        .unwrap();
    assert_eq!(repository.resolve("HEAD"), Ok(two));

    repository.rename_reference("refs/heads/a", "refs/heads/b", false).unwrap();
    assert_eq!(code(repository.resolve("refs/heads/a")), NOT_FOUND);
    assert_eq!(repository.resolve("refs/heads/b"), Ok(two));
    repository.delete_reference("refs/heads/b").unwrap();
    assert_eq!(code(repository.resolve("refs/heads/b")), NOT_FOUND);
    assert_eq!(code(repository.delete_reference("refs/heads/b")), NOT_FOUND);
    assert_eq!(refs.log()[0].message.as_deref(), Some("begin"));
}

#[test]
fn references_are_listed_as_they_were_and_by_pattern() {
    let (_, repository) = repository();
    let id = Target::Object(repository.write(ObjectKind::Blob, b"1").unwrap());
    for name in ["refs/heads/a", "refs/heads/b/c", "refs/tags/a"] {
        repository.set_reference(name, &id, false, None).unwrap();
    }
    assert_eq!(
        repository.references(Some("refs/heads/*")).unwrap(),
        ["refs/heads/a", "refs/heads/b/c"]
    );
    let mut names = repository.iterate(None).unwrap();
    repository.delete_reference("refs/heads/b/c").unwrap();
    assert_eq!(names.next(), Some(Ok("refs/heads/a".into())));
    assert_eq!(names.next(), Some(Ok("refs/heads/b/c".into())));
    drop(repository);
    assert_eq!(names.next(), Some(Ok("refs/tags/a".into())));
    assert_eq!(names.next(), None);
}

#[test]
fn a_transaction_locks_its_reference() {
    let (_, repository) = repository();
    let one = repository.write(ObjectKind::Blob, b"1").unwrap();
    let two = repository.write(ObjectKind::Blob, b"2").unwrap();
    let name = "refs/heads/a";
    repository.set_reference(name, &Target::Object(one), false, None).unwrap();

    let meanwhile = || repository.set_reference(name, &Target::Object(two), true, None);
    repository
        .locked(name, || {
            assert_eq!(code(meanwhile()), LOCKED);
            Ok::<_, Error>(Some(two))
        })
        .unwrap();
    assert_eq!(repository.resolve(name), Ok(two));
    let left = repository.locked(name, || Err::<Option<Oid>, _>(Error::new("no")));
    assert_eq!(left.unwrap_err().to_string(), "no");
    assert_eq!(meanwhile(), Ok(()), "it is unlocked again");
    repository.locked(name, || Ok::<_, Error>(None)).unwrap();
    assert_eq!(code(repository.resolve(name)), NOT_FOUND);
}
