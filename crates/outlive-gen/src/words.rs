//! The options by their names on the command line.

use crate::error::{Error, Result};
use crate::options::{Options, State};

/// Where an option's values are.
type List = fn(&mut Options) -> &mut Vec<String>;

/// Options that may have several values, and whether commas stand between them.
const LISTS: &[(&str, bool, List)] = &[
    ("--constant", false, |o| &mut o.constants),
    ("--user-data-expr", false, |o| &mut o.user_data_expressions),
    ("--completion", false, |o| &mut o.completions),
    ("--written-by-c", true, |o| &mut o.written_by_c),
    ("--zero", true, |o| &mut o.zeros),
    ("--only", true, |o| &mut o.only),
    ("--skip", true, |o| &mut o.skip),
    ("--token", true, |o| &mut o.tokens),
    ("--takes-back", true, |o| &mut o.takes_back),
    ("--last", true, |o| &mut o.lasts),
    ("--fallback", true, |o| &mut o.fallbacks),
    ("--late", true, |o| &mut o.lates),
    ("--panicked", true, |o| &mut o.panickeds),
    ("--errno", true, |o| &mut o.errnos),
    ("--slice", true, |o| &mut o.slices),
    ("--raw", true, |o| &mut o.raw),
    ("--string", true, |o| &mut o.strings),
    ("--out", true, |o| &mut o.outs),
    ("--copy", true, |o| &mut o.copies),
    ("--reference", true, |o| &mut o.references),
    ("--uint64", true, |o| &mut o.wide),
];

impl Options {
    /// Says what `outlive gen` is told by this option with this value; `--once` has none, and `""` is given.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if there is no such option of a table or function, or its value is none. What it says of the
    /// header is checked later, by [`assign`](crate::roles::assign).
    pub fn say(&mut self, option: &str, value: &str) -> Result<()> {
        let wrong = |why: String| Error::Option(format!("{option} {value}: {why}"));
        let one = || Some(value.to_owned());
        match option {
            "--state" => self.state = Some(value.parse().map_err(wrong)?),
            "--instances" => {
                let number = value.parse().map_err(|_| wrong("this is no number".to_owned()))?;
                self.instances = Some(number);
            }
            "--user-data" => self.user_data = one(),
            "--destroy" => self.destroy = one(),
            "--keep" if value == "release" => self.keep = true,
            "--keep" => return Err(wrong("a value is kept until its `release`".to_owned())),
            "--once" => self.once = true,
            _ => {
                let Some((_, commas, list)) = LISTS.iter().find(|(name, ..)| *name == option)
                else {
                    let why = "`outlive gen` has no such option of a table or a function";
                    return Err(wrong(why.to_owned()));
                };
                match commas {
                    true => list(self).extend(value.split(',').map(str::to_owned)),
                    false => list(self).push(value.to_owned()),
                }
            }
        }
        Ok(())
    }

    /// The options and values that say all this.
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let singles = [
            ("--state", self.state.as_ref().map(state)),
            ("--instances", self.instances.map(|number| number.to_string())),
            ("--user-data", self.user_data.clone()),
            ("--destroy", self.destroy.clone()),
            ("--keep", self.keep.then(|| "release".to_owned())),
            ("--once", self.once.then(String::new)),
        ];
        let singles = singles.into_iter().filter_map(|(option, value)| Some((option, value?)));
        let mut own = self.clone();
        let lists = LISTS.iter().flat_map(|(option, _, list)| {
            let values = std::mem::take(list(&mut own));
            values.into_iter().map(move |value| (*option, value))
        });
        singles.chain(lists.collect::<Vec<_>>()).collect()
    }
}

fn state(state: &State) -> String {
    match state {
        State::None => "none".to_owned(),
        State::Argument(None) => "arg".to_owned(),
        State::Argument(Some(which)) => format!("arg={which}"),
        State::Table(None) => "table".to_owned(),
        State::Table(Some(at)) => match &at.member {
            Some(member) => format!("table={}+{member}", at.parameter),
            None => format!("table={}", at.parameter),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::LISTS;
    use crate::options::Options;

    #[test]
    fn what_was_said_comes_back_as_words() {
        let mut said = vec![
            ("--state", "table=at+table".to_owned()),
            ("--instances", "3".to_owned()),
            ("--user-data", "arg".to_owned()),
            ("--destroy", "end".to_owned()),
            ("--keep", "release".to_owned()),
            ("--once", String::new()),
        ];
        said.extend(LISTS.iter().map(|(option, ..)| (*option, format!("{option}=1"))));
        let mut options = Options::default();
        said.iter().for_each(|(option, value)| options.say(option, value).unwrap());
        assert_eq!(options.words(), said);
    }
}
