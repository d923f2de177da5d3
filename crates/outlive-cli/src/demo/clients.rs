//! Clients of a hub: plugs in threads of their own.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use outlive_vde::Plug;

/// How many frames may be under way to one client; a hub's queue for a slow port is longer.
const UNDER_WAY: usize = 120;
/// How long a client waits for a frame before it counts as lost.
const LOST: Duration = Duration::from_secs(10);
/// An EtherType for local experiments (IEEE 802).
const ETHERTYPE: [u8; 2] = [0x88, 0xb5];
const HEADER: usize = 14;
const SEQUENCE: std::ops::Range<usize> = HEADER..HEADER + 8;
const SENDER: usize = 11;

/// What clients have counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub sent: u64,
    pub delivered: u64,
}

/// Clients that run until they are told to stop, or their time is over.
pub struct Clients {
    threads: Vec<JoinHandle<Result<Counts>>>,
    orders: Arc<Orders>,
}

/// What clients are told.
#[derive(Default)]
struct Orders {
    stop: AtomicBool,
    /// Locked while a frame is being sent: once it is set, no frame is on its way into a socket.
    silence: RwLock<bool>,
}

impl Clients {
    /// Clients that wait for each other's frames: each sends a window of frames, then receives the
    /// others' windows, every frame once and in order.
    pub fn exchanging(directory: &Path, count: usize, time: Duration) -> Clients {
        let shared = Arc::new(Exchange {
            barrier: Barrier::new(count),
            last_round: AtomicU64::new(u64::MAX),
            count,
            window: (UNDER_WAY / 2 / (count - 1)).clamp(1, 16),
            deadline: Instant::now() + time,
        });
        Clients::spawn(directory, count, move |number, plug, _| shared.run(number, plug))
    }

    /// Clients that send as fast as they can and receive what comes, until they are stopped.
    pub fn flooding(directory: &Path, count: usize) -> Clients {
        let barrier = Arc::new(Barrier::new(count));
        Clients::spawn(directory, count, move |number, plug, orders| {
            barrier.wait();
            flood(number, plug, orders)
        })
    }

    fn spawn(
        directory: &Path,
        count: usize,
        run: impl Fn(usize, &Plug, &Orders) -> Result<Counts> + Clone + Send + 'static,
    ) -> Clients {
        let orders = Arc::new(Orders::default());
        let client = |number: usize| {
            let (directory, orders, run) = (directory.to_owned(), orders.clone(), run.clone());
            thread::spawn(move || {
                let plug = Plug::connect(directory, &format!("client {number}"))
                    .context("a client cannot connect")?;
                run(number, &plug, &orders)
            })
        };
        Clients { threads: (0..count).map(client).collect(), orders }
    }

    pub fn are_done(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Has them send no more. A client that sends to a hub that has closed loses what it has not
    /// received yet: Linux empties the queue of a datagram socket whose peer is gone.
    pub fn silence(&self) {
        *self.orders.silence.write().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Has them receive what is still there, and end.
    pub fn stop(&self) {
        self.orders.stop.store(true, Ordering::SeqCst);
    }

    /// The sum of what they counted.
    pub fn join(self) -> Result<Counts> {
        let mut sum = Counts::default();
        for thread in self.threads {
            let counts = thread.join().map_err(|_| anyhow!("a client panicked"))??;
            sum.sent += counts.sent;
            sum.delivered += counts.delivered;
        }
        Ok(sum)
    }
}

fn frame(number: usize, sequence: u64) -> Vec<u8> {
    // Ethernet's lengths, from the shortest to the longest.
    let length = 60 + (sequence as usize * 97 + number * 31) % 1441;
    let mut frame = vec![number as u8; length];
    frame[..6].fill(0xff);
    frame[6..12].copy_from_slice(&[2, 0, 0, 0, 0, number as u8]);
    frame[12..14].copy_from_slice(&ETHERTYPE);
    frame[SEQUENCE].copy_from_slice(&sequence.to_be_bytes());
    frame
}

fn sequence(frame: &[u8]) -> Option<u64> {
    frame.get(SEQUENCE)?.try_into().ok().map(u64::from_be_bytes)
}

/// What clients that exchange frames share.
struct Exchange {
    barrier: Barrier,
    last_round: AtomicU64,
    count: usize,
    window: usize,
    deadline: Instant,
}

impl Exchange {
    fn run(&self, number: usize, plug: &Plug) -> Result<Counts> {
        plug.set_read_timeout(Some(LOST))?;
        self.barrier.wait();
        let mut counts = Counts::default();
        let mut next = vec![0; self.count];
        for round in 0.. {
            // The others cannot finish a round without this client's frames, so that they see this.
            if number == 0 && Instant::now() >= self.deadline {
                self.last_round.store(round, Ordering::SeqCst);
            }
            self.send(number, plug, round, &mut counts)?;
            self.receive(number, plug, &mut next, &mut counts)?;
            if round >= self.last_round.load(Ordering::SeqCst) {
                break;
            }
        }
        // A client that left early would have its frames dropped on the way.
        self.barrier.wait();
        Ok(counts)
    }

    fn send(&self, number: usize, plug: &Plug, round: u64, counts: &mut Counts) -> Result<()> {
        for position in 0..self.window as u64 {
            plug.send(&frame(number, round * self.window as u64 + position))?;
            counts.sent += 1;
        }
        Ok(())
    }

    /// Receives the window of each other client. The next window of one that is ahead may come
    /// between, and counts for the next round.
    fn receive(
        &self,
        number: usize,
        plug: &Plug,
        next: &mut [u64],
        counts: &mut Counts,
    ) -> Result<()> {
        let mut buffer = [0; 2048];
        let wanted = counts.sent;
        let is_behind = |next: &[u64]| {
            next.iter().enumerate().any(|(sender, next)| sender != number && *next < wanted)
        };
        while is_behind(next) {
            let length = plug.recv(&mut buffer).context("a frame is lost")?;
            let sender = usize::from(buffer[SENDER]);
            ensure!(sender < self.count && sender != number, "a frame of nobody's");
            let expected = frame(sender, next[sender]);
            if buffer[..length] != expected[..] {
                let found = sequence(&buffer[..length]);
                bail!("client {sender}'s frame {} is missing: {found:?} came", next[sender]);
            }
            next[sender] += 1;
            counts.delivered += 1;
        }
        Ok(())
    }
}

/// Sends and receives without waiting, until stopped; then receives what is still there.
fn flood(number: usize, plug: &Plug, orders: &Orders) -> Result<Counts> {
    plug.set_nonblocking(true)?;
    let mut counts = Counts::default();
    while !orders.stop.load(Ordering::SeqCst) {
        counts.sent += u64::from(send_one(number, plug, orders, counts.sent));
        if drain(plug, &mut counts) == 0 {
            thread::yield_now();
        }
    }
    drain(plug, &mut counts);
    Ok(counts)
}

fn send_one(number: usize, plug: &Plug, orders: &Orders, sequence: u64) -> bool {
    let silence = orders.silence.read().unwrap_or_else(PoisonError::into_inner);
    !*silence && plug.send(&frame(number, sequence)).is_ok()
}

fn drain(plug: &Plug, counts: &mut Counts) -> u64 {
    let mut buffer = [0; 2048];
    let before = counts.delivered;
    while plug.recv(&mut buffer).is_ok() {
        counts.delivered += 1;
    }
    counts.delivered - before
}
