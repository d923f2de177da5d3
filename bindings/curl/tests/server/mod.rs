//! A server of HTTP/1.1 for the tests and the example, on this machine.
#![allow(dead_code, reason = "each has its own use for it")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// It serves until it is dropped:
///
/// * `/hello` is a short text, `/bytes/N` so many bytes, `/echo` what it was sent;
/// * `/moved` leads to `/echo` by a status of 307, when it has taken what it was sent;
/// * `/drip` is endless, a piece every few milliseconds;
/// * `/silent` never answers.
pub struct Server {
    address: SocketAddr,
    stops: Arc<AtomicBool>,
    accepts: Option<JoinHandle<()>>,
}

impl Server {
    pub fn new() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stops = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stops);
        let accepts = thread::spawn(move || {
            for connection in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                // It ends with its connection.
                thread::spawn(move || serve(connection.unwrap()));
            }
        });
        Server { address, stops, accepts: Some(accepts) }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address)); // for `accept` to return
        self.accepts.take().unwrap().join().unwrap();
    }
}

fn serve(connection: TcpStream) -> io::Result<()> {
    let mut from = BufReader::new(connection.try_clone()?);
    let mut to = connection;
    to.set_nodelay(true)?;
    while let Some(request) = Request::read(&mut from)? {
        match &*request.path {
            "/hello" => answer(&mut to, "200 OK\r\nX-Greeting: yes", b"hello")?,
            "/echo" => answer(&mut to, "200 OK", &request.body)?,
            "/moved" => answer(&mut to, "307 Temporary Redirect\r\nLocation: /echo", b"")?,
            "/drip" => drip(&mut to)?,
            "/silent" => drop(from.read(&mut [0])?),
            path => match path.strip_prefix("/bytes/").and_then(|count| count.parse().ok()) {
                Some(count) => answer(&mut to, "200 OK", &vec![b'x'; count])?,
                None => answer(&mut to, "404 Not Found", b"")?,
            },
        }
    }
    Ok(())
}

fn answer(to: &mut TcpStream, head: &str, body: &[u8]) -> io::Result<()> {
    write!(to, "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len())?;
    to.write_all(body)
}

/// Sends pieces until the client has gone.
fn drip(to: &mut TcpStream) -> io::Result<()> {
    write!(to, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    loop {
        to.write_all(b"5\r\ndrip!\r\n")?;
        thread::sleep(Duration::from_millis(3));
    }
}

struct Request {
    path: String,
    body: Vec<u8>,
}

impl Request {
    /// `None` at the end of the connection.
    fn read(from: &mut impl BufRead) -> io::Result<Option<Request>> {
        let first = line(from)?;
        let Some(path) = first.split(' ').nth(1) else { return Ok(None) };
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = line(from)?.to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("transfer-encoding", "chunked")) => is_chunked = true,
                Some(_) => {}
                None if line.is_empty() => break,
                None => {}
            }
        }
        let mut body = Vec::new();
        if is_chunked {
            read_chunks(from, &mut body)?;
        } else {
            from.take(length).read_to_end(&mut body)?;
        }
        Ok(Some(Request { path: path.into(), body }))
    }
}

fn read_chunks(from: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let size = u64::from_str_radix(&line(from)?, 16).map_err(io::Error::other)?;
        from.take(size).read_to_end(body)?;
        line(from)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    Ok(line.trim_end().into())
}
