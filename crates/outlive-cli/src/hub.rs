//! `outlive hub DIR`.

use std::ffi::{CStr, c_int};
use std::fmt::Display;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args as ClapArgs, value_parser};
use console::{Term, truncate_str};
use outlive::{Held, callbacks};
use outlive_loop::{Interest, Loop};
use outlive_vde::sys::vde_listener;
use outlive_vde::{Hub, Limits, LoopHandler, Port, Stats, VdeContext};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often the live display is drawn, and the log's status line written.
const REDRAW: Duration = Duration::from_millis(500);
const STATUS: Duration = Duration::from_secs(5);

#[derive(Debug, ClapArgs)]
pub struct HubArgs {
    /// The directory to listen in; made if it is not there
    pub directory: PathBuf,
    /// Frames that may wait for one slow port, before they are dropped and counted
    #[arg(long, value_name = "FRAMES", default_value_t = 256)]
    pub queue: u32,
    /// Close ports that have had no frame for so many seconds; 0 is never
    #[arg(long, value_name = "SECONDS", default_value_t = 0,
          value_parser = value_parser!(u32).range(0..=4_000_000))]
    pub idle: u32,
    /// Connections at once
    #[arg(long, value_name = "PORTS", default_value_t = 256,
          value_parser = value_parser!(u32).range(1..=4096))]
    pub max_ports: u32,
}

pub fn run(args: &HubArgs) -> Result<()> {
    let event_loop = Rc::new(Loop::new().context("the event loop cannot be made")?);
    let context = Rc::new(VdeContext::new(LoopHandler::new(event_loop.clone()))?);
    let limits = Limits {
        queue_frames: args.queue,
        max_ports: args.max_ports,
        idle_ms: args.idle.saturating_mul(1000),
        ..context.limits()
    };
    context.set_limits(&limits).context("the limits are out of range")?;
    let signals = stop_on_signals(&event_loop)?;
    context.listen(&args.directory).map_err(|error| explain(args, error))?;
    display(&event_loop, &context, args)?;
    event_loop.run().context("the event loop failed")?;
    drop(signals);
    say(format_args!("closing {}: {}", args.directory.display(), summary(&context.stats())));
    Ok(())
}

/// Writes a line. Whoever read the output may be gone; the hub goes on all the same.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Says what to do about a directory that cannot be listened in.
fn explain(args: &HubArgs, error: io::Error) -> anyhow::Error {
    let directory = args.directory.display();
    let hint = match error.raw_os_error() {
        Some(libc::EADDRINUSE) => ": another hub or switch lives there; choose another directory",
        Some(libc::ENAMETOOLONG) => {
            ": the absolute path must have at most 91 bytes, for a socket's name to fit"
        }
        Some(libc::ENOTSOCK) => ": `ctl` in it is not a socket; remove it",
        Some(libc::EACCES | libc::EPERM | libc::EROFS) => ": choose a directory you may write",
        Some(libc::ENOENT) => ": its parent does not exist; make that first",
        _ => "",
    };
    anyhow::anyhow!("cannot listen in {directory}: {error}{hint}")
}

/// Ctrl-C, SIGTERM and a terminal's hang-up stop the loop; the second one ends the process at once.
fn stop_on_signals(event_loop: &Rc<Loop>) -> Result<UnixStream> {
    let (receiver, sender) = UnixStream::pair()?;
    let stopping = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_conditional_shutdown(signal, 1, stopping.clone())?;
        signal_hook::flag::register(signal, stopping.clone())?;
        signal_hook::low_level::pipe::register(signal, sender.try_clone()?)?;
    }
    let stop = |event_loop: &Loop, _| event_loop.stop();
    event_loop.add(receiver.as_raw_fd(), Interest::READ | Interest::PERSIST, None, stop)?;
    Ok(receiver)
}

fn display(
    event_loop: &Rc<Loop>,
    context: &Rc<VdeContext<LoopHandler>>,
    args: &HubArgs,
) -> Result<()> {
    let directory = args.directory.display();
    say(format_args!(
        "listening in {directory}: connect with `vde_plug {directory}`; Ctrl-C ends it"
    ));
    let shown = Rc::downgrade(context);
    let terminal = Term::stdout();
    if terminal.is_term() {
        let mut lines = 0;
        event_loop.timer(REDRAW, true, move |_, _| {
            if let Some(context) = shown.upgrade() {
                lines = redraw(&terminal, &context, lines);
            }
        });
        return Ok(());
    }
    context.set_listener(Held::local(Log)?);
    let mut before = Stats::default();
    event_loop.timer(STATUS, true, move |_, _| {
        let Some(context) = shown.upgrade() else { return };
        let stats = context.stats();
        if stats != before {
            say(summary(&stats));
            before = stats;
        }
    });
    Ok(())
}

/// Draws the table over the one before, which had `lines` lines.
fn redraw(terminal: &Term, hub: &Hub, lines: usize) -> usize {
    let mut rows = vec![summary(&hub.stats())];
    rows.extend(hub.ports().iter().map(row));
    let width = usize::from(terminal.size().1).max(1);
    // A terminal that is gone is noticed by its hang-up.
    let _ = terminal.clear_last_lines(lines);
    for row in &rows {
        // A line that wraps would be two to clear.
        let _ = terminal.write_line(&truncate_str(row, width, "…"));
    }
    rows.len()
}

fn row(port: &Port) -> String {
    let Port { number, frames_in, frames_out, frames_dropped, frames_queued, .. } = port;
    format!(
        "  port {number:<4} in {frames_in:>9}  out {frames_out:>9}  dropped {frames_dropped:>6}  \
         waiting {frames_queued:>3}  {}",
        port.description
    )
}

fn summary(stats: &Stats) -> String {
    let dropped = stats.dropped_queue_full
        + stats.dropped_too_short
        + stats.dropped_too_long
        + stats.dropped_peer_gone;
    format!(
        "ports {} of {} ever, frames received {}, delivered {}, waiting {}, dropped {dropped}, bad \
         requests {}",
        stats.ports_open,
        stats.ports_ever,
        stats.frames_received,
        stats.frames_delivered,
        stats.frames_queued,
        stats.bad_requests
    )
}

/// Writes a line for each port that opens or closes.
struct Log;

#[callbacks(vde_listener, state = arg, unsafe(borrow))]
impl Log {
    /// Called by the hub on its thread; the description is valid during the call.
    fn port_opened(&self, port: u32, description: Option<&CStr>) {
        let description = description.map(CStr::to_string_lossy).unwrap_or_default();
        say(format_args!("port {port} opened: {description}"));
    }

    /// Called by the hub on its thread.
    fn port_closed(&self, port: u32, reason: c_int) {
        let reason = match reason {
            outlive_vde::sys::VDE_CLOSED_HANGUP => "its peer hung up",
            outlive_vde::sys::VDE_CLOSED_PEER => "its peer is gone",
            outlive_vde::sys::VDE_CLOSED_IDLE => "idle for too long",
            outlive_vde::sys::VDE_CLOSED_HANDLER => "the event loop refused it",
            _ => "the hub closed it",
        };
        say(format_args!("port {port} closed: {reason}"));
    }
}
