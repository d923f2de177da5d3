//! Thread-locals, where the standard library has those of the compiler.

/// A static of each thread, which has no destructor.
macro_rules! per_thread {
    (static $name:ident: $type:ty = $value:expr;) => {
        std::thread_local! { static $name: $type = const { $value }; }
    };
}
pub(crate) use per_thread;
