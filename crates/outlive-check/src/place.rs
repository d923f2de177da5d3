//! Where something stands in a file. Texts are not kept: a report reads the few files that it shows again.

use std::path::{Path, PathBuf};

/// A file that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A range of bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

/// The paths of all files that were read.
#[derive(Debug, Default)]
pub struct Files(Vec<PathBuf>);

impl Files {
    /// Names a file.
    pub fn add(&mut self, path: PathBuf) -> FileId {
        let id = FileId(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        self.0.push(path);
        id
    }

    /// The path of a file.
    pub fn path(&self, id: FileId) -> &Path {
        self.0.get(id.0 as usize).map_or(Path::new(""), PathBuf::as_path)
    }
}
