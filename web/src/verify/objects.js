// The objects of a PDF file written one after another, as the platform writes them, and what was
// added to them afterwards: nothing but signatures that show nothing.

import { Fault, require } from "./der.js";

const DEPTH = 64, OBJECTS = 20000;
const SPACE = new Set([0, 9, 10, 12, 13, 32]);
const DELIMITERS = new Set("()<>[]{}/%");

const changed = () => new Fault("changed");

/** A reader of values at a place in a file. */
class Reader {
  constructor(text, at) { this.text = text; this.at = at; }

  space() {
    for (;;) {
      while (SPACE.has(this.text.charCodeAt(this.at))) this.at++;
      if (this.text[this.at] !== "%") return;
      while (this.at < this.text.length && !"\r\n".includes(this.text[this.at])) this.at++;
    }
  }

  word() {
    const from = this.at;
    while (this.at < this.text.length && !SPACE.has(this.text.charCodeAt(this.at)) && !DELIMITERS.has(this.text[this.at])) this.at++;
    return this.text.slice(from, this.at);
  }

  /** A whole number; at the end of the text there is none. */
  number() {
    this.space();
    const word = this.word();
    require(/^\d{1,15}$/.test(word), "form");
    return Number(word);
  }

  takes(mark) {
    if (!this.text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    return true;
  }

  /** A value; one spelling of it, so that values can be compared as text. */
  value(depth = 0) {
    require(depth < DEPTH, "form");
    this.space();
    if (this.takes("<<")) {
      const members = new Map();
      for (this.space(); !this.takes(">>"); this.space()) {
        require(this.takes("/"), "form");
        const key = this.word();
        require(!members.has(key), "form");
        members.set(key, this.value(depth + 1));
      }
      return members;
    }
    if (this.takes("[")) {
      const list = [];
      for (this.space(); !this.takes("]"); this.space()) list.push(this.value(depth + 1));
      return list;
    }
    if (this.takes("/")) return "/" + this.word();
    if (this.takes("<")) return this.until(">", "<");
    if (this.takes("(")) return this.string();
    const word = this.word();
    require(word !== "", "form");
    const reference = /^\d+$/.test(word) && this.text.slice(this.at, this.at + 32).match(/^\s+(\d+)\s+R(?![A-Za-z0-9])/);
    if (!reference) return word;
    this.at += reference[0].length;
    return `${Number(word)} ${Number(reference[1])} R`;
  }

  until(end, mark) {
    const to = this.text.indexOf(end, this.at);
    require(to >= 0, "form");
    const inner = this.text.slice(this.at, to).replace(/\s/g, "").toLowerCase();
    this.at = to + 1;
    return mark + inner + end;
  }

  string() {
    const from = this.at;
    for (let open = 1; open > 0; this.at++) {
      require(this.at < this.text.length, "form");
      const letter = this.text[this.at];
      if (letter === "\\") this.at++;
      else if (letter === "(") open++;
      else if (letter === ")") open--;
    }
    return `(${this.text.slice(from, this.at)}`;
  }
}

/** The objects of a stretch of a file, by number, and its trailer; nothing may stand between them. */
export function objects(text, from, to) {
  const reader = new Reader(text.slice(0, to), from);
  const found = new Map();
  for (reader.space(); /\d/.test(text[reader.at] ?? ""); reader.space()) {
    const at = reader.at;
    const head = text.slice(at, at + 40).match(/^(\d+) (\d+) obj(?![A-Za-z])/);
    require(head && found.size < OBJECTS, "form");
    reader.at += head[0].length;
    const one = { at, value: reader.value(), stream: null };
    reader.space();
    if (reader.takes("stream")) {
      if (text[reader.at] === "\r") reader.at++;
      require(text[reader.at] === "\n" && one.value instanceof Map, "form");
      const length = Number(one.value.get("Length"));
      require(Number.isSafeInteger(length) && length >= 0, "form");
      one.stream = text.slice(reader.at + 1, reader.at + 1 + length);
      reader.at += 1 + length;
      reader.space();
      require(reader.takes("endstream"), "form");
      reader.space();
    }
    require(reader.takes("endobj"), "form");
    const id = `${Number(head[1])} ${Number(head[2])} R`;
    require(!found.has(id), "form");
    if (one.value instanceof Map && one.value.get("Type") === "/XRef") {
      const places = stream(one);
      require(places.get(id) === at, "form");
      places.delete(id);
      return ended(text, reader.at, to, { found, places, trailer: one.value, table: at });
    }
    found.set(id, one);
  }
  const table = reader.at;
  require(reader.takes("xref"), "form");
  const places = new Map();
  for (reader.space(); !reader.takes("trailer"); reader.space()) {
    const [start, count] = [reader.number(), reader.number()];
    require(count < OBJECTS, "form");
    for (let i = 0; i < count; i++) {
      const [offset, generation] = [reader.number(), reader.number()];
      reader.space();
      if (reader.word() === "n") places.set(`${start + i} ${generation} R`, offset);
    }
  }
  const trailer = reader.value();
  return ended(text, reader.at, to, { found, places, trailer, table });
}

/** The places that a table written as a stream tells: rows of one, four and two bytes. */
function stream({ value, stream: rows }) {
  const [w, index] = [value.get("W"), value.get("Index")];
  require(!value.has("Filter") && Array.isArray(w) && w.join() === "1,4,2" && Array.isArray(index) && rows !== null, "form");
  const places = new Map(), byte = (at) => rows.charCodeAt(at) & 0xff;
  let at = 0;
  for (let i = 0; i + 1 < index.length; i += 2) {
    const [start, count] = [Number(index[i]), Number(index[i + 1])];
    require(Number.isSafeInteger(start) && count >= 0 && count < OBJECTS, "form");
    for (let n = 0; n < count; n++, at += 7) {
      require(at + 7 <= rows.length && byte(at) < 2, "form");
      const offset = ((byte(at + 1) * 256 + byte(at + 2)) * 256 + byte(at + 3)) * 256 + byte(at + 4);
      if (byte(at) === 1) places.set(`${start + n} ${byte(at + 5) * 256 + byte(at + 6)} R`, offset);
    }
  }
  require(at === rows.length, "form");
  return places;
}

/** What the end of a stretch says, when its table leads to its objects and to no others, wherever they
 * may be hidden. */
function ended(text, at, to, { found, places, trailer, table }) {
  require(places.size === found.size && [...found].every(([id, one]) => places.get(id) === one.at), "form");
  const end = text.slice(at, to).match(/^\s*startxref\s+(\d+)\s+%%EOF\s*$/);
  require(trailer instanceof Map && end && Number(end[1]) === table, "form");
  return { found, trailer, table };
}

const text = (value) => value instanceof Map
  ? `<<${[...value].map(([key, one]) => [key, text(one)]).sort(([a], [b]) => (a < b ? -1 : 1)).join()}>>`
  : Array.isArray(value) ? `[${value.map(text).join(" ")}]` : String(value ?? "");

const sameValue = (one, other) => text(one) === text(other);

function references(objects_) {
  const found = new Set();
  const open = [...objects_.values()].map((one) => one.value);
  while (open.length) {
    const one = open.pop();
    if (one instanceof Map) open.push(...one.values());
    else if (Array.isArray(one)) open.push(...one);
    else if (/^\d+ \d+ R$/.test(one)) found.add(one);
  }
  return found;
}

const FIELD = new Set(["Type", "Subtype", "FT", "T", "F", "Rect", "P", "V"]);

/** A signed field that shows nothing. */
function isField(value) {
  return value instanceof Map && value.get("FT") === "/Sig" && value.get("Subtype") === "/Widget"
    && [...value.keys()].every((key) => FIELD.has(key))
    && Array.isArray(value.get("Rect")) && value.get("Rect").length === 4 && value.get("Rect").every((n) => Number(n) === 0);
}

/** Adds an update to what was there, and gives the values of the signatures it put. */
export function added(before, update, trailer, former) {
  if (update.trailer.get("Root") !== trailer.get("Root") || !sameValue(update.trailer.get("Info"), trailer.get("Info"))
    || Number(update.trailer.get("Prev")) !== former || update.trailer.has("Encrypt")) throw changed();
  const root = trailer.get("Root"), referred = references(before);
  const fresh = new Map([...update.found].filter(([id]) => !before.has(id)));
  if ([...fresh.keys()].some((id) => referred.has(id))) throw changed();
  const fields = new Set([...fresh].filter(([, one]) => isField(one.value) && one.stream === null).map(([id]) => id));
  const seals = (objects_) => objects_.get(root)?.value.get("YipanSeals") ?? [];
  const sealed = new Set([seals(update.found)].flat().filter((id) => fresh.has(id)));
  const signatures = [...[...fields].map((id) => fresh.get(id).value.get("V")), ...sealed];
  const form = update.found.get(root)?.value.get("AcroForm") ?? before.get(root).value.get("AcroForm");
  const longer = (was, is, these) => {
    const [old, now] = [was ?? [], is].map((list) => (Array.isArray(list) ? list : null));
    return old && now && old.every((one, at) => sameValue(one, now[at])) && now.slice(old.length).every((one) => these.has(one));
  };
  const differs = (was, is, may) => [...new Set([...was.keys(), ...is.keys()])]
    .some((key) => !sameValue(was.get(key), is.get(key)) && !may(key, was.get(key), is.get(key)));
  const formMay = (key, was, is) => (key === "Fields" ? longer(was, is, fields) : key === "SigFlags" && is === "3");
  for (const [id, { value, stream }] of update.found) {
    const old = before.get(id);
    if (!(value instanceof Map) || stream !== null) throw changed();
    const fine = !old ? fields.has(id) || signatures.includes(id)
        || (id === form && !before.get(root).value.has("AcroForm") && !differs(new Map(), value, formMay))
      : id === root ? !differs(old.value, value, (key, was, is) => (key === "AcroForm" && was === undefined && is === form)
        || (key === "YipanSeals" && longer(was, is, sealed)))
      : id === form ? !differs(old.value, value, formMay)
      : old.value instanceof Map && old.stream === null && old.value.get("Type") === "/Page"
        && !differs(old.value, value, (key, was, is) => key === "Annots" && longer(was, is, fields));
    if (!fine) throw changed();
  }
  for (const [id, one] of update.found) before.set(id, one);
  return signatures.map((id) => update.found.get(id)?.value);
}
