//! How much code a library has.

use std::fs;
use std::path::Path;

use object::read::archive::ArchiveFile;
use object::{Object, ObjectSection, SectionKind};

/// What the compiler knows of the library, among the object files.
const METADATA: &[u8] = b"lib.rmeta";

/// The bytes of machine code in a Rust library.
pub fn bytes(library: &Path) -> Result<u64, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", library.display());
    let data = fs::read(library).map_err(|error| failed(&error))?;
    let archive = ArchiveFile::parse(&*data).map_err(|error| failed(&error))?;
    let mut sum = 0;
    for member in archive.members() {
        let member = member.map_err(|error| failed(&error))?;
        let data = member.data(&*data).map_err(|error| failed(&error))?;
        if member.name() == METADATA {
            continue;
        }
        let file = object::File::parse(data).map_err(|error| failed(&error))?;
        let code = file.sections().filter(|section| section.kind() == SectionKind::Text);
        sum += code.map(|section| section.size()).sum::<u64>();
    }
    Ok(sum)
}
