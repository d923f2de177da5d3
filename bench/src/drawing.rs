//! The file that `--svg` names.

use std::fs::File;
use std::io::Write;
use std::path::Path;

/// It is opened before anything is measured: that it cannot be written is to be known before, not after, minutes.
pub struct Drawing<'a>(&'a Path, File);

impl<'a> Drawing<'a> {
    pub fn begin(path: &'a Path) -> Result<Self, String> {
        let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Drawing(path, file))
    }

    pub fn finish(mut self, svg: &str) -> Result<(), String> {
        let written = self.1.write_all(svg.as_bytes());
        written.map_err(|error| format!("{}: {error}", self.0.display()))
    }
}
