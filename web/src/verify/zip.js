// The archive that an OFD or a case folder is: ZIP in which nothing hides, and byte for byte as issuers write it.

import { equal, join, require } from "./der.js";
import { inflate } from "./inflate.js";

const SIZE = 32 << 20, FILES = 2000, INFLATED = 128 << 20, NAME = 240;
const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
const STORED = 0, DEFLATED = 8, SIZES_AFTER = 8, FLAGS = 0x080e, DESCRIPTOR = 16;

const SUMS = Uint32Array.from({ length: 256 }, (_, at) => {
  let c = at;
  for (let i = 0; i < 8; i++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = SUMS[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

/** Little-endian numbers at their places. */
class Fields {
  constructor(bytes) { this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength); }

  word(at) { require(at + 2 <= this.view.byteLength, "container"); return this.view.getUint16(at, true); }

  long(at) { require(at + 4 <= this.view.byteLength, "container"); return this.view.getUint32(at, true); }
}

/** A name that leads nowhere but into the archive. */
function named(bytes) {
  const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const parts = name.replace(/\/$/, "").split("/");
  // What is no UTF-8 reads as the replacement character.
  const plain = name && bytes.length <= NAME && !/[\\:*?"<>|\u0000-\u001f\u007f-\u009f\ufffd]/.test(name);
  require(plain && parts.every((part) => part && part !== "." && part !== ".."), "container");
  return name;
}

/** What the directory lists, in the order of the files, and where it begins. */
function listed(bytes, fields) {
  require(bytes.length <= SIZE && bytes.length >= 22, "container");
  const end = bytes.length - 22;
  const [count, size, start] = [fields.word(end + 10), fields.long(end + 12), fields.long(end + 16)];
  require(fields.long(end) === END && fields.long(end + 4) === 0 && fields.word(end + 20) === 0, "container");
  require(fields.word(end + 8) === count && start + size === end && count <= FILES, "container");
  const entries = [];
  let at = start, inflated = 0;
  for (let i = 0; i < count; i++) {
    require(at + 46 <= end && fields.long(at) === CENTRAL, "container");
    const [length, extra, comment] = [28, 30, 32].map((place) => fields.word(at + place));
    require(at + 46 + length + extra + comment <= end, "container");
    const text = bytes.subarray(at + 46, at + 46 + length);
    const entry = {
      text, name: named(text), flags: fields.word(at + 8), method: fields.word(at + 10), crc: fields.long(at + 16),
      packed: fields.long(at + 20), size: fields.long(at + 24), offset: fields.long(at + 42),
    };
    require([STORED, DEFLATED].includes(entry.method) && (entry.flags & ~FLAGS) === 0, "container");
    require(entry.method !== STORED || entry.size === entry.packed, "container");
    entries.push(entry);
    inflated += entry.size;
    at += 46 + length + extra + comment;
  }
  require(at === end && inflated <= INFLATED, "container");
  return { entries: entries.sort((one, other) => one.offset - other.offset), start };
}

/** Where the data of an entry begins, its own header agreeing with the directory. */
function local(bytes, fields, entry) {
  const { offset } = entry;
  const [length, extra] = [fields.word(offset + 26), fields.word(offset + 28)];
  const text = bytes.subarray(offset + 30, offset + 30 + length);
  const told = [14, 18, 22].map((place) => fields.long(offset + place));
  // Where they are told after the data, they are zero here.
  const sizes = [entry.crc, entry.packed, entry.size].every((number, index) => told[index] === number)
    || ((entry.flags & SIZES_AFTER) !== 0 && told.every((number) => number === 0));
  require(fields.long(offset) === LOCAL && equal(text, entry.text) && sizes, "container");
  require(fields.word(offset + 6) === entry.flags && fields.word(offset + 8) === entry.method, "container");
  return offset + 30 + length + extra;
}

function opened(packed, entry) {
  const { content, spare } = entry.method === STORED ? { content: packed, spare: false } : inflate(packed, entry.size);
  require(content.length === entry.size && crc32(content) === entry.crc, "container");
  return { content, spare };
}

/** The archive as issuers write it of these deflated files. */
function assembled(entries) {
  const files = [], directory = [];
  let offset = 0;
  const numbers = (...pairs) => {
    const out = new Uint8Array(pairs.reduce((sum, [width]) => sum + width, 0)), view = new DataView(out.buffer);
    let at = 0;
    for (const [width, number] of pairs) {
      if (width === 2) view.setUint16(at, number, true); else view.setUint32(at, number, true);
      at += width;
    }
    return out;
  };
  for (const { text, crc, size, data } of entries) {
    // The version needed, a name in UTF-8, deflated, midnight of 1980-01-01; no extra field.
    const shared = numbers([2, 20], [2, 0x0800], [2, DEFLATED], [2, 0], [2, 0x21], [4, crc], [4, data.length], [4, size], [2, text.length], [2, 0]);
    const file = join(numbers([4, LOCAL]), shared, text, data);
    // No comment, first disk, no attributes.
    directory.push(numbers([4, CENTRAL], [2, 20]), shared, new Uint8Array(10), numbers([4, offset]), text);
    files.push(file);
    offset += file.length;
  }
  const listing = join(...directory), count = entries.length;
  return join(...files, listing, numbers([4, END], [4, 0], [2, count], [2, count], [4, listing.length], [4, offset], [2, 0]));
}

/** The order of names by their bytes. */
function before(one, other) {
  const at = one.findIndex((byte, place) => byte !== other[place]);
  return at < 0 ? one.length < other.length : at < other.length && one[at] < other[at];
}

/** The files of an archive: every byte is a file's or the directory's, and none could be another
 *  without a reader's noticing. */
export function unpack(bytes) {
  const fields = new Fields(bytes), { entries, start } = listed(bytes, fields);
  const files = new Map(), names = new Set();
  let next = 0;
  entries.forEach((entry, index) => {
    const until = entries[index + 1]?.offset ?? start;
    require(entry.offset === next, "container");
    const from = local(bytes, fields, entry), after = from + entry.packed;
    require(after <= until && until - after <= (entry.flags & SIZES_AFTER ? DESCRIPTOR : 0), "container");
    next = until;
    require(!names.has(entry.name.toLowerCase()), "container");
    names.add(entry.name.toLowerCase());
    entry.data = bytes.subarray(from, after);
    const { content, spare } = opened(entry.data, entry);
    entry.spare = spare;
    require(!entry.name.endsWith("/") || content.length === 0, "container");
    files.set(entry.name, content);
  });
  require(next === start, "container");
  const plain = entries.every(({ name, text, spare }, index) => !spare && !name.endsWith("/")
    && (index === 0 || before(entries[index - 1].text, text)));
  require(plain && equal(assembled(entries), bytes), "headers");
  return files;
}
