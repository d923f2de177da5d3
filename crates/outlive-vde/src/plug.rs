//! A plug: the client's end of the VDE 2 protocol.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::{
            ffi::OsStrExt,
            fs::PermissionsExt,
            net::{UnixDatagram, UnixStream},
        },
    },
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

const MAGIC: u32 = 0xfeed_face;
const VERSION: u32 = 3;
const ANY_PORT: u32 = 0;
/// `sizeof(sockaddr_un)` on Linux: the family and 108 bytes of path.
const ADDRESS_SIZE: usize = 2 + PATH_SIZE;
const PATH_SIZE: usize = 108;
/// How long a hub may take to answer.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// A connection to a VDE hub or switch: a port of it, for as long as the value lives.
///
/// Any thread may use it; frames are sent and received one by one, never in pieces.
///
/// ```no_run
/// # fn main() -> std::io::Result<()> {
/// let plug = outlive_vde::Plug::connect("/run/vde.ctl", "my program")?;
/// let mut frame = [0; outlive_vde::sys::VDE_FRAME_MAX];
/// let length = plug.recv(&mut frame)?;
/// plug.send(&frame[..length])?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Plug {
    data: UnixDatagram,
    // The port lives as long as this connection.
    control: UnixStream,
}

impl Plug {
    /// Connects to the hub that listens in `dir`, as a port of the hub's choice.
    ///
    /// `description` is what the hub shows for the port; what is beyond
    /// [`VDE_DESCRIPTION_MAX`](crate::sys::VDE_DESCRIPTION_MAX) bytes is cut off.
    ///
    /// # Errors
    /// Those of the file system and the sockets: `NotFound` or `ConnectionRefused` where no hub
    /// listens. `UnexpectedEof` if the hub hangs up (it is full, or refuses the request), `WouldBlock`
    /// if it does not answer within five seconds, `InvalidData` if its answer is no address.
    pub fn connect(dir: impl AsRef<Path>, description: &str) -> io::Result<Self> {
        // Absolute, as the hub is told a path and has a working directory of its own.
        let dir = dir.as_ref().canonicalize()?;
        let mut control = UnixStream::connect(dir.join("ctl"))?;
        let (data, name) = bind_data(&dir)?;
        fs::set_permissions(&name.0, fs::Permissions::from_mode(0o700))?;
        control.set_read_timeout(Some(HANDSHAKE))?;
        control.write_all(&request(&name.0, description))?;
        let mut answer = [0; ADDRESS_SIZE];
        control.read_exact(&mut answer)?;
        data.connect(path_in(&answer)?)?;
        control.set_nonblocking(true)?;
        Ok(Self { data, control })
    }

    /// Sends one frame.
    ///
    /// # Errors
    /// `ConnectionRefused`, `ConnectionReset` or `NotConnected` once the hub is gone; `WouldBlock` if
    /// the socket is full and non-blocking.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        self.data.send(frame).map(drop)
    }

    /// Receives one frame and returns its length. What `frame` has no room for is lost: give it
    /// [`VDE_FRAME_MAX`](crate::sys::VDE_FRAME_MAX) bytes.
    ///
    /// The end of a hub does not wake a blocked call: see [`is_connected`](Self::is_connected) and
    /// [`set_read_timeout`](Self::set_read_timeout).
    ///
    /// # Errors
    /// `WouldBlock` if there is none, and the socket is non-blocking or the timeout is over.
    pub fn recv(&self, frame: &mut [u8]) -> io::Result<usize> {
        self.data.recv(frame)
    }

    /// Whether [`send`](Self::send) and [`recv`](Self::recv) wait.
    ///
    /// # Errors
    /// Those of `ioctl`.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.data.set_nonblocking(nonblocking)
    }

    /// How long [`recv`](Self::recv) waits; `None` is for ever.
    ///
    /// # Errors
    /// `InvalidInput` for a zero timeout.
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.data.set_read_timeout(timeout)
    }

    /// Whether the hub still has this port. It never waits.
    pub fn is_connected(&self) -> bool {
        let mut byte = [0];
        match (&self.control).read(&mut byte) {
            Ok(length) => length > 0,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }
}

/// The data socket, to wait for frames with.
impl AsFd for Plug {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.data.as_fd()
    }
}

/// The name of the data socket: nobody needs it after the handshake.
struct Name(PathBuf);

impl Drop for Name {
    fn drop(&mut self) {
        // Nothing to do about a failure: somebody else has removed it.
        let _ = fs::remove_file(&self.0);
    }
}

/// Binds a data socket in the hub's directory, or, where that cannot be written to, in the one for
/// temporary files.
fn bind_data(dir: &Path) -> io::Result<(UnixDatagram, Name)> {
    bind_unused(dir, ".").or_else(|_| bind_unused(&env::temp_dir(), "vde."))
}

fn bind_unused(dir: &Path, prefix: &str) -> io::Result<(UnixDatagram, Name)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = dir.join(format!("{prefix}{:05}-{count:05}", process::id()));
        match UnixDatagram::bind(&path) {
            Ok(socket) => return Ok((socket, Name(path))),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
}

/// Magic, version, type, address, description; packed, in native byte order, the description neither
/// terminated nor counted.
fn request(own: &Path, description: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [MAGIC, VERSION, ANY_PORT] {
        bytes.extend(word.to_ne_bytes());
    }
    let family = libc::AF_UNIX as libc::sa_family_t;
    bytes.extend(family.to_ne_bytes());
    let mut path = [0; PATH_SIZE];
    let name = own.as_os_str().as_bytes();
    // It was bound, so it fits.
    path[..name.len()].copy_from_slice(name);
    bytes.extend(path);
    let length = description.len().min(crate::sys::VDE_DESCRIPTION_MAX);
    bytes.extend(&description.as_bytes()[..length]);
    bytes
}

/// The path in a hub's answer, which is its data socket's address.
fn path_in(answer: &[u8; ADDRESS_SIZE]) -> io::Result<&Path> {
    let path = &answer[2..];
    let length = path.iter().position(|&byte| byte == 0).unwrap_or(path.len());
    if length == 0 {
        let message = "the hub has answered without a path: is it a VDE 2 hub or switch?";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(Path::new(OsStr::from_bytes(&path[..length])))
}
