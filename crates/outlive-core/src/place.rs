//! The source line of an operation, in Rust or in another language.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::panic::Location;
use core::ptr::NonNull;
use std::hash::DefaultHasher;

use crate::list::List;

/// A line in a source file, that of a Rust caller or one that a host of another language gave.
///
/// ```
/// use outlive::Place;
///
/// let place = Place::caller();
/// assert_eq!((place.file(), place.line()), (file!(), line!() - 1));
/// println!("{place}");
///
/// let python = Place::foreign("host.py", 7);
/// assert_eq!((python.line(), python.column()), (7, 0));
/// ```
// ONE-WORD: the pointer is that of a `&'static Location`, or, with `FOREIGN` added, of a
// `&'static ForeignLine`.
#[derive(Clone, Copy)]
pub struct Place(NonNull<()>);

/// Marks a [`ForeignLine`]; both types are aligned to more.
const FOREIGN: usize = 1;
const _: () = assert!(align_of::<Location<'_>>() > FOREIGN && align_of::<ForeignLine>() > FOREIGN);

struct ForeignLine {
    file: &'static str,
    line: u32,
}

// SAFETY: ONE-WORD: it is a shared reference to what any thread may read.
unsafe impl Send for Place {}
// SAFETY: as above.
unsafe impl Sync for Place {}

enum Line {
    Rust(&'static Location<'static>),
    Foreign(&'static ForeignLine),
}

impl Place {
    /// The line that called this, or, where that function is `#[track_caller]`, its caller's.
    #[track_caller]
    pub fn caller() -> Self {
        Place(NonNull::from(Location::caller()).cast())
    }

    /// A line of a source file that is not Rust's. Each takes a few bytes for good, the first time.
    pub fn foreign(file: &str, line: u32) -> Self {
        const BUCKETS: usize = 64;
        static LINES: [List<ForeignLine>; BUCKETS] = [const { List::new() }; BUCKETS];
        let bucket = &LINES[hash(&(file, line)) as usize % BUCKETS];
        let is_it = |known: &ForeignLine| known.line == line && known.file == file;
        let known = bucket.find(is_it);
        let known = known
            .unwrap_or_else(|| bucket.find_or_add(is_it, ForeignLine { file: text(file), line }));
        Place(NonNull::from(known).cast().map_addr(|address| address | FOREIGN))
    }

    fn read(self) -> Line {
        if self.0.addr().get() & FOREIGN == 0 {
            // SAFETY: ONE-WORD.
            return Line::Rust(unsafe { self.0.cast().as_ref() });
        }
        // SAFETY: ONE-WORD: it is aligned, so that a multiple of its alignment is left.
        let line = unsafe { self.0.cast::<u8>().sub(FOREIGN) };
        // SAFETY: ONE-WORD.
        Line::Foreign(unsafe { line.cast().as_ref() })
    }

    /// The source file, as the compiler of the host named it.
    pub fn file(&self) -> &'static str {
        match self.read() {
            Line::Rust(location) => location.file(),
            Line::Foreign(line) => line.file,
        }
    }

    /// The line, from 1; 0 where it is not known.
    pub fn line(&self) -> u32 {
        match self.read() {
            Line::Rust(location) => location.line(),
            Line::Foreign(line) => line.line,
        }
    }

    /// The column, from 1; 0 where it is not known, as in other languages than Rust.
    pub fn column(&self) -> u32 {
        match self.read() {
            Line::Rust(location) => location.column(),
            Line::Foreign(_) => 0,
        }
    }

    pub(crate) fn into_raw(self) -> *mut () {
        self.0.as_ptr()
    }

    /// # Safety
    ///
    /// It is NULL or came from [`Place::into_raw`].
    pub(crate) unsafe fn from_raw(raw: *mut ()) -> Option<Self> {
        NonNull::new(raw).map(Place)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.read() {
            Line::Rust(location) => location.fmt(f),
            Line::Foreign(line) => write!(f, "{}:{}", line.file, line.line),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        let parts = |place: &Place| (place.line(), place.column(), place.file());
        self.0 == other.0 || parts(self) == parts(other)
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.file(), self.line(), self.column()).hash(state);
    }
}

/// A text that lives as long as the process; each is kept once.
pub fn text(text: &str) -> &'static str {
    const BUCKETS: usize = 64;
    static TEXTS: [List<Box<str>>; BUCKETS] = [const { List::new() }; BUCKETS];
    let bucket = &TEXTS[hash(&text) as usize % BUCKETS];
    #[expect(clippy::borrowed_box, reason = "the list has boxes")]
    let is_it = |known: &Box<str>| **known == *text;
    bucket.find(is_it).unwrap_or_else(|| bucket.find_or_add(is_it, text.into()))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(all(test, not(outlive_model)))]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_rust_is_the_callers() {
        let (place, line) = (Place::caller(), line!());
        assert_eq!((place.file(), place.line()), (file!(), line));
        assert!(place.column() > 0);
        assert_eq!(place.to_string(), format!("{}:{line}:{}", file!(), place.column()));
    }

    #[test]
    fn a_foreign_line_is_kept_once() {
        let place = Place::foreign("handler.go", 7);
        assert_eq!((place.file(), place.line(), place.column()), ("handler.go", 7, 0));
        assert_eq!(place.to_string(), "handler.go:7");
        let again = Place::foreign(&String::from("handler.go"), 7);
        assert_eq!(place.0, again.0);
        assert_ne!(place, Place::foreign("handler.go", 8));
        assert_ne!(place, Place::foreign("handler.c", 7));
    }

    #[test]
    fn a_place_is_one_word() {
        assert_eq!(size_of::<Option<Place>>(), size_of::<usize>());
        for place in [Place::caller(), Place::foreign("x.c", 1)] {
            // SAFETY: it came from `into_raw`.
            assert_eq!(unsafe { Place::from_raw(place.into_raw()) }, Some(place));
        }
    }
}
