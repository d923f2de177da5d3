//! Short texts without an allocation.

use core::fmt::{self, Write};

/// A text of at most `N` bytes; what does not fit is cut.
#[derive(Clone, Copy)]
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Text<N> {
    pub(crate) const fn new() -> Self {
        Text { bytes: [0; N], length: 0 }
    }

    pub(crate) fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Text::new();
        let _ = text.write_fmt(arguments);
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    /// The text as a line of its own.
    pub(crate) fn into_line(mut self) -> Self {
        self.length = char_boundary(self.as_str(), N - 1);
        self.bytes[self.length] = b'\n';
        self.length += 1;
        self
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = char_boundary(text, N - self.length);
        self.bytes[self.length..self.length + end].copy_from_slice(&text.as_bytes()[..end]);
        self.length += end;
        Ok(())
    }
}

/// The end of the last whole character of `text` within `limit` bytes.
fn char_boundary(text: &str, limit: usize) -> usize {
    let limit = limit.min(text.len());
    (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0)
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_at_a_character() {
        assert_eq!(Text::<8>::of(format_args!("{}", "abcd")).as_str(), "abcd");
        assert_eq!(Text::<8>::of(format_args!("äöüäö")).as_str(), "äöüä");
        assert_eq!(Text::<7>::of(format_args!("äöüäö")).as_str(), "äöü");
        assert_eq!(Text::<8>::of(format_args!("äöüä")).into_line().as_str(), "äöü\n");
    }
}
