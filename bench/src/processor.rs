//! The processor that the figures are of.
//!
//! An atomic instruction that nobody contends for costs 1 ns on one processor and 14 ns on another, so
//! that a figure says little without this.

use std::{fmt, fs};

use serde::Serialize;

/// What the system says of the first processor.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Processor {
    /// The model's name; None where the system does not tell.
    name: Option<String>,
    family: Option<u32>,
    model: Option<u32>,
}

impl Processor {
    /// The processor of this machine, as Linux describes it.
    pub fn read() -> Self {
        fs::read_to_string("/proc/cpuinfo")
            .map_or_else(|_| Processor::default(), |text| parse(&text))
    }
}

fn parse(cpuinfo: &str) -> Processor {
    let fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let first = |wanted: &str| {
        let mut found = fields.clone().filter(|(name, _)| name.trim() == wanted);
        found.next().map(|(_, value)| value.trim().to_owned())
    };
    let number = |wanted: &str| first(wanted).and_then(|value| value.parse().ok());
    Processor { name: first("model name"), family: number("cpu family"), model: number("model") }
}

impl fmt::Display for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Processor: {}", self.name.as_deref().unwrap_or("unknown"))?;
        if let (Some(family), Some(model)) = (self.family, self.model) {
            write!(f, ", family {family}, model {model}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processor_is_named() {
        let text = "processor\t: 0\ncpu family\t: 6\nmodel\t\t: 167\nmodel name\t: A: B\n\
                    processor\t: 1\nmodel name\t: C\n";
        let found = parse(text);
        assert_eq!(found.to_string(), "Processor: A: B, family 6, model 167");
    }

    #[test]
    fn a_system_that_does_not_tell_is_said_to_be_unknown() {
        assert_eq!(parse("CPU implementer : 0x41").to_string(), "Processor: unknown");
    }
}
