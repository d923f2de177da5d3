//! Threads that C makes: see `c/threads.h`.

use core::ffi::c_void;
use core::ptr::NonNull;
use std::io;

mod sys {
    #![expect(non_camel_case_types, reason = "the names that C has for them")]

    use core::ffi::c_void;

    pub enum bench_thread {}

    unsafe extern "C" {
        pub fn bench_thread_start() -> *mut bench_thread;
        pub fn bench_thread_tell(
            thread: *mut bench_thread,
            job: unsafe extern "C" fn(*mut c_void),
            argument: *mut c_void,
        );
        pub fn bench_thread_await(thread: *mut bench_thread);
        pub fn bench_thread_end(thread: *mut bench_thread);
    }
}

/// A thread of C's, which parks while it has nothing to do. It ends with this value.
pub struct Thread(NonNull<sys::bench_thread>);

/// What a thread is to do, and what comes of it.
struct Job<F, R> {
    work: Option<F>,
    result: Option<R>,
}

/// C calls this once for each job, on its thread; `job` is valid until it has returned.
unsafe extern "C" fn perform<R, F: FnOnce() -> R>(job: *mut c_void) {
    // SAFETY: `Thread::tell` was given a `Job` of these types, which nobody else uses meanwhile.
    let job = unsafe { &mut *job.cast::<Job<F, R>>() };
    job.result = job.work.take().map(|work| work());
}

impl Thread {
    pub fn start() -> Result<Self, String> {
        // SAFETY: it has no preconditions.
        let started = NonNull::new(unsafe { sys::bench_thread_start() });
        let failed = || format!("no thread could be made: {}", io::Error::last_os_error());
        started.map(Thread).ok_or_else(failed)
    }

    /// Runs `work` on this thread and waits for it.
    pub fn run<R: Send>(&mut self, work: impl FnOnce() -> R + Send) -> R {
        let mut job = Job { work: Some(work), result: None };
        // SAFETY: the job outlives the wait.
        unsafe { self.tell(&raw mut job) };
        // SAFETY: the thread was started and has not been ended.
        unsafe { sys::bench_thread_await(self.0.as_ptr()) };
        job.result.expect("C has run the job")
    }

    /// Leaves this thread to `work`, which never ends.
    pub fn leave_to(mut self, work: impl FnOnce() + Send + 'static) {
        let job = Box::leak(Box::new(Job { work: Some(work), result: None }));
        // SAFETY: the job is leaked.
        unsafe { self.tell(job) };
        core::mem::forget(self);
    }

    /// # Safety
    ///
    /// The job stays until it is done, and nobody else uses it meanwhile.
    unsafe fn tell<R, F: FnOnce() -> R>(&mut self, job: *mut Job<F, R>) {
        // SAFETY: the thread was started and has not been ended, and it has no other job; the rest is
        // the caller's promise.
        unsafe { sys::bench_thread_tell(self.0.as_ptr(), perform::<R, F>, job.cast()) };
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // SAFETY: it was started, and this value goes.
        unsafe { sys::bench_thread_end(self.0.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn work_runs_on_one_other_thread() {
        let mut started = Thread::start().unwrap();
        let here = thread::current().id();
        let ids: Vec<_> = (0..2).map(|_| started.run(|| thread::current().id())).collect();
        assert!(ids[0] == ids[1] && ids[0] != here, "{ids:?}");
    }
}
