//! Seals and seal signatures of others, put together by hand: those of GM/T 0031, and of GB/T 38540
//! what we do not make ourselves: version 5, time stamps, certificates listed by digest.

use super::world::{World, now, world};
use crate::digest::sm3;
use crate::seal::{Seal, SealSignature};

/// A DER value of a tag.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..=0x7f => out.push(length as u8),
        0x80..=0xff => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(content);
    out
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(0x04, bytes)
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0][..], bytes].concat())
}

fn number(value: u8) -> Vec<u8> {
    tlv(0x02, &[value])
}

fn ia5(text: &str) -> Vec<u8> {
    tlv(0x16, text.as_bytes())
}

/// 1.2.156.10197.1.501.
fn sm2_with_sm3() -> Vec<u8> {
    tlv(0x06, &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75])
}

/// How a seal is made.
#[derive(Clone, Copy)]
struct Way {
    version: u8,
    /// Type of the list of certificates; none as GM/T 0031 has it.
    list: Option<u8>,
    stamped: bool,
}

const OLD: Way = Way { version: 1, list: None, stamped: false };
const FIFTH: Way = Way { version: 5, list: Some(1), stamped: true };
const DIGESTS: Way = Way { version: 4, list: Some(2), stamped: false };

fn info(world: &World, way: Way) -> Vec<u8> {
    let listed = match way.list {
        Some(2) => sequence(&[tlv(0x13, b"SM3"), octets(&sm3(world.agency.der()))]),
        _ => octets(world.agency.der()),
    };
    let mut property = vec![number(1), tlv(0x0c, "安阳市公安局".as_bytes())];
    property.extend(way.list.map(number));
    property.push(sequence(&[listed]));
    for year in ["20", "20", "40"] {
        property.push(match way.list {
            None => tlv(0x17, format!("{year}0102030405Z").as_bytes()),
            Some(_) => tlv(0x18, format!("20{year}0102030405Z").as_bytes()),
        });
    }
    let picture = [ia5("PNG"), octets(b"picture"), number(42), number(42)];
    let header = [ia5("ES"), number(way.version), ia5("Others")];
    sequence(&[sequence(&header), ia5("41050000000009"), sequence(&property), sequence(&picture)])
}

fn seal(world: &World, way: Way) -> Vec<u8> {
    let (info, maker) = (info(world, way), octets(world.maker.der()));
    if way.list.is_none() {
        let made = sequence(&[info.clone(), maker.clone(), sm2_with_sm3()]);
        let signature = world.maker_key.sign(&made).unwrap();
        return sequence(&[info, sequence(&[maker, sm2_with_sm3(), bits(&signature)])]);
    }
    let signature = world.maker_key.sign(&info).unwrap();
    let mut parts = vec![info, maker, sm2_with_sm3(), bits(&signature)];
    parts.extend(way.stamped.then(|| tlv(0xa0, &bits(b"a stamp"))));
    sequence(&parts)
}

/// A seal signature over a document, with what GM/T 0031 leaves open: how its time is written.
fn signature(world: &World, way: Way, time: &[u8]) -> Vec<u8> {
    let (seal, digest) = (seal(world, way), bits(&sm3(b"document")));
    let certificate = octets(world.agency.der());
    if way.list.is_none() {
        let parts = [number(1), seal, bits(time), digest, ia5("a/b"), certificate, sm2_with_sm3()];
        let signed = sequence(&parts);
        let signature = world.agency_key.sign(&signed).unwrap();
        return sequence(&[signed, bits(&signature)]);
    }
    let signed = sequence(&[number(way.version), seal, tlv(0x18, time), digest, ia5("a/b")]);
    let signature = world.agency_key.sign(&signed).unwrap();
    let mut parts = vec![signed, certificate, sm2_with_sm3(), bits(&signature)];
    parts.extend(way.stamped.then(|| tlv(0xa0, &bits(b"a stamp"))));
    sequence(&parts)
}

#[test]
fn seals_of_every_version_are_read_and_verified() {
    let world = world();
    for way in [OLD, Way { version: 3, ..OLD }, FIFTH, DIGESTS] {
        let read = Seal::parse(&seal(world, way)).unwrap();
        assert_eq!((read.id(), read.name()), ("41050000000009", "安阳市公安局"));
        assert_eq!((read.picture().kind.as_str(), read.picture().width_mm), ("PNG", 42));
        assert!(read.admits(&world.agency) && !read.admits(&world.maker));
        assert_eq!(read.holders().is_empty(), way.list == Some(2));
        read.verify(&world.anchors(), now()).unwrap();
        let (from, until) = read.validity();
        assert_eq!(
            (from.rfc3339().as_str(), until.date().year()),
            ("2020-01-02T11:04:05+08:00", 2040)
        );
        let late = read.verify(&world.anchors(), until.plus_days(1)).unwrap_err();
        assert_eq!(late.code, "proof.seal.expired");
    }
    // A structure of one standard under a version of the other is neither.
    for way in [
        Way { version: 4, ..OLD },
        Way { version: 1, ..FIFTH },
        Way { version: 6, ..FIFTH },
        Way { list: Some(3), ..FIFTH },
    ] {
        assert_eq!(Seal::parse(&seal(world, way)).unwrap_err().code, "proof.seal.form");
    }
}

#[test]
fn seal_signatures_of_every_version_are_read_and_no_flipped_bit_of_one_is_accepted() {
    let world = world();
    let at = "2026-09-15T11:04:05+08:00";
    for (way, time) in [
        (OLD, tlv(0x17, b"260915030405Z")),
        (OLD, tlv(0x18, b"20260915030405Z")),
        (OLD, b"260915030405Z".to_vec()),
        (OLD, b"20260915030405Z".to_vec()),
        (FIFTH, b"20260915030405Z".to_vec()),
        (DIGESTS, b"20260915030405Z".to_vec()),
    ] {
        let der = signature(world, way, &time);
        let read = SealSignature::parse(&der).unwrap();
        assert_eq!((read.digest(), read.property()), (&sm3(b"document"), "a/b"));
        assert_eq!(read.signed_at().rfc3339(), at);
        assert_eq!(read.certificate(), &world.agency);
        assert_eq!(read.der(), der);
        read.verify_signature().unwrap();
        read.seal().verify(&world.anchors(), read.signed_at()).unwrap();
    }
    assert!(SealSignature::parse(&signature(world, OLD, b"soon")).is_err());
    let der = signature(world, OLD, b"260915030405Z");
    for at in 0..der.len() {
        let mut wrong = der.clone();
        wrong[at] ^= 1 << (at % 8);
        let accepted = SealSignature::parse(&wrong).and_then(|read| {
            read.verify_signature()?;
            read.seal().verify_signature()
        });
        assert!(accepted.is_err(), "byte {at}");
    }
}
