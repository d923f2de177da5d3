//! Objects and their names.

use core::ffi::c_int;
use core::fmt;

use libgit2_sys as git;
use sha1::{Digest, Sha1};

/// The name of an object: the SHA-1 of what it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid([u8; 20]);

impl Oid {
    /// The name of an object.
    pub fn of(kind: ObjectKind, data: &[u8]) -> Self {
        let mut hash = Sha1::new();
        hash.update(format!("{} {}\0", kind.name(), data.len()));
        hash.update(data);
        Oid(hash.finalize().into())
    }

    /// The name with these bytes.
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Oid(bytes)
    }

    /// The bytes of the name.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Whether the first `digits` hexadecimal digits are those of `prefix`.
    pub fn begins_with(&self, prefix: &Oid, digits: usize) -> bool {
        let digits = digits.min(40);
        let (whole, half) = (digits / 2, digits % 2 == 1);
        self.0[..whole] == prefix.0[..whole]
            && (!half || self.0[whole] >> 4 == prefix.0[whole] >> 4)
    }

    pub(crate) fn from_c(id: &git::git_oid) -> Self {
        Oid(id.id)
    }

    pub(crate) fn to_c(self) -> git::git_oid {
        git::git_oid { id: self.0 }
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// The contents of a file.
    Blob,
    /// An annotated tag.
    Tag,
}

const KINDS: [(ObjectKind, &str, git::git_object_t); 4] = [
    (ObjectKind::Commit, "commit", git::GIT_OBJECT_COMMIT),
    (ObjectKind::Tree, "tree", git::GIT_OBJECT_TREE),
    (ObjectKind::Blob, "blob", git::GIT_OBJECT_BLOB),
    (ObjectKind::Tag, "tag", git::GIT_OBJECT_TAG),
];

impl ObjectKind {
    /// Git's name for it.
    pub fn name(self) -> &'static str {
        KINDS[self as usize].1
    }

    pub(crate) fn to_c(self) -> git::git_object_t {
        KINDS[self as usize].2
    }
}

impl TryFrom<c_int> for ObjectKind {
    type Error = ();

    /// libgit2's number for it, which packs use too.
    fn try_from(number: c_int) -> Result<Self, ()> {
        KINDS.iter().find(|kind| kind.2 == number).map(|kind| kind.0).ok_or(())
    }
}

/// An object, as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// What it contains, without git's header.
    pub data: Vec<u8>,
}
