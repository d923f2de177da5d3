//! Two sessions that do random things to each other, with bytes that are damaged on the way, and callbacks and bodies that
//! fail, panic, cancel and queue. Whatever happens, nothing is left.

mod common;

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};

use common::*;
use outlive_nghttp2::{Builder, Canceller, Failure, Memory, Outbound, Session};

/// Numbers that look random, the same in each run.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Whether something happens that happens once in so many times.
    fn once_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    fn fork(&mut self) -> Random {
        Random(self.next() | 1)
    }
}

/// Bytes that come in pieces, or fail.
struct Wild {
    random: Random,
    left: usize,
    _live: Live,
}

impl Read for Wild {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.random.next() % 100 {
            0 => panic!("in a body"),
            1..4 => Err(io::Error::other("no more")),
            4..20 => Err(io::ErrorKind::WouldBlock.into()),
            _ => {
                let count = self.left.min(into.len()).min(1 + self.random.next() as usize % 20_000);
                self.left -= count;
                Ok(count)
            }
        }
    }
}

/// What an end does in its callbacks.
struct Host {
    random: Random,
    live: Live,
    own: Arc<OnceLock<Canceller>>,
}

impl Host {
    fn body(&mut self) -> Option<Wild> {
        let left = self.random.next() as usize % 100_000;
        let body = Wild { random: self.random.fork(), left, _live: self.live.clone() };
        (!self.random.once_in(4)).then_some(body)
    }

    fn act(&mut self, outbound: &mut Outbound<'_>, stream_id: i32) -> Result<(), Failure> {
        match self.random.next() % 400 {
            0 => panic!("in a callback"),
            1 => Err(Failure::Session),
            2..6 => Err(Failure::Stream),
            6 => {
                let _ = self.own.get().unwrap().cancel();
                Ok(())
            }
            7..20 => self.queue(outbound, stream_id),
            _ => Ok(()),
        }
    }

    /// Queues something; it may be refused.
    fn queue(&mut self, outbound: &mut Outbound<'_>, stream_id: i32) -> Result<(), Failure> {
        let body = self.body();
        let _ = match self.random.next() % 12 {
            0..4 => outbound.request(&HEAD, body).map(drop),
            4..8 => outbound.response(stream_id, &[(":status", "200")], body),
            8 => outbound.resume(stream_id),
            9 => outbound.reset(stream_id, self.random.next() as u32),
            10 => outbound.settings(&[(self.random.next() as u32 % 10, self.random.next() as u32)]),
            _ if self.random.once_in(20) => outbound.terminate(0),
            _ => outbound.ping(&self.random.next().to_ne_bytes()),
        };
        Ok(())
    }
}

fn end(host: Host, random: &mut Random) -> Builder<Host> {
    let builder = Builder::new(host)
        .on_begin_headers(|host, outbound, frame| host.act(outbound, frame.stream_id()))
        .on_header(|host, outbound, frame, _| host.act(outbound, frame.stream_id()))
        .on_data_chunk_recv(|host, outbound, stream_id, _| host.act(outbound, stream_id))
        .on_frame_recv(|host, outbound, frame| {
            if frame.ends_stream() && host.random.once_in(2) {
                host.queue(outbound, frame.stream_id())?;
            }
            host.act(outbound, frame.stream_id())
        })
        .on_stream_close(|host, outbound, stream_id, _| host.act(outbound, stream_id))
        .before_frame_send(|host, outbound, frame| host.act(outbound, frame.stream_id()))
        .on_frame_not_send(|host, outbound, frame, _| host.act(outbound, frame.stream_id()))
        .select_padding(|host, frame, most| {
            frame.length() + host.random.next() as usize % most.max(1)
        });
    match random.once_in(4) {
        true => builder.memory(Memory::limited(20_000 + random.next() as usize % 200_000)),
        false => builder,
    }
}

/// Sends to the peer what there is, damaged now and then; `false` where either end has failed.
fn carry(from: &mut Session<Host>, to: &mut Session<Host>, random: &mut Random) -> bool {
    let Ok(bytes) = from.send() else { return false };
    let Some(bytes) = bytes else { return true };
    let mut bytes = bytes.to_vec();
    if random.once_in(60) {
        let place = random.next() as usize % bytes.len();
        bytes[place] ^= 1 << (random.next() % 8);
    }
    to.receive(&bytes).is_ok()
}

#[test]
fn whatever_two_sessions_do_nothing_is_left() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut carried = 0;
    for round in 0..400 {
        let count = Count::default();
        let session = |random: &mut Random, is_client: bool| {
            let own = Arc::new(OnceLock::new());
            let host = Host { random: random.fork(), live: count.one(), own: Arc::clone(&own) };
            let builder = end(host, random);
            let session = if is_client { builder.client() } else { builder.server() }.ok()?;
            let _ = own.set(session.canceller());
            Some(session)
        };
        let ends = (session(&mut random, true), session(&mut random, false));
        let (Some(mut client), Some(mut server)) = ends else { continue };
        let _ = begin(&mut client, &mut server);
        for _ in 0..random.next() % 200 {
            let fine = match random.next() % 8 {
                0 => {
                    let mut host =
                        Host { random: random.fork(), live: count.one(), own: Arc::default() };
                    let stream_id = random.next() as i32 % 20;
                    let one = if random.once_in(2) { &mut client } else { &mut server };
                    host.queue(&mut one.outbound(), stream_id).is_ok()
                }
                1..5 => carry(&mut client, &mut server, &mut random),
                _ => carry(&mut server, &mut client, &mut random),
            };
            if !fine {
                break;
            }
            carried += 1;
        }
        let (first, mut second) =
            if random.once_in(2) { (client, server) } else { (server, client) };
        drop(first);
        let _ = second.send();
        drop(second);
        assert_eq!(count.alive(), 0, "round {round}");
    }
    assert!(carried > 4000, "most of it works: {carried}");
}
