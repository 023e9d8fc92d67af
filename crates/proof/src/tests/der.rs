//! DER as a tree, to be changed and written anew.

/// A value: what it holds, or the values inside it.
#[derive(Clone)]
pub(super) struct Der {
    pub(super) tag: u8,
    pub(super) bytes: Vec<u8>,
    pub(super) inside: Vec<Der>,
}

impl Der {
    /// A value that holds bytes.
    pub(super) fn of(tag: u8, bytes: &[u8]) -> Der {
        Der { tag, bytes: bytes.to_vec(), inside: Vec::new() }
    }

    /// A value that holds others.
    pub(super) fn with(tag: u8, inside: Vec<Der>) -> Der {
        Der { tag, bytes: Vec::new(), inside }
    }

    /// Reads the one value that the bytes begin with.
    pub(super) fn read(bytes: &[u8]) -> Der {
        Der::first(bytes).0
    }

    fn first(bytes: &[u8]) -> (Der, &[u8]) {
        let (tag, mut from, mut length) = (bytes[0], 2, usize::from(bytes[1]));
        if length >= 0x80 {
            from += length - 0x80;
            length = bytes[2..from].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        }
        let (content, rest) = bytes[from..].split_at(length);
        if tag & 0x20 == 0 {
            return (Der::of(tag, content), rest);
        }
        let (mut inside, mut open) = (Vec::new(), content);
        while !open.is_empty() {
            let (one, after) = Der::first(open);
            inside.push(one);
            open = after;
        }
        (Der::with(tag, inside), rest)
    }

    /// The value in DER.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut content = self.bytes.clone();
        content.extend(self.inside.iter().flat_map(Der::write));
        let digits = content.len().to_be_bytes();
        let digits = &digits[digits.iter().take_while(|byte| **byte == 0).count()..];
        let head = match content.len() {
            short @ 0..0x80 => vec![self.tag, short as u8],
            _ => [&[self.tag, 0x80 | digits.len() as u8][..], digits].concat(),
        };
        [head, content].concat()
    }
}
