// What deflate packed (RFC 1951), read strictly: every bit is accounted for, and where the last one
// stands is told.

import { require } from "./der.js";

const DEPTH = 15;
/** Lengths and distances by code: what is the least of each, and how many bits follow. */
const spans = (first, bits) => bits.reduce((list, count) => [...list, list[list.length - 1] + 2 ** count], [first]).slice(0, -1);
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const LENGTHS = [...spans(3, LENGTH_BITS).slice(0, -1), 258], DISTANCES = spans(1, DISTANCE_BITS);
/** The order in which the lengths of the code of lengths stand. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A code by the length of each symbol's; one that is not whole is refused, but a single symbol's. */
function code(lengths) {
  const counts = new Uint16Array(DEPTH + 1), starts = new Uint16Array(DEPTH + 2), symbols = new Uint16Array(lengths.length);
  for (const length of lengths) counts[length]++;
  let open = 1;
  for (let length = 1; length <= DEPTH; length++) {
    open = open * 2 - counts[length];
    require(open >= 0, "container");
    starts[length + 1] = starts[length] + counts[length];
  }
  require(open === 0 || lengths.length - counts[0] <= 1, "container");
  lengths.forEach((length, symbol) => { if (length) symbols[starts[length]++] = symbol; });
  return { counts, symbols };
}

const FIXED = [
  code(Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8))),
  code(new Array(32).fill(5)),
];

/** The bits of bytes, lowest first. */
class Bits {
  constructor(bytes) { this.bytes = bytes; this.at = 0; }

  take(count) {
    require(this.at + count <= this.bytes.length * 8, "container");
    let value = 0;
    for (let i = 0; i < count; i++, this.at++) value |= ((this.bytes[this.at >> 3] >> (this.at & 7)) & 1) << i;
    return value;
  }

  symbol({ counts, symbols }) {
    let found = 0, first = 0, index = 0;
    for (let length = 1; length <= DEPTH; length++) {
      found |= this.take(1);
      if (found - first < counts[length]) return symbols[index + found - first];
      index += counts[length];
      first = (first + counts[length]) << 1;
      found <<= 1;
    }
    return require(false, "container");
  }
}

/** The two codes that a block brings along. */
function brought(bits) {
  const [literals, distances, least] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4];
  require(literals <= 286 && distances <= 30, "container");
  const lengths = new Array(19).fill(0);
  for (const place of ORDER.slice(0, least)) lengths[place] = bits.take(3);
  const outer = code(lengths), all = [];
  while (all.length < literals + distances) {
    const symbol = bits.symbol(outer);
    require(symbol !== 16 || all.length > 0, "container");
    const times = symbol < 16 ? 1 : symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    const length = symbol < 16 ? symbol : symbol === 16 ? all[all.length - 1] : 0;
    for (let i = 0; i < times; i++) all.push(length);
  }
  require(all.length === literals + distances && all[256] > 0, "container");
  return [code(all.slice(0, literals)), code(all.slice(literals))];
}

/** The content, of the size told, and whether a bit after its end is set. */
export function inflate(packed, size) {
  const bits = new Bits(packed), out = new Uint8Array(size);
  let at = 0;
  const put = (byte) => { require(at < size, "container"); out[at++] = byte; };
  for (let last = false; !last;) {
    last = bits.take(1) === 1;
    const kind = bits.take(2);
    require(kind < 3, "container");
    if (kind === 0) {
      bits.at = (bits.at + 7) & ~7;
      const length = bits.take(16);
      require((length ^ bits.take(16)) === 0xffff, "container");
      for (let i = 0; i < length; i++) put(bits.take(8));
      continue;
    }
    const [literals, distances] = kind === 1 ? FIXED : brought(bits);
    for (let symbol = bits.symbol(literals); symbol !== 256; symbol = bits.symbol(literals)) {
      if (symbol < 256) { put(symbol); continue; }
      require(symbol < 286, "container");
      const length = LENGTHS[symbol - 257] + bits.take(LENGTH_BITS[symbol - 257]), far = bits.symbol(distances);
      require(far < 30, "container");
      const distance = DISTANCES[far] + bits.take(DISTANCE_BITS[far]);
      require(distance <= at, "container");
      for (let i = 0; i < length; i++) put(out[at - distance]);
    }
  }
  require(at === size && (bits.at + 7) >> 3 === packed.length, "container");
  return { content: out, spare: bits.take(packed.length * 8 - bits.at) !== 0 };
}
