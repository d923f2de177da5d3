//! Serves the files of a folder by HTTP/2, without TLS.
//!
//!     serve FOLDER ADDRESS   serves until it is stopped; `curl --http2-prior-knowledge http://ADDRESS/FILE` gets a file
//!     serve                  serves this crate's folder to a client of its own, which gets two of its files at once

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::{env, thread};

use outlive_nghttp2::{Builder, Failure, NO_BODY, Outbound, Session};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [folder, address] = &arguments[..] {
        return accept(&TcpListener::bind(address)?, Path::new(folder));
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || accept(&listener, Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());
    let files = get(TcpStream::connect(address)?, &["/Cargo.toml", "/src/body.rs", "/none"])?;
    for (path, answer) in &files {
        println!("{path}: status {}, {} bytes", answer.status, answer.body.len());
    }
    assert!(
        files["/src/body.rs"].body
            == std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src/body.rs"))?
    );
    Ok(())
}

/// Serves each connection on a thread of its own.
fn accept(listener: &TcpListener, root: &Path) -> Result<(), Box<dyn Error>> {
    for connection in listener.incoming() {
        let (connection, root) = (connection?, root.to_path_buf());
        thread::spawn(move || {
            if let Err(error) = serve(connection, root) {
                eprintln!("a connection ended: {error}");
            }
        });
    }
    Ok(())
}

/// What a connection to the server knows.
struct Site {
    root: PathBuf,
    /// The paths that streams have asked for.
    asked: HashMap<i32, String>,
}

impl Site {
    /// Sends the file that a stream has asked for.
    fn answer(&mut self, outbound: &mut Outbound<'_>, stream: i32) -> Result<(), Failure> {
        let path = self.asked.remove(&stream).unwrap_or_default();
        let path = Path::new(path.trim_start_matches('/'));
        let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        let file = is_inside.then(|| File::open(self.root.join(path)).ok()).flatten();
        match file.filter(|file| file.metadata().is_ok_and(|data| data.is_file())) {
            Some(file) => outbound.response(stream, &[(":status", "200")], Some(file))?,
            None => outbound.response(stream, &[(":status", "404")], NO_BODY)?,
        }
        Ok(())
    }
}

fn serve(mut connection: TcpStream, root: PathBuf) -> Result<(), Box<dyn Error>> {
    let mut session = Builder::new(Site { root, asked: HashMap::new() })
        .on_header(|site, _, frame, header| {
            if header.name == b":path" {
                let path = String::from_utf8_lossy(header.value).into_owned();
                site.asked.insert(frame.stream_id(), path);
            }
            Ok(())
        })
        .on_frame_recv(|site, outbound, frame| match frame.ends_stream() {
            true => site.answer(outbound, frame.stream_id()),
            false => Ok(()),
        })
        .server()?;
    session.outbound().settings(&[])?;
    exchange(&mut session, &mut connection, |_| false)
}

/// What the client has got for a path.
#[derive(Default)]
struct Answer {
    status: String,
    body: Vec<u8>,
}

/// What a client knows.
#[derive(Default)]
struct Answers {
    by_stream: HashMap<i32, Answer>,
    closed: usize,
}

/// Gets several paths by one connection.
fn get(
    mut connection: TcpStream,
    paths: &[&str],
) -> Result<HashMap<String, Answer>, Box<dyn Error>> {
    let mut session = Builder::new(Answers::default())
        .on_header(|answers, _, frame, header| {
            if header.name == b":status" {
                let answer = answers.by_stream.entry(frame.stream_id()).or_default();
                answer.status = String::from_utf8_lossy(header.value).into_owned();
            }
            Ok(())
        })
        .on_data_chunk_recv(|answers, _, stream, data| {
            answers.by_stream.entry(stream).or_default().body.extend_from_slice(data);
            Ok(())
        })
        .on_stream_close(|answers, _, _, _| {
            answers.closed += 1;
            Ok(())
        })
        .client()?;
    session.outbound().settings(&[])?;
    let mut streams = HashMap::new();
    for path in paths {
        let head =
            [(":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", path)];
        streams.insert(session.outbound().request(&head, NO_BODY)?, path.to_string());
    }
    let all = streams.len();
    exchange(&mut session, &mut connection, |answers| answers.closed == all)?;
    let answers = session.with_state(|answers| std::mem::take(&mut answers.by_stream))?;
    let named = answers.into_iter().filter_map(|(id, answer)| Some((streams.remove(&id)?, answer)));
    Ok(named.collect())
}

/// Moves bytes between a session and its connection, until it is done or at its end.
fn exchange<S: Send>(
    session: &mut Session<S>,
    connection: &mut TcpStream,
    is_done: impl Fn(&S) -> bool,
) -> Result<(), Box<dyn Error>> {
    let mut buffer = [0; 16 * 1024];
    while session.wants_read() || session.wants_write() {
        while let Some(bytes) = session.send()? {
            connection.write_all(bytes)?;
        }
        if session.with_state(|state| is_done(state))? {
            break;
        }
        match connection.read(&mut buffer)? {
            0 => break,
            count => session.receive(&buffer[..count])?,
        }
    }
    Ok(())
}
