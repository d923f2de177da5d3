//! A repository on disk, to be cloned: git's files, written one by one.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use outlive_libgit2::{ObjectKind, Oid};

/// A bare repository in a directory of its own.
pub struct Source {
    directory: tempfile::TempDir,
    parent: Option<Oid>,
}

impl Source {
    /// One without commits; `HEAD` is `refs/heads/main`.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("refs/heads")).unwrap();
        fs::write(directory.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(
            directory.path().join("config"),
            "[core]\nrepositoryformatversion = 0\nbare = true\n",
        )
        .unwrap();
        fs::create_dir(directory.path().join("objects")).unwrap();
        Source { directory, parent: None }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// Commits a directory of these files on `main`.
    pub fn commit(&mut self, files: &[(&str, &[u8])], message: &str) -> Oid {
        let mut tree = Vec::new();
        for (name, data) in files {
            tree.extend_from_slice(format!("100644 {name}\0").as_bytes());
            tree.extend_from_slice(self.object(ObjectKind::Blob, data).as_bytes());
        }
        let tree = self.object(ObjectKind::Tree, &tree);
        let parent = self.parent.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
        let who = "Ann <ann@example.org> 1700000000 +0000";
        let commit = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{message}\n");
        let commit = self.object(ObjectKind::Commit, commit.as_bytes());
        self.parent = Some(commit);
        self.point("refs/heads/main", commit);
        commit
    }

    /// Makes a reference.
    pub fn point(&self, name: &str, id: Oid) {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, format!("{id}\n")).unwrap();
    }

    fn object(&self, kind: ObjectKind, data: &[u8]) -> Oid {
        let id = Oid::of(kind, data);
        let (folder, name) = (id.to_string()[..2].to_owned(), id.to_string()[2..].to_owned());
        let folder = self.path().join("objects").join(folder);
        fs::create_dir_all(&folder).unwrap();
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        write!(encoder, "{} {}\0", kind.name(), data.len()).unwrap();
        encoder.write_all(data).unwrap();
        fs::write(folder.join(name), encoder.finish().unwrap()).unwrap();
        id
    }
}

/// One with two commits, a tag, and a large file that has changed a little.
#[allow(dead_code, reason = "not every test clones it")]
pub fn project() -> Source {
    let mut source = Source::new();
    let mut long = (0..5000).map(|line| format!("line {line}\n")).collect::<String>();
    let first = source.commit(&[("README", b"first\n"), ("long", long.as_bytes())], "First");
    source.point("refs/tags/v1", first);
    long.push_str("one more\n");
    source.commit(&[("README", b"second\n"), ("long", long.as_bytes())], "Second");
    source
}
