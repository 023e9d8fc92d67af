//! One input from others: bits flipped, bytes lost, repeated and moved, lengths and numbers that lie,
//! words of the format in wrong places.
//!
//! Invariants: the same randomness gives the same input; no input is longer than asked.

use kernel::Random;

/// Changes made to one input.
const CHANGES_MAX: u64 = 5;
/// Longest stretch cut, moved or repeated at once, most of the time.
const STRETCH_MAX: u64 = 64;
/// Bytes that mean something to binary formats: ends of ranges, lengths of lengths.
const BYTES: &[u8] = &[0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xfe, 0xff, 0x30, 0x31];
/// Numbers that a text may claim.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "65536",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "1e308",
    "0.0000000001",
    "99999999999999999999999999",
];

/// A mutation of an input of the pool.
pub(super) fn mutated(
    pool: &[Vec<u8>],
    tokens: &[&str],
    most: usize,
    random: &mut Random,
) -> Vec<u8> {
    let mut out = random.pick(pool).cloned().unwrap_or_default();
    for _ in 0..=random.below(CHANGES_MAX) {
        change(&mut out, pool, tokens, random);
        out.truncate(most);
    }
    out
}

fn change(out: &mut Vec<u8>, pool: &[Vec<u8>], tokens: &[&str], random: &mut Random) {
    let at = place(out, random);
    match random.below(12) {
        0 | 1 => flip(out, at, random),
        2 => set(out, at, random.pick(BYTES).copied().unwrap_or(0)),
        3 => out.truncate(at),
        4 => drop(out.drain(stretch(out, at, random))),
        5 => repeat(out, at, random),
        6 => moved(out, at, random),
        7 => splice(out, at, pool, random),
        8 | 9 => token(out, at, tokens, random),
        10 => length(out, at, random),
        _ => numeral(out, at, random),
    }
}

fn place(out: &[u8], random: &mut Random) -> usize {
    random.below(out.len() as u64 + 1) as usize
}

/// A stretch from a place; one in eight reaches as far as it can.
fn stretch(out: &[u8], at: usize, random: &mut Random) -> std::ops::Range<usize> {
    let rest = (out.len() - at) as u64;
    let most = if random.chance(125) { rest } else { rest.min(STRETCH_MAX) };
    at..at + random.below(most + 1) as usize
}

fn flip(out: &mut [u8], at: usize, random: &mut Random) {
    if let Some(byte) = out.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

fn set(out: &mut [u8], at: usize, value: u8) {
    if let Some(byte) = out.get_mut(at) {
        *byte = value;
    }
}

/// A stretch many times over: nesting, and lists without end.
fn repeat(out: &mut Vec<u8>, at: usize, random: &mut Random) {
    let block = out[stretch(out, at, random)].to_vec();
    let times = 1 << random.below(9);
    let many = block.repeat(if block.len() > 256 { 2 } else { times });
    out.splice(at..at, many);
}

fn moved(out: &mut Vec<u8>, at: usize, random: &mut Random) {
    let block: Vec<u8> = out.drain(stretch(out, at, random)).collect();
    let to = place(out, random);
    out.splice(to..to, block);
}

/// The beginning of this input and the end of another, or a stretch of another in the middle.
fn splice(out: &mut Vec<u8>, at: usize, pool: &[Vec<u8>], random: &mut Random) {
    let Some(other) = random.pick(pool) else { return };
    let from = place(other, random);
    if random.chance(500) {
        out.truncate(at);
        out.extend_from_slice(&other[from..]);
    } else {
        let block = other[stretch(other, from, random)].to_vec();
        out.splice(at..at, block);
    }
}

fn token(out: &mut Vec<u8>, at: usize, tokens: &[&str], random: &mut Random) {
    let Some(word) = random.pick(tokens) else { return };
    let end = match random.chance(500) {
        true => at,
        false => (at + word.len()).min(out.len()),
    };
    out.splice(at..end, word.bytes());
}

/// A length that lies: of the DER kind, in one to eight bytes, or of fixed width.
fn length(out: &mut Vec<u8>, at: usize, random: &mut Random) {
    let number = match random.below(4) {
        0 => u64::MAX,
        1 => 1 << random.below(64),
        2 => out.len() as u64 + random.below(16),
        _ => random.number(),
    };
    let width = 1 << random.below(4);
    let bytes = number.to_be_bytes();
    let mut value = bytes[8 - width..].to_vec();
    if random.chance(500) {
        value.reverse();
    } else if random.chance(500) {
        value.insert(0, 0x80 | width as u8);
    }
    let end = (at + value.len()).min(out.len());
    out.splice(at..end, value);
}

/// A number written in digits near the place becomes another.
fn numeral(out: &mut Vec<u8>, at: usize, random: &mut Random) {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let Some(start) = out[at..].iter().position(digit).map(|step| at + step) else { return };
    let count = out[start..].iter().take_while(|byte| digit(byte)).count();
    let other = random.pick(NUMBERS).copied().unwrap_or("0");
    out.splice(start..start + count, other.bytes());
}
