//! The options by their names on the command line.

use crate::error::{Error, Result};
use crate::options::Options;

impl Options {
    /// Says what `outlive gen` is told by this option with this value; `--keep` and `--once` have none, and `""` is given.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if there is no such option of a table or function, or its value is none. What it says of the
    /// header is checked later, by [`assign`](crate::roles::assign).
    pub fn say(&mut self, option: &str, value: &str) -> Result<()> {
        let wrong = |why: String| Error::Option(format!("{option} {value}: {why}"));
        let one = || Some(value.to_owned());
        // These may have a list of them.
        let list = || value.split(',').map(str::to_owned).collect::<Vec<_>>();
        match option {
            "--state" => self.state = Some(value.parse().map_err(wrong)?),
            "--instances" => {
                let number = value.parse().map_err(|_| wrong("this is no number".to_owned()))?;
                self.instances = Some(number);
            }
            "--user-data" => self.user_data = one(),
            "--destroy" => self.destroy = one(),
            "--keep" => self.keep = true,
            "--once" => self.once = true,
            "--constant" => self.constants.extend(one()),
            "--user-data-expr" => self.user_data_expressions.extend(one()),
            "--completion" => self.completions.extend(one()),
            "--written-by-c" => self.written_by_c.extend(list()),
            "--zero" => self.zeros.extend(list()),
            "--only" => self.only.extend(list()),
            "--skip" => self.skip.extend(list()),
            "--token" => self.tokens.extend(list()),
            "--takes-back" => self.takes_back.extend(list()),
            "--last" => self.lasts.extend(list()),
            "--fallback" => self.fallbacks.extend(list()),
            "--late" => self.lates.extend(list()),
            "--panicked" => self.panickeds.extend(list()),
            "--errno" => self.errnos.extend(list()),
            "--slice" => self.slices.extend(list()),
            "--raw" => self.raw.extend(list()),
            "--string" => self.strings.extend(list()),
            "--out" => self.outs.extend(list()),
            "--copy" => self.copies.extend(list()),
            "--reference" => self.references.extend(list()),
            "--uint64" => self.wide.extend(list()),
            _ => {
                return Err(wrong(
                    "`outlive gen` has no such option of a table or a function".to_owned(),
                ));
            }
        }
        Ok(())
    }
}
