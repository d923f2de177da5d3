//! Requests and responses between two sessions in memory.

mod common;

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use common::*;
use outlive_nghttp2::{Builder, Category, Error, Failure, Kind, NO_BODY, Session};

#[test]
fn a_request_and_its_response_have_headers_and_bodies() -> Result<(), Error> {
    let count = Count::default();
    let (mut client, mut server) = (noting(&count).client()?, echo(&count).server()?);
    begin(&mut client, &mut server)?;
    let sent: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let stream = post(&mut client.outbound(), Body::new(sent.clone(), &count))?;
    run(&mut client, &mut server)?;
    client.with_state(|seen| {
        assert_eq!(seen.headers, [(":status".into(), "200".into())]);
        assert!(seen.body == sent);
        assert_eq!(seen.closed, [(stream, 0)]);
    })?;
    server.with_state(|seen| assert_eq!(seen.headers.len(), HEAD.len()))?;
    assert_eq!(count.alive(), 2, "the bodies are gone with their stream, the states are there");
    assert!(client.wants_read() && !client.wants_write());
    drop((client, server));
    assert_eq!(count.alive(), 0);
    Ok(())
}

#[test]
fn many_streams_go_side_by_side() -> Result<(), Error> {
    let count = Count::default();
    let mut server = Builder::new(())
        .on_frame_recv(|(), outbound, frame| {
            if frame.ends_stream() {
                let body = io::Cursor::new(vec![b'x'; 30_000]);
                outbound.response(frame.stream_id(), &[(":status", "200")], Some(body))?;
            }
            Ok(())
        })
        .server()?;
    let mut client = noting(&count).client()?;
    begin(&mut client, &mut server)?;
    for _ in 0..50 {
        client.outbound().request(&HEAD, NO_BODY)?;
    }
    run(&mut client, &mut server)?;
    client.with_state(|seen| {
        assert_eq!(seen.body.len(), 50 * 30_000);
        assert_eq!(seen.closed.len(), 50);
    })
}

/// A body that comes from elsewhere.
struct Channel(Receiver<Vec<u8>>, VecDeque<u8>);

impl Read for Channel {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.1.is_empty() {
            match self.0.try_recv() {
                Ok(bytes) => self.1.extend(bytes),
                Err(TryRecvError::Empty) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(TryRecvError::Disconnected) => return Ok(0),
            }
        }
        self.1.read(into)
    }
}

#[test]
fn a_body_that_would_block_goes_on_when_it_is_resumed() -> Result<(), Error> {
    let count = Count::default();
    let (mut client, mut server) = (noting(&count).client()?, echo(&count).server()?);
    begin(&mut client, &mut server)?;
    let (give, take) = channel();
    let stream = client.outbound().request(&HEAD, Some(Channel(take, VecDeque::new())))?;
    run(&mut client, &mut server)?;
    server.with_state(|seen| assert!(seen.body.is_empty()))?;
    give.send(b"one".to_vec()).unwrap();
    run(&mut client, &mut server)?;
    server
        .with_state(|seen| assert!(seen.body.is_empty(), "nobody has said that there is more"))?;
    client.outbound().resume(stream)?;
    run(&mut client, &mut server)?;
    server.with_state(|seen| assert_eq!(seen.body, b"one"))?;
    drop(give);
    client.outbound().resume(stream)?;
    run(&mut client, &mut server)?;
    client.with_state(|seen| assert_eq!(seen.body, b"one"))?;
    assert_eq!(
        client.outbound().resume(stream),
        Err(Error::Nghttp2(libnghttp2_sys::NGHTTP2_ERR_INVALID_ARGUMENT))
    );
    Ok(())
}

#[test]
fn what_a_callback_queues_is_sent() -> Result<(), Error> {
    let mut server = Builder::new(())
        .on_begin_headers(|(), outbound, frame| {
            assert_eq!((frame.kind(), frame.category()), (Kind::Headers, Some(Category::Request)));
            outbound.reset(frame.stream_id(), libnghttp2_sys::NGHTTP2_ENHANCE_YOUR_CALM)?;
            outbound.ping(b"8 bytes.")?;
            Ok(())
        })
        .server()?;
    let mut client = Builder::new((None, false))
        .on_frame_recv(|state: &mut (Option<u32>, bool), _, frame| {
            state.0 = state.0.or(frame.error_code());
            state.1 |= frame.kind() == Kind::Ping && !frame.is_ack();
            Ok(())
        })
        .client()?;
    begin(&mut client, &mut server)?;
    client.outbound().request(&HEAD, NO_BODY)?;
    run(&mut client, &mut server)?;
    let seen = client.with_state(|state| *state)?;
    assert_eq!(seen, (Some(libnghttp2_sys::NGHTTP2_ENHANCE_YOUR_CALM), true));
    client.outbound().terminate(0)?;
    run(&mut client, &mut server)?;
    assert!(!client.wants_read() && !client.wants_write());
    Ok(())
}

/// Two queues of bytes, as a connection.
#[derive(Default)]
struct Wire {
    incoming: VecDeque<u8>,
    outgoing: Vec<u8>,
    /// How many bytes it still takes.
    takes: usize,
}

fn wired() -> Builder<Wire> {
    Builder::new(Wire { takes: usize::MAX, ..Wire::default() })
        .recv(|wire, into| match wire.incoming.read(into)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        })
        .send(|wire, bytes| {
            let count = bytes.len().min(wire.takes);
            if count == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            wire.takes -= count;
            wire.outgoing.extend_from_slice(&bytes[..count]);
            Ok(count)
        })
}

#[test]
fn input_and_output_may_be_callbacks() -> Result<(), Error> {
    let mut server = wired()
        .on_frame_recv(|_, outbound, frame| match frame.ends_stream() {
            true => Ok(outbound.response(frame.stream_id(), &[(":status", "204")], NO_BODY)?),
            false => Ok(()),
        })
        .server()?;
    let mut client = wired()
        .on_header(|wire, _, _, header| {
            assert_eq!((header.name, header.value), (&b":status"[..], &b"204"[..]));
            wire.takes = 7;
            Ok(())
        })
        .client()?;
    begin(&mut client, &mut server)?;
    client.outbound().request(&HEAD, NO_BODY)?;
    client.with_state(|wire| wire.takes = 30)?;
    client.send_by_callback()?;
    assert!(client.wants_write(), "the wire was full");
    client.with_state(|wire| wire.takes = usize::MAX)?;
    client.send_by_callback()?;
    let sent = client.with_state(|wire| std::mem::take(&mut wire.outgoing))?;
    server.with_state(|wire| wire.incoming.extend(sent))?;
    server.receive_by_callback()?;
    server.send_by_callback()?;
    let sent = server.with_state(|wire| std::mem::take(&mut wire.outgoing))?;
    client.with_state(|wire| wire.incoming.extend(sent))?;
    client.receive_by_callback()?;
    assert_eq!(client.with_state(|wire| wire.takes)?, 7);
    Ok(())
}

#[test]
fn a_function_without_the_callback_that_it_needs_is_refused() -> Result<(), Error> {
    let mut session = Builder::new(()).client()?;
    session.outbound().settings(&[])?;
    assert_eq!(session.send_by_callback(), Err(Error::MissingCallback("send")));
    assert_eq!(session.receive_by_callback(), Err(Error::MissingCallback("recv")));
    assert!(session.send()?.is_some(), "the session is as it was");
    Ok(())
}

#[test]
fn callbacks_that_move_too_many_bytes_or_none_cannot_mislead_c() -> Result<(), Error> {
    let mut session = Builder::new(()).send(|(), bytes| Ok(bytes.len() + 1000)).client()?;
    session.outbound().settings(&[])?;
    session.send_by_callback()?;
    let mut session = Builder::new(()).send(|(), _| Ok(0)).client()?;
    session.outbound().settings(&[])?;
    assert_eq!(session.send_by_callback(), Err(CALLBACK_FAILURE));
    let mut session = Builder::new(()).recv(|(), into| Ok(into.len() + 1000)).server()?;
    assert!(session.receive_by_callback().is_err(), "zeroes are not HTTP/2");
    let mut session = Builder::new(()).recv(|(), _| Ok(0)).server()?;
    assert_eq!(session.receive_by_callback(), Err(Error::Nghttp2(libnghttp2_sys::NGHTTP2_ERR_EOF)));
    Ok(())
}

#[test]
fn padding_and_the_length_of_reads_are_chosen() -> Result<(), Error> {
    let count = Count::default();
    let mut server = noting(&count)
        .on_begin_frame(|seen, kind, _, length| {
            if u32::from(kind) == libnghttp2_sys::NGHTTP2_DATA {
                seen.closed.push((0, length as u32));
            }
            Ok(())
        })
        .server()?;
    let mut client = Builder::new(())
        .select_padding(|(), _, most| most + 1) // too many: what there is room for
        .data_source_read_length(|(), room| {
            assert!(room.stream > 0 && room.session > 0);
            100.min(room.frame as usize)
        })
        .client()?;
    begin(&mut client, &mut server)?;
    post(&mut client.outbound(), Body::new([7; 250], &count))?;
    run(&mut client, &mut server)?;
    server.with_state(|seen| {
        assert_eq!(seen.body, [7; 250]);
        // Two are full, and the third and the end are padded.
        assert_eq!(seen.closed, [(0, 100); 4]);
    })
}

#[test]
fn a_header_may_have_its_stream_reset_and_a_frame_not_be_sent() -> Result<(), Error> {
    let count = Count::default();
    let mut server = noting(&count).on_header(|_, _, _, _| Err(Failure::Stream)).server()?;
    let mut client = noting(&count)
        .before_frame_send(|_, _, frame| match frame.kind() {
            Kind::Ping => Err(Failure::Stream),
            _ => Ok(()),
        })
        .on_frame_not_send(|seen, _, frame, error| {
            assert_eq!(frame.kind(), Kind::Ping);
            seen.body.push(1);
            assert_eq!(error, libnghttp2_sys::NGHTTP2_ERR_CANCEL);
            Ok(())
        })
        .client()?;
    begin(&mut client, &mut server)?;
    client.outbound().ping(&[0; 8])?;
    let stream = post(&mut client.outbound(), Body::new("x", &count))?;
    run(&mut client, &mut server)?;
    client.with_state(|seen| {
        assert_eq!(seen.body, [1]);
        assert_eq!(seen.closed, [(stream, libnghttp2_sys::NGHTTP2_INTERNAL_ERROR)]);
    })?;
    assert_eq!(count.alive(), 2);
    Ok(())
}

#[test]
fn a_second_response_is_refused_and_so_are_requests_of_a_server() -> Result<(), Error> {
    let count = Count::default();
    let (mut client, mut server) = (noting(&count).client()?, noting(&count).server()?);
    begin(&mut client, &mut server)?;
    let stream = client.outbound().request(&HEAD, NO_BODY)?;
    run(&mut client, &mut server)?;
    let status = [(":status", "200")];
    let mut outbound = server.outbound();
    outbound.response(stream, &status, Some(Body::new("one", &count)))?;
    let second = outbound.response(stream, &status, Some(Body::new("two", &count)));
    assert_eq!(second, Err(Error::Answered));
    assert_eq!(
        outbound.request(&HEAD, Some(Body::new("three", &count))),
        Err(Error::Nghttp2(libnghttp2_sys::NGHTTP2_ERR_PROTO))
    );
    assert_eq!(
        client.outbound().response(stream, &status, Some(Body::new("four", &count))),
        Err(Error::Nghttp2(libnghttp2_sys::NGHTTP2_ERR_PROTO))
    );
    assert_eq!(count.alive(), 3, "what C did not take is dropped");
    run(&mut client, &mut server)?;
    client.with_state(|seen| assert_eq!(seen.body, b"one"))?;
    // A stream that nobody knows: the response is not sent, and its body is dropped.
    server.outbound().response(77, &status, Some(Body::new("five", &count)))?;
    run(&mut client, &mut server)?;
    assert_eq!(count.alive(), 2);
    Ok(())
}

#[test]
fn a_session_may_go_on_on_another_thread() -> Result<(), Error> {
    let count = Count::default();
    let (mut client, mut server) = (noting(&count).client()?, echo(&count).server()?);
    begin(&mut client, &mut server)?;
    post(&mut client.outbound(), Body::new("elsewhere", &count))?;
    step(&mut client, &mut server)?;
    let both = thread::spawn(move || -> Result<(Session<Seen>, Session<Seen>), Error> {
        run(&mut client, &mut server)?;
        Ok((client, server))
    });
    let (mut client, _server) = both.join().unwrap()?;
    client.with_state(|seen| assert_eq!(seen.body, b"elsewhere"))
}
