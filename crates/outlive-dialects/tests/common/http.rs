//! A server of HTTP on this machine: `/hello` is a word, `/large` are 4 MB, `/silent` never answers.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

pub const LARGE: usize = 4 << 20;

/// Starts it, and says at which address it is. It ends with the process.
pub fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            thread::spawn(move || answer(&connection.unwrap()));
        }
    });
    format!("http://{address}")
}

fn answer(mut connection: &TcpStream) -> Option<()> {
    let mut lines = BufReader::new(connection).lines();
    loop {
        let first = lines.next()?.ok()?;
        while !lines.next()?.ok()?.is_empty() {}
        let body = match first.split(' ').nth(1)? {
            "/hello" => b"hello".to_vec(),
            "/large" => vec![b'x'; LARGE],
            _ => continue, // it never answers
        };
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).ok()?;
        connection.write_all(&body).ok()?;
    }
}
