//! The `void *` a host returns to C and gets back.

use core::ffi::c_void;
use core::fmt;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use outlive_core::{IncidentKind, Place, Told, report_of_host};

/// How many serial numbers a [`Tokens`] takes from the process-wide counter at a time.
const BLOCK: u64 = 1024;

/// The next serial number that no [`Tokens`] has taken yet.
static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);

/// An opaque value that a callback returns to C as a `void *` and that C hands back.
///
/// A token is a serial number, unique in the process and never used twice; it is odd, so never
/// NULL, and it is never an address. A `Token` that came from C may be anything: only
/// [`Tokens`] says whether it names a live entry.
///
/// ```
/// use outlive::{Token, Tokens};
///
/// let mut timers = Tokens::new("timer");
/// let pointer = timers.insert(7).as_ptr(); // for C
/// // C hands it back:
/// let token = Token::from_ptr(pointer);
/// assert!(!token.is_null());
/// assert_eq!(timers.take(token), Some(7));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Token(usize);

impl Token {
    /// Reads a token from the pointer that C handed back. Any pointer will do; it is not read.
    pub fn from_ptr(pointer: *const c_void) -> Self {
        Token(pointer.addr())
    }

    /// The pointer to hand to C. It must not be dereferenced.
    pub fn as_ptr(self) -> *mut c_void {
        core::ptr::without_provenance_mut(self.0)
    }

    /// Whether this is NULL, which no live token is.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:#x})", self.0)
    }
}

/// The values behind the tokens that C holds, with a lookup that nothing C does can mislead.
///
/// A token that was taken before, that was invented, or that belongs to another `Tokens` is
/// recognised: it is reported as an incident and finds nothing.
///
/// `Tokens` is a plain container: put it in a `RefCell` or a `Mutex`, as the host value needs.
///
/// ```
/// use outlive::Tokens;
///
/// let mut timers = Tokens::new("timer");
/// let token = timers.insert("tick");
/// let from_c = outlive::Token::from_ptr(token.as_ptr());
/// assert_eq!(timers.get(from_c), Some(&"tick"));
/// assert_eq!(timers.take(from_c), Some("tick"));
/// assert_eq!(timers.take(from_c), None); // deleted twice: an incident, and harmless
/// ```
///
/// ```
/// use outlive::{Place, Tokens};
///
/// let mut timers = Tokens::made_at("timer", Place::foreign("host.py", 7)); // for a host that is not in Rust
/// let token = timers.insert(1);
/// if let Some(interval) = timers.get_mut(token) {
///     *interval += 1;
/// }
/// assert!(timers.contains(token)); // a question, and no incident
/// assert_eq!(timers.iter().collect::<Vec<_>>(), [(token, &2)]);
/// assert_eq!((timers.len(), timers.is_empty()), (1, false));
/// ```
pub struct Tokens<T> {
    name: &'static str,
    created: Place,
    entries: HashMap<usize, T, BuildHasherDefault<SerialHasher>>,
    next: u64,
    end: u64,
    told: Told,
}

impl<T> Tokens<T> {
    /// An empty container; incidents call its tokens `name` and give the caller's line.
    #[track_caller]
    pub fn new(name: &'static str) -> Self {
        Tokens::made_at(name, Place::caller())
    }

    /// As [`Tokens::new`], for a host whose source line is not Rust's.
    pub fn made_at(name: &'static str, created: Place) -> Self {
        Tokens {
            name,
            created,
            entries: HashMap::default(),
            next: 0,
            end: 0,
            told: Told::default(),
        }
    }

    /// Keeps `value` and returns the token for it.
    ///
    /// # Panics
    ///
    /// When the process has used up 2⁶³ serial numbers, which at one a nanosecond takes 292 years.
    pub fn insert(&mut self, value: T) -> Token {
        let token = self.next_serial();
        self.entries.insert(token, value);
        Token(token)
    }

    /// The value of a live token. A token that is not live in here is an incident and `None`.
    pub fn get(&self, token: Token) -> Option<&T> {
        let found = self.entries.get(&token.0);
        if found.is_none() {
            self.report(token);
        }
        found
    }

    /// The value of a live token, to change. A token that is not live in here is an incident and
    /// `None`.
    pub fn get_mut(&mut self, token: Token) -> Option<&mut T> {
        if !self.contains(token) {
            self.report(token);
        }
        self.entries.get_mut(&token.0)
    }

    /// Ends a token and gives its value back, at most once for each. A token that is not live in
    /// here is an incident and `None`.
    pub fn take(&mut self, token: Token) -> Option<T> {
        let Entry::Occupied(entry) = self.entries.entry(token.0) else {
            self.report(token);
            return None;
        };
        Some(entry.remove())
    }

    /// Whether `token` is live in here. This is a question, so it is never an incident.
    pub fn contains(&self, token: Token) -> bool {
        self.entries.contains_key(&token.0)
    }

    /// How many tokens are live.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no token is live.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The live tokens with their values, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Token, &T)> {
        self.entries.iter().map(|(token, value)| (Token(*token), value))
    }

    fn next_serial(&mut self) -> usize {
        if self.next == self.end {
            self.next = NEXT_BLOCK
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
                    n.checked_add(BLOCK).filter(|end| *end <= 1 << 63)
                })
                .expect("all 2^63 token serials of this process are used up");
            self.end = self.next + BLOCK;
        }
        let serial = self.next;
        self.next += 1;
        (serial << 1 | 1) as usize
    }

    #[cold]
    fn report(&self, token: Token) {
        report_of_host(
            IncidentKind::BadToken,
            (self.name, ""),
            Some(self.created),
            format_args!("{token:?} is not live here"),
            Some(&self.told),
        );
    }
}

impl<T> fmt::Debug for Tokens<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("name", &self.name).field("live", &self.len()).finish()
    }
}

/// Serials are unique already; one multiplication spreads them over the table.
#[derive(Default)]
struct SerialHasher(u64);

impl Hasher for SerialHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, serial: usize) {
        // The low bit of every token is 1, and the table takes its buckets from the low bits.
        self.0 = (self.0 ^ (serial as u64 >> 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
