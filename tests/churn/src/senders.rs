//! The threads that send.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::line::Far;

const THREADS: u64 = 2;

/// The far ends that there are, which change while the threads send.
pub type Ends = Arc<Mutex<Vec<Arc<Far>>>>;

/// The threads, until they are stopped.
pub struct Senders {
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Senders {
    pub fn start(seed: u64, ends: &Ends) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let threads = (0..THREADS).map(|number| {
            let (is_over, ends) = (is_over.clone(), ends.clone());
            let random = StdRng::seed_from_u64(seed ^ number << 32);
            thread::spawn(move || send(&is_over, &ends, random))
        });
        let threads = threads.collect();
        Senders { is_over, threads }
    }

    pub fn stop(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("a sender does not panic");
        }
    }
}

fn send(is_over: &AtomicBool, ends: &Ends, mut random: StdRng) {
    while !is_over.load(Ordering::Relaxed) {
        for _ in 0..random.random_range(1..30) {
            let far = {
                let ends = ends.lock().unwrap();
                ends[random.random_range(0..ends.len())].clone()
            };
            far.send();
        }
        thread::sleep(Duration::from_micros(random.random_range(0..300)));
    }
}
