//! Two ends of a connection in memory, for the tests.
#![allow(dead_code, reason = "each test has its own use for it")]

use std::io::{Cursor, Read};
use std::sync::Arc;

use outlive_nghttp2::{Builder, Error, Outbound, Session};

/// The head of a request.
pub const HEAD: [(&str, &str); 4] =
    [(":method", "POST"), (":scheme", "http"), (":authority", "here"), (":path", "/echo")];

/// nghttp2's error for a callback that fails.
pub const CALLBACK_FAILURE: Error = Error::Nghttp2(libnghttp2_sys::NGHTTP2_ERR_CALLBACK_FAILURE);

/// How many of the values that were made with a count are alive.
#[derive(Default)]
pub struct Count(Arc<()>);

/// A value that is counted.
pub type Live = Arc<()>;

impl Count {
    pub fn one(&self) -> Live {
        Arc::clone(&self.0)
    }

    pub fn alive(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

/// A body that is counted.
pub struct Body {
    bytes: Cursor<Vec<u8>>,
    _live: Live,
}

impl Body {
    pub fn new(bytes: impl Into<Vec<u8>>, count: &Count) -> Body {
        Body { bytes: Cursor::new(bytes.into()), _live: count.one() }
    }
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.bytes.read(into)
    }
}

/// What an end of the connection has seen.
pub struct Seen {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub closed: Vec<(i32, u32)>,
    pub live: Live,
}

impl Seen {
    pub fn new(count: &Count) -> Seen {
        Seen { headers: vec![], body: vec![], closed: vec![], live: count.one() }
    }
}

/// An end that notes what it sees.
pub fn noting(count: &Count) -> Builder<Seen> {
    Builder::new(Seen::new(count))
        .on_header(|seen, _, _, header| {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            seen.headers.push((text(header.name), text(header.value)));
            Ok(())
        })
        .on_data_chunk_recv(|seen, _, _, data| {
            seen.body.extend_from_slice(data);
            Ok(())
        })
        .on_stream_close(|seen, _, stream_id, error_code| {
            seen.closed.push((stream_id, error_code));
            Ok(())
        })
}

/// A server that sends each request's body back.
pub fn echo(count: &Count) -> Builder<Seen> {
    noting(count).on_frame_recv(|seen, outbound, frame| {
        if frame.ends_stream() {
            let bytes = Cursor::new(std::mem::take(&mut seen.body));
            let body = Body { bytes, _live: seen.live.clone() };
            outbound.response(frame.stream_id(), &[(":status", "200")], Some(body))?;
        }
        Ok(())
    })
}

/// Queues what both ends begin with.
pub fn begin<A: Send, B: Send>(
    client: &mut Session<A>,
    server: &mut Session<B>,
) -> Result<(), Error> {
    client.outbound().settings(&[])?;
    server.outbound().settings(&[])
}

/// Queues a request with a body.
pub fn post(outbound: &mut Outbound<'_>, body: Body) -> Result<i32, Error> {
    outbound.request(&HEAD, Some(body))
}

/// Carries one piece from one end to the other; whether there was one.
pub fn step<A: Send, B: Send>(from: &mut Session<A>, to: &mut Session<B>) -> Result<bool, Error> {
    let Some(bytes) = from.send()? else { return Ok(false) };
    to.receive(bytes)?;
    Ok(true)
}

/// Carries until both ends have nothing more to say.
pub fn run<A: Send, B: Send>(
    client: &mut Session<A>,
    server: &mut Session<B>,
) -> Result<(), Error> {
    while step(client, server)? | step(server, client)? {}
    Ok(())
}
