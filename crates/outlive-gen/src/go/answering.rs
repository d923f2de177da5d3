//! How C is answered by a function that it passes to be called once.

/// How C is answered.
#[derive(Clone, Debug)]
pub struct Answering {
    /// The function's type in Go.
    pub code: String,
    /// The type of an answer.
    pub go: String,
    /// The answer of one that is dropped.
    pub when_dropped: String,
    pub any_thread: bool,
    /// The parameter that is the cookie.
    pub cookie: String,
    /// The arguments of `Call`, but for the cookie.
    pub(super) given: Vec<String>,
    /// Where the cookie stands among them.
    pub(super) cookie_at: usize,
}

impl Answering {
    /// The arguments of `Call`, from `answer`.
    pub fn given(&self) -> String {
        let mut given = self.given.clone();
        given.insert(self.cookie_at, format!("uintptr({})", self.cookie));
        given.join(", ")
    }
}
