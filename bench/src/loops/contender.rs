//! The loops that are compared, and one sample of one of them.

use std::io;
use std::ptr::NonNull;

use super::c::{self, bench_loop, bench_sample, bench_world};
use super::ours;
use super::workload::{Kind, Workload};

/// In seconds, how long a sample may take.
const LONGEST: u32 = 300;

/// Who works a workload off.
#[derive(Clone, Copy)]
pub struct Contender {
    pub name: &'static str,
    pub role: Role,
    way: Way,
}

/// What a row is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What no loop can be faster than.
    Floor,
    /// The loops that ours is compared with.
    C,
    Ours,
}

#[derive(Clone, Copy)]
enum Way {
    Bare,
    Table(&'static bench_loop),
    Outlive,
    /// Its library was not there when this was built.
    #[allow(dead_code, reason = "none is missing where all are installed")]
    Missing,
}

pub const NAMES: [&str; 6] = ["bare", "epoll", "libevent", "libev", "libuv", "outlive"];

/// All of them, in the order of the report.
pub fn all() -> [Contender; 6] {
    // SAFETY: C's constants are never written.
    let epoll = Way::Table(unsafe { &c::bench_epoll });
    let [bare, by_hand, libevent, libev, libuv, outlive] = NAMES;
    let of = |name, role, way| Contender { name, role, way };
    [
        of(bare, Role::Floor, Way::Bare),
        of(by_hand, Role::Floor, epoll),
        of(libevent, Role::C, table_of_libevent()),
        of(libev, Role::C, table_of_libev()),
        of(libuv, Role::C, table_of_libuv()),
        of(outlive, Role::Ours, Way::Outlive),
    ]
}

macro_rules! table {
    ($name:ident, $has:ident, $table:ident) => {
        #[cfg($has)]
        fn $name() -> Way {
            // SAFETY: C's constants are never written.
            Way::Table(unsafe { &c::$table })
        }

        #[cfg(not($has))]
        fn $name() -> Way {
            Way::Missing
        }
    };
}

table!(table_of_libevent, has_libevent, bench_libevent);
table!(table_of_libev, has_libev, bench_libev);
table!(table_of_libuv, has_libuv, bench_libuv);

impl Contender {
    pub fn of(name: &str) -> Option<Self> {
        all().into_iter().find(|contender| contender.name == name)
    }

    pub fn is_missing(&self) -> bool {
        matches!(self.way, Way::Missing)
    }

    /// Whether it has what the workload needs.
    pub fn can(&self, kind: Kind) -> bool {
        match self.way {
            Way::Missing => false,
            // Neither has timers. The reads and writes are the same ones in each ring.
            Way::Bare => kind != Kind::Timers,
            Way::Table(_) if self.role == Role::Floor => {
                !matches!(kind, Kind::Idle | Kind::Retime | Kind::Timers)
            }
            Way::Table(_) | Way::Outlive => true,
        }
    }
}

/// The pipes or sockets of a workload.
pub struct World {
    /// WORLD: made by C, and freed when this is dropped.
    world: NonNull<bench_world>,
    workload: Workload,
}

impl World {
    pub fn new(workload: Workload, events: i64) -> Result<Self, String> {
        let case = workload.case(events);
        // SAFETY: C reads the case.
        let world = unsafe { c::bench_world_new(&case) };
        let world = NonNull::new(world).ok_or_else(|| {
            format!("{} of {}: {}", workload.kind.name(), workload.n, io::Error::last_os_error())
        })?;
        Ok(World { world, workload })
    }

    /// One sample. An error says that an event was lost, or something was refused.
    pub fn sample(&mut self, contender: &Contender) -> Result<bench_sample, String> {
        let mut sample = bench_sample::default();
        let world = self.world.as_ptr();
        // A loop that has lost an event waits for ever: the process ends by a signal then.
        // SAFETY: it takes a number.
        unsafe { libc::alarm(LONGEST) };
        let run = |table: *const bench_loop, sample: &mut bench_sample| {
            // SAFETY: WORLD; C uses the table during the call alone, on this thread.
            unsafe { c::bench_world_run(world, table, sample) }
        };
        let result = match contender.way {
            // SAFETY: WORLD.
            Way::Bare => unsafe { c::bench_world_bare(world, &mut sample) },
            Way::Table(table) => run(table, &mut sample),
            Way::Outlive => ours::with(|table| run(table, &mut sample))?,
            Way::Missing => -1,
        };
        // SAFETY: as above.
        unsafe { libc::alarm(0) };
        match result {
            0 => Ok(sample),
            _ => Err(format!(
                "{} has refused or lost something of {}",
                contender.name,
                self.workload.kind.name()
            )),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // SAFETY: WORLD.
        unsafe { c::bench_world_free(self.world.as_ptr()) };
    }
}
