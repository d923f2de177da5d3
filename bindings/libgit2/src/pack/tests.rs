//! Packs that are not what they say.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::*;

const BLOB: u8 = 3;

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// An entry of less than 16 bytes, `between` before them.
fn small(kind: u8, between: &[u8], data: &[u8]) -> Vec<u8> {
    [&[kind << 4 | data.len() as u8], between, &deflate(data)].concat()
}

fn pack(count: u32, body: &[u8]) -> Vec<u8> {
    let pack = [b"PACK\0\0\0\x02", &count.to_be_bytes()[..], body].concat();
    [&pack[..], &Sha1::digest(&pack)[..]].concat()
}

fn read(pack: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let objects = objects(pack, |_| Ok(None), || Ok(())).map_err(|error| error.to_string())?;
    Ok(objects.into_iter().map(|(_, object)| object.data).collect())
}

#[test]
fn an_object_and_a_difference_from_it_are_read() {
    let whole = small(BLOB, &[], b"hello");
    let distance = whole.len() as u8;
    // From 5 bytes to 7: copy 4 from 0, and add 3.
    let delta = small(OFFSET_DELTA, &[distance], b"\x05\x07\x90\x04\x03p!!");
    assert_eq!(
        read(&pack(2, &[whole, delta].concat())),
        Ok(vec![b"hello".to_vec(), b"hellp!!".to_vec()])
    );
}

#[test]
fn a_difference_may_come_before_its_base() {
    let base = Oid::of(ObjectKind::Blob, b"hello");
    let delta = small(NAMED_DELTA, &base.to_c().id, b"\x05\x05\x90\x05");
    let packed = pack(2, &[delta, small(BLOB, &[], b"hello")].concat());
    assert_eq!(read(&packed), Ok(vec![b"hello".to_vec(), b"hello".to_vec()]));
}

#[test]
fn a_base_outside_of_the_pack_is_asked_for() {
    let base = Object { kind: ObjectKind::Blob, data: b"hello".to_vec() };
    let id = Oid::of(base.kind, &base.data);
    let thin = pack(1, &small(NAMED_DELTA, &id.to_c().id, b"\x05\x04\x90\x04"));
    let found =
        objects(&thin, |asked| Ok((*asked == id).then(|| base.clone())), || Ok(())).unwrap();
    assert_eq!(found[0].1.data, b"hell");
    assert_eq!(read(&thin), Err("the pack is broken: the base of an object is missing".into()));
}

#[test]
fn a_pack_that_ends_anywhere_is_refused() {
    let body =
        [small(BLOB, &[], b"hello"), small(OFFSET_DELTA, &[13], b"\x05\x05\x90\x05")].concat();
    let whole = pack(2, &body);
    for length in 0..whole.len() {
        assert!(read(&whole[..length]).is_err(), "{length} bytes");
    }
    // With a checksum that is right, too.
    for length in 0..body.len() {
        assert!(read(&pack(2, &body[..length])).is_err(), "{length} bytes of the body");
    }
}

#[test]
fn a_byte_that_has_changed_is_noticed() {
    let whole = pack(1, &small(BLOB, &[], b"hello"));
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        assert!(read(&changed).is_err(), "byte {place}");
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    let hello = small(BLOB, &[], b"hello");
    let after = |delta: &[u8]| {
        pack(2, &[hello.clone(), small(OFFSET_DELTA, &[hello.len() as u8], delta)].concat())
    };
    for (why, broken) in [
        ("more than is counted", pack(0, &hello)),
        ("less than is counted", pack(2, &hello)),
        ("another length", pack(1, &[&[BLOB << 4 | 4], &deflate(b"hello")[..]].concat())),
        ("no kind", pack(1, &small(5, &[], b"hello"))),
        ("a base before the pack", pack(1, &small(OFFSET_DELTA, &[127], b""))),
        ("a base that is none", pack(1, &small(OFFSET_DELTA, &[1], b""))),
        ("another base's length", after(b"\x04\x04\x90\x04")),
        ("a copy from beyond the base", after(b"\x05\x04\x91\x03\x04")),
        ("more than it says", after(b"\x05\x01\x90\x05")),
        ("less than it says", after(b"\x05\x06\x90\x05")),
        ("an instruction that is none", after(b"\x05\x05\x00")),
        ("a length without an end", after(&[255; 12])),
    ] {
        assert!(read(&broken).is_err(), "{why}");
    }
}
