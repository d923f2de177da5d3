//! Sockets and the clock, on Windows.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::windows::io::{AsRawHandle, AsRawSocket, AsSocket};
use std::time::Duration;

use outlive_loop::Descriptor;
use windows_sys::Win32::Foundation::FILETIME;
use windows_sys::Win32::System::Threading::{GetCurrentThread, GetThreadTimes};

pub type Datagram = UdpSocket;
pub type Stream = TcpStream;

pub fn datagrams() -> (Datagram, Datagram) {
    let [a, b] = [(); 2].map(|()| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    a.connect(b.local_addr().unwrap()).unwrap();
    b.connect(a.local_addr().unwrap()).unwrap();
    (a, b)
}

pub fn streams() -> (Stream, Stream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let there = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, there)
}

pub fn fd(socket: &impl AsSocket) -> Descriptor {
    socket.as_socket().as_raw_socket()
}

pub fn fd_of_file(file: &File) -> Descriptor {
    file.as_raw_handle().addr() as Descriptor
}

/// What the calling thread has used of a processor.
pub fn cpu_time() -> Duration {
    let [mut begun, mut ended, mut kernel, mut user] = [FILETIME::default(); 4];
    // SAFETY: it has no preconditions.
    let thread = unsafe { GetCurrentThread() };
    // SAFETY: the pseudo handle stands for the calling thread, and there is room for the times.
    let done = unsafe { GetThreadTimes(thread, &mut begun, &mut ended, &mut kernel, &mut user) };
    assert_ne!(done, 0);
    let ticks =
        |time: FILETIME| u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Duration::from_nanos(100 * (ticks(kernel) + ticks(user)))
}
