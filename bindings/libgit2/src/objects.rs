//! `git_odb_backend`: libgit2 asks an object store.

use core::ffi::{c_int, c_void};
use core::ptr;
use std::sync::Arc;

use libgit2_sys as git;
use outlive::{CClosure, Call, Group, Held, Out, callbacks};

use crate::error::{Error, answer, panicked, refused};
use crate::give::give;
use crate::handle::Handle;
use crate::object::{Object, ObjectKind, Oid};
use crate::store::ObjectStore;
use crate::write_pack::WritePack;

/// A store that libgit2 has.
struct Objects {
    store: Arc<dyn ObjectStore>,
    group: Arc<Group>,
}

/// Gives a store to an object database, which ends with the group, and is libgit2's until it frees the database.
pub(crate) fn add(
    database: &Handle<git::git_odb>,
    store: Arc<dyn ObjectStore>,
    group: &Arc<Group>,
) -> Result<(), Error> {
    let objects = Objects { store, group: group.clone() };
    let register = |held: &Held<Objects>| {
        // SAFETY: OWNED; the table is valid until libgit2 calls its `free`.
        unsafe { git::git_odb_add_backend(database.as_ptr(), held.as_ptr(), 1) }
    };
    // SAFETY: libgit2 keeps a backend where it says so, and else leaves it to the caller.
    unsafe { give(objects, group, register) }
}

impl Objects {
    /// Leaves the object in memory that libgit2 frees.
    fn give(
        call: &Call<'_>,
        object: &Object,
        data: Out<'_, *mut c_void>,
        length: Out<'_, usize>,
        kind: Out<'_, git::git_object_t>,
    ) -> Result<(), Error> {
        let size = object.data.len();
        // SAFETY: the table is the call's own.
        let memory = unsafe { git::git_odb_backend_data_alloc(call.as_ptr().cast(), size.max(1)) };
        if memory.is_null() {
            return Err(Error::new("no memory"));
        }
        // SAFETY: the memory is new, and has room for so many bytes.
        unsafe { ptr::copy_nonoverlapping(object.data.as_ptr(), memory.cast(), size) };
        data.write(memory);
        length.write(size);
        kind.write(object.kind.to_c());
        Ok(())
    }

    fn found(&self, id: &Oid) -> Result<Object, Error> {
        self.store.read(id)?.ok_or_else(|| Error::not_found(id))
    }

    fn the_one(&self, prefix: &git::git_oid, digits: usize) -> Result<Oid, Error> {
        let prefix = Oid::from_c(prefix);
        self.store.find(&prefix, digits)?.ok_or_else(|| Error::not_found(prefix))
    }
}

// The header: what is passed is valid for the call, and the backend is freed last, once.
#[callbacks(
    git::git_odb_backend,
    state = table,
    constant(version = 1),
    written_by_c(odb),
    required(read, write, exists, foreach, free),
    unsafe(borrow)
)]
#[allow(clippy::too_many_arguments, reason = "they are C's")]
impl Objects {
    /// Called where an object is read, with the database's lock.
    #[callback(table = 3, fallback = refused(), panicked = panicked())]
    fn read(
        &self,
        call: &Call<'_>,
        data: Out<'_, *mut c_void>,
        length: Out<'_, usize>,
        kind: Out<'_, git::git_object_t>,
        id: &git::git_oid,
    ) -> c_int {
        let object = self.found(&Oid::from_c(id));
        answer(object.and_then(|object| Objects::give(call, &object, data, length, kind)))
    }

    /// Called where an object is looked for by the beginning of its name, with the database's lock.
    #[callback(table = 4, fallback = refused(), panicked = panicked())]
    fn read_prefix(
        &self,
        call: &Call<'_>,
        whole: Out<'_, git::git_oid>,
        data: Out<'_, *mut c_void>,
        length: Out<'_, usize>,
        kind: Out<'_, git::git_object_t>,
        prefix: &git::git_oid,
        digits: usize,
    ) -> c_int {
        answer(self.the_one(prefix, digits).and_then(|id| {
            Objects::give(call, &self.found(&id)?, data, length, kind)?;
            whole.write(id.to_c());
            Ok(())
        }))
    }

    /// Called where only kind and length are wanted, with the database's lock.
    #[callback(table = 2, fallback = refused(), panicked = panicked())]
    fn read_header(
        &self,
        length: Out<'_, usize>,
        kind: Out<'_, git::git_object_t>,
        id: &git::git_oid,
    ) -> c_int {
        let id = Oid::from_c(id);
        let header =
            self.store.header(&id).and_then(|found| found.ok_or_else(|| Error::not_found(id)));
        answer(header.map(|header| {
            kind.write(header.0.to_c());
            length.write(header.1);
        }))
    }

    /// Called for an object that is not there yet, with the database's lock.
    #[callback(table = first, fallback = refused(), panicked = panicked())]
    fn write(
        &self,
        id: &git::git_oid,
        #[len(length)] data: &[u8],
        length: usize,
        #[try_from] kind: ObjectKind,
    ) -> c_int {
        answer(self.store.write(Oid::from_c(id), Object { kind, data: data.to_vec() }))
    }

    /// Called before an object is written, and where somebody asks, with the database's lock.
    #[callback(fallback = 0)]
    fn exists(&self, id: &git::git_oid) -> c_int {
        c_int::from(self.store.contains(&Oid::from_c(id)))
    }

    /// Called where the beginning of a name is made whole, with the database's lock.
    #[callback(table = 1, fallback = refused(), panicked = panicked())]
    fn exists_prefix(
        &self,
        whole: Out<'_, git::git_oid>,
        prefix: &git::git_oid,
        digits: usize,
    ) -> c_int {
        answer(self.the_one(prefix, digits).map(|id| whole.write(id.to_c())))
    }

    /// Called where all objects are listed, without the lock. What `visit` returns unless it is 0 ends it.
    #[callback(fallback = refused(), panicked = panicked())]
    fn foreach(
        &self,
        call: &Call<'_>,
        visit: git::git_odb_foreach_cb,
        payload: *mut c_void,
    ) -> c_int {
        // SAFETY: TOLD: the function may be called with the payload while this call runs, and there is nothing to be freed.
        let visit = unsafe { CClosure::of(call, visit, payload, None) };
        let ids = match self.store.ids() {
            Ok(ids) => ids,
            Err(error) => return error.raise(),
        };
        let mut answers = ids.iter().map(|id| visit.call(&id.to_c()).unwrap_or_else(|_| refused()));
        answers.find(|answer| *answer != 0).unwrap_or(0)
    }

    /// Called at the beginning of a transfer, with the database's lock.
    #[callback(table = 1, fallback = refused(), panicked = panicked())]
    fn writepack(
        &self,
        call: &Call<'_>,
        out: Out<'_, *mut git::git_odb_writepack>,
        _database: *mut git::git_odb,
        progress: git::git_indexer_progress_cb,
        payload: *mut c_void,
    ) -> c_int {
        // SAFETY: TOLD: the function may be called with the payload until the pack is freed, and there is nothing to be freed.
        let progress = unsafe { CClosure::of(call, progress, payload, None) };
        // SAFETY: it is called in the methods of the pack only, on the thread on which libgit2 calls these.
        let progress = unsafe { progress.assume_send() };
        let table = call.as_ptr().cast();
        let pack = WritePack::begin(self.store.clone(), progress, table, &self.group);
        answer(pack.map(|pack| out.write(pack)))
    }

    /// Called once, when the database is freed: after that nothing is called.
    #[callback(unsafe(last))]
    fn free(&self) {}
}
