// DER, as far as certificates, seals and signed data need it: definite lengths, one spelling of each.

/** What is wrong with a file: a key of the words, and what they name. */
export class Fault extends Error {
  constructor(key, ...values) {
    super(key);
    this.key = key;
    this.values = values;
  }
}

export const require = (holds, key, ...values) => { if (!holds) throw new Fault(key, ...values); };

/** The value that begins at a place: its tag, its content, and all of it. */
export function value(bytes, at = 0, end = bytes.length) {
  require(at + 2 <= end && (bytes[at] & 0x1f) !== 0x1f, "form");
  let length = bytes[at + 1], from = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    require(count >= 1 && count <= 3 && from + count <= end && bytes[from] !== 0, "form");
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + bytes[from + i];
    require(length >= 0x80, "form");
    from += count;
  }
  const to = from + length;
  require(to <= end, "form");
  return { tag: bytes[at], content: bytes.subarray(from, to), raw: bytes.subarray(at, to), to };
}

/** The one value that the bytes are. */
export function whole(bytes, tag) {
  const one = value(bytes);
  require(one.to === bytes.length && (tag === undefined || one.tag === tag), "form");
  return one;
}

/** The values inside one, of which there are at most so many. */
export function inside(one, most = 1000) {
  const list = [];
  for (let at = 0; at < one.content.length;) {
    const next = value(one.content, at);
    list.push(next);
    require(list.length <= most, "form");
    at = next.to;
  }
  return list;
}

/** The values of a set, in the one order they are written in. */
export function set(one, most) {
  const list = inside(one, most);
  const rises = (raw, next) => {
    const at = raw.findIndex((byte, place) => byte !== next[place]);
    return at >= 0 && at < next.length && raw[at] < next[at];
  };
  require(list.every((each, at) => at === 0 || rises(list[at - 1].raw, each.raw)), "form");
  return list;
}

/** The values of a sequence, of so many members at least. */
export function sequence(one, least = 0) {
  require(one && one.tag === 0x30, "form");
  const list = inside(one);
  require(list.length >= least, "form");
  return list;
}

export function oid(one) {
  require(one && one.tag === 6 && one.content.length > 0, "form");
  const parts = [];
  let part = 0;
  for (const byte of one.content) {
    // No zeros in front of a part.
    require(part > 0 || byte !== 0x80, "form");
    part = part * 128 + (byte & 0x7f);
    require(part < 2 ** 48, "form");
    if (byte < 0x80) { parts.push(part); part = 0; }
  }
  const first = Math.min(Math.floor(parts[0] / 40), 2);
  return [first, parts[0] - first * 40, ...parts.slice(1)].join(".");
}

/** A whole number above zero in the fewest bytes. */
export function positive(one) {
  require(one && one.tag === 2 && one.content.length > 0 && one.content[0] < 0x80, "form");
  require(one.content[0] !== 0 || one.content[1] >= 0x80, "form");
  return one.content;
}

/** The bytes of a bit string of whole bytes. */
export function bits(one) {
  require(one && one.tag === 3 && one.content[0] === 0, "form");
  return one.content.subarray(1);
}

export function octets(one) {
  require(one && one.tag === 4, "form");
  return one.content;
}

/** A text of any of the kinds that names are written in. */
export function words(one) {
  require(one && [0x0c, 0x13, 0x16].includes(one.tag), "form");
  return new TextDecoder("utf-8", { fatal: true }).decode(one.content);
}

/** An instant in milliseconds. */
export function instant(one) {
  const text = new TextDecoder().decode(one.content);
  const found = one.tag === 0x17 ? text.match(/^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/)
    : one.tag === 0x18 ? text.match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/) : null;
  require(found, "form");
  const [year, ...rest] = found.slice(1).map(Number);
  const full = one.tag === 0x17 ? (year < 50 ? 2000 + year : 1900 + year) : year;
  return Date.UTC(full, rest[0] - 1, ...rest.slice(1));
}

export const equal = (one, other) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function unhex(text) {
  require(text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text), "form");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function join(...pieces) {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) { out.set(piece, at); at += piece.length; }
  return out;
}

export function unbase64(text) {
  require(/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, "form");
  const letters = atob(text);
  // Bits behind the last byte are zero, so that there is one spelling.
  require(btoa(letters) === text, "form");
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
