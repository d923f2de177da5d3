//! What the machine is made of under shuttle, which knows sequentially consistent atomics only: orderings are the
//! matter of the models.

pub(crate) use shuttle::sync::atomic::{
    AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence, fence,
};
pub(crate) use shuttle::{lazy_static, thread, thread_local};

/// Nobody watches.
#[derive(Debug)]
pub(crate) struct Tracked;

impl Tracked {
    pub(crate) fn new() -> Self {
        Tracked
    }

    pub(crate) fn read(&self) {}

    pub(crate) fn write(&self) {}
}
