//! Reading a pack: the objects of a transfer, compressed, some as differences from others.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

use flate2::bufread::ZlibDecoder;
use sha1::{Digest, Sha1};

use crate::error::Error;
use crate::object::{Object, ObjectKind, Oid};

const HEADER: usize = 12;
const CHECKSUM: usize = 20;
const OFFSET_DELTA: u8 = 6;
const NAMED_DELTA: u8 = 7;

/// How many objects a pack has, once its header is there.
pub(crate) fn object_count(pack: &[u8]) -> Option<u32> {
    let header = pack.get(..HEADER)?;
    Some(u32::from_be_bytes(header[8..].try_into().ok()?))
}

/// The objects of a whole pack. `outside` has those that a thin pack builds on; `counted` runs for each object, and its
/// error ends it.
pub(crate) fn objects(
    pack: &[u8],
    outside: impl Fn(&Oid) -> Result<Option<Object>, Error>,
    counted: impl FnMut() -> Result<(), Error>,
) -> Result<Vec<(Oid, Object)>, Error> {
    let body = checked(pack)?;
    let count = object_count(body).ok_or_else(truncated)?;
    let mut entries = Vec::new();
    let mut rest = &body[HEADER..];
    for _ in 0..count {
        let at = body.len() - rest.len();
        entries.push((at, entry(at, &mut rest)?));
    }
    if !rest.is_empty() {
        return Err(broken("there is something after its last object"));
    }
    Resolver::default().resolve(entries, outside, counted)
}

/// The pack without its checksum, which is right.
fn checked(pack: &[u8]) -> Result<&[u8], Error> {
    let split = pack.len().checked_sub(CHECKSUM).filter(|length| *length >= HEADER);
    let (body, checksum) = pack.split_at(split.ok_or_else(truncated)?);
    if !body.starts_with(b"PACK\0\0\0\x02") {
        return Err(broken("it is none of version 2"));
    }
    if Sha1::digest(body).as_slice() != checksum {
        return Err(broken("its checksum is wrong"));
    }
    Ok(body)
}

enum Entry {
    Whole(Object),
    Delta(Base, Vec<u8>),
}

enum Base {
    At(usize),
    Named(Oid),
}

/// The entry that begins at `at`, where `rest` is.
fn entry(at: usize, rest: &mut &[u8]) -> Result<Entry, Error> {
    let first = byte(rest)?;
    let mut size = usize::from(first & 15);
    if first & 128 != 0 {
        size = more_digits(rest, size, 4)?;
    }
    match first >> 4 & 7 {
        OFFSET_DELTA => {
            let base = distance(rest)?;
            let base = at.checked_sub(base).ok_or_else(|| broken("a base is before it"))?;
            Ok(Entry::Delta(Base::At(base), inflate(rest, size)?))
        }
        NAMED_DELTA => {
            let id: [u8; 20] = take(rest, 20)?.try_into().map_err(|_| truncated())?;
            Ok(Entry::Delta(Base::Named(Oid::from_bytes(id)), inflate(rest, size)?))
        }
        kind => {
            let kind = ObjectKind::try_from(i32::from(kind))
                .map_err(|()| broken("an object is of no kind"))?;
            Ok(Entry::Whole(Object { kind, data: inflate(rest, size)? }))
        }
    }
}

#[derive(Default)]
struct Resolver {
    objects: Vec<(Oid, Object)>,
    by_place: HashMap<usize, usize>,
    by_name: HashMap<Oid, usize>,
}

impl Resolver {
    /// Applies the differences whose base is known, until nothing is left.
    fn resolve(
        mut self,
        mut entries: Vec<(usize, Entry)>,
        outside: impl Fn(&Oid) -> Result<Option<Object>, Error>,
        mut counted: impl FnMut() -> Result<(), Error>,
    ) -> Result<Vec<(Oid, Object)>, Error> {
        while !entries.is_empty() {
            let before = entries.len();
            let mut waiting = Vec::new();
            for (at, entry) in entries {
                let object = match entry {
                    Entry::Whole(object) => object,
                    Entry::Delta(base, delta) => match self.changed(&base, &delta, &outside)? {
                        Some(object) => object,
                        None => {
                            waiting.push((at, Entry::Delta(base, delta)));
                            continue;
                        }
                    },
                };
                self.add(at, object);
                counted()?;
            }
            if waiting.len() == before {
                return Err(broken("the base of an object is missing"));
            }
            entries = waiting;
        }
        Ok(self.objects)
    }

    fn add(&mut self, at: usize, object: Object) {
        let id = Oid::of(object.kind, &object.data);
        self.by_place.insert(at, self.objects.len());
        self.by_name.insert(id, self.objects.len());
        self.objects.push((id, object));
    }

    /// What the difference makes of its base, where that is known already.
    fn changed(
        &self,
        base: &Base,
        delta: &[u8],
        outside: impl Fn(&Oid) -> Result<Option<Object>, Error>,
    ) -> Result<Option<Object>, Error> {
        let index = match base {
            Base::At(place) => self.by_place.get(place),
            Base::Named(id) => self.by_name.get(id),
        };
        let base = match (index, base) {
            (Some(index), _) => Some(Cow::Borrowed(&self.objects[*index].1)),
            (None, Base::Named(id)) => outside(id)?.map(Cow::Owned),
            (None, Base::At(_)) => None,
        };
        let Some(base) = base else { return Ok(None) };
        Ok(Some(Object { kind: base.kind, data: apply(delta, &base.data)? }))
    }
}

/// What a difference makes of its base.
fn apply(mut delta: &[u8], base: &[u8]) -> Result<Vec<u8>, Error> {
    let rest = &mut delta;
    if more_digits(rest, 0, 0)? != base.len() {
        return Err(broken("a difference is from another object"));
    }
    let size = more_digits(rest, 0, 0)?;
    let mut data = Vec::new();
    while !rest.is_empty() {
        let piece = match byte(rest)? {
            0 => return Err(broken("a difference is not understood")),
            copy if copy & 128 != 0 => {
                let from = scattered(rest, copy, 4)?;
                let length = scattered(rest, copy >> 4, 3)?;
                let length = if length == 0 { 0x10000 } else { length };
                base.get(from..).and_then(|base| base.get(..length)).ok_or_else(truncated)?
            }
            length => take(rest, usize::from(length))?,
        };
        data.extend_from_slice(piece);
        if data.len() > size {
            return Err(broken("a difference makes too much"));
        }
    }
    if data.len() == size { Ok(data) } else { Err(truncated()) }
}

/// A number of which only those bytes are there that the lowest `count` bits of `which` name.
fn scattered(rest: &mut &[u8], which: u8, count: u32) -> Result<usize, Error> {
    let mut number = 0;
    for index in (0..count).filter(|index| which >> index & 1 == 1) {
        number |= usize::from(byte(rest)?) << (8 * index);
    }
    Ok(number)
}

/// Seven bits of each byte, the lowest first, as long as the eighth is set.
fn more_digits(rest: &mut &[u8], mut number: usize, mut shift: u32) -> Result<usize, Error> {
    loop {
        let next = byte(rest)?;
        if shift > 50 {
            return Err(broken("a length is too long"));
        }
        number |= usize::from(next & 127) << shift;
        shift += 7;
        if next & 128 == 0 {
            return Ok(number);
        }
    }
}

/// How far back a base is: seven bits of each byte, the highest first, and 1 more for each byte that follows.
fn distance(rest: &mut &[u8]) -> Result<usize, Error> {
    let mut next = byte(rest)?;
    let mut number = usize::from(next & 127);
    while next & 128 != 0 {
        if number >> 50 != 0 {
            return Err(broken("a distance is too long"));
        }
        next = byte(rest)?;
        number = (number + 1) << 7 | usize::from(next & 127);
    }
    Ok(number)
}

/// Exactly `size` bytes, which are compressed here.
fn inflate(rest: &mut &[u8], size: usize) -> Result<Vec<u8>, Error> {
    let mut decoder = ZlibDecoder::new(*rest);
    let mut data = Vec::new();
    // One more, so that the end of the compressed bytes is read, too.
    let read = decoder.by_ref().take(size as u64 + 1).read_to_end(&mut data);
    read.map_err(|error| broken(&error.to_string()))?;
    if data.len() != size {
        return Err(broken("an object has another length than it says"));
    }
    take(rest, decoder.total_in() as usize)?;
    Ok(data)
}

fn byte(rest: &mut &[u8]) -> Result<u8, Error> {
    take(rest, 1).map(|taken| taken[0])
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Error> {
    let (taken, left) = rest.split_at_checked(count).ok_or_else(truncated)?;
    *rest = left;
    Ok(taken)
}

fn truncated() -> Error {
    broken("it ends too early")
}

fn broken(why: &str) -> Error {
    Error::new(format!("the pack is broken: {why}"))
}

#[cfg(test)]
mod tests {
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
}
