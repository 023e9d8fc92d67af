// Files gone wrong, the same every time: bytes changed, lost, repeated and moved, and archives put
// together otherwise.

import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";

/** Numbers from a seed (xorshift32). */
function numbers(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13; state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5; state >>>= 0;
    return state % below;
  };
}

const CHANGES = {
  flip: (bytes, any) => { const out = Buffer.from(bytes); out[any(out.length)] ^= 1 << any(8); return out; },
  set: (bytes, any) => { const out = Buffer.from(bytes); out[any(out.length)] = [0, 1, 0x7f, 0x80, 0xff][any(5)]; return out; },
  cut: (bytes, any) => bytes.subarray(0, any(bytes.length)),
  lose: (bytes, any) => { const at = any(bytes.length); return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + any(40))]); },
  insert: (bytes, any) => { const at = any(bytes.length + 1); return Buffer.concat([bytes.subarray(0, at), Buffer.from([any(256)]), bytes.subarray(at)]); },
  repeat: (bytes, any) => { const at = any(bytes.length), to = at + 1 + any(60); return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]); },
  swap: (bytes, any) => { const at = any(bytes.length - 80), long = 1 + any(40); return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + long, at + 2 * long), bytes.subarray(at, at + long), bytes.subarray(at + 2 * long)]); },
};

/** So many files gone wrong at random, each with what was done to it. */
export function mutants(bytes, count, seed) {
  const any = numbers(seed), kinds = Object.keys(CHANGES);
  return Array.from({ length: count }, (_, at) => {
    const kind = kinds[at % kinds.length];
    return [`${kind} ${at}`, CHANGES[kind](bytes, any)];
  }).filter(([, other]) => !bytes.equals(other));
}

/** The entries of an archive, as its directory lists them. */
function entriesOf(zip) {
  const start = zip.readUInt32LE(zip.length - 6), out = [];
  for (let at = start; zip.readUInt32LE(at) === 0x02014b50;) {
    const [packed, long, offset] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
    const from = offset + 30 + long;
    out.push({ name: zip.subarray(at + 46, at + 46 + long).toString(), content: inflateRawSync(zip.subarray(from, from + packed)) });
    at += 46 + long;
  }
  return out;
}

/** An archive of entries; each may say otherwise than issuers do how it is written. */
function archive(entries, { comment = "" } = {}) {
  const files = [], directory = [];
  let offset = 0;
  for (const entry of entries) {
    const { name, content, method = 8, flags = 0x0800, time = 0, extra = "", version = 20, attributes = 0, after = "" } = entry;
    const data = entry.data ?? (method === 8 ? deflateRawSync(content, { level: entry.level ?? 6 }) : content);
    const head = (flagged, named) => {
      const out = Buffer.alloc(26);
      const words = [version, flagged, method, time, 0x21];
      words.forEach((word, at) => out.writeUInt16LE(word, 2 * at));
      const sizes = (flagged & 8) !== 0 && named !== "central" ? [0, 0, 0] : [entry.crc ?? crc32(content), data.length, content.length];
      sizes.forEach((size, at) => out.writeUInt32LE(size, 10 + 4 * at));
      out.writeUInt16LE(Buffer.byteLength(name), 22);
      out.writeUInt16LE(extra.length, 24);
      return out;
    };
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), head(entry.localFlags ?? flags, "local"), Buffer.from(entry.localName ?? name), Buffer.from(extra), data, Buffer.from(after, "latin1")]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(attributes, 6);
    tail.writeUInt32LE(entry.offset ?? offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), head(flags, "central"), tail, Buffer.from(name), Buffer.from(extra)]));
    files.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory), end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  [[8, entries.length], [10, entries.length], [20, comment.length]].forEach(([at, word]) => end.writeUInt16LE(word, at));
  [[12, listing.length], [16, offset]].forEach(([at, word]) => end.writeUInt32LE(word, at));
  return Buffer.concat([...files, listing, end, Buffer.from(comment)]);
}

/** A case folder of which METS, the description, the manifest or the proofs say something else, each
 *  named for what was done. */
export function folders(zip) {
  const entries = entriesOf(zip), data = "representations/original/data/";
  const at = (end) => entries.findIndex(({ name }) => name.endsWith(end));
  const text = (end, change) => {
    const was = entries[at(end)].content.toString(), content = Buffer.from(change(was));
    if (content.toString() === was) throw new Error(`${end} is not what its mutant expects`);
    return archive(entries.map((entry, place) => (place === at(end) ? { ...entry, content } : entry)));
  };
  const named = (change) => archive(entries.map((entry) => ({ ...entry, name: change(entry.name) })));
  const more = (name) => archive([...entries, { name, content: Buffer.from("{}") }].sort((one, other) => (one.name < other.name ? -1 : 1)));
  const [folder] = entries[0].name.split("/");
  return Object.entries({
    "another title in METS": text("METS.xml", (mets) => mets.replace("出生登记", "死亡登记")),
    "another record status": text("METS.xml", (mets) => mets.replace("Complete", "NEW")),
    "another size in METS": text("METS.xml", (mets) => mets.replace(/SIZE="\d+"/, 'SIZE="1"')),
    "a remark in METS": text("METS.xml", (mets) => mets.replace("</mets>", "<!-- --></mets>")),
    "an entity in METS": text("METS.xml", (mets) => mets.replace("<mets ", "<!DOCTYPE mets [<!ENTITY a 'b'>]><mets ")),
    "another retention": text("dc.xml", (about) => about.replace("永久", "定期 10 年")),
    "another form": text("form.json", (form) => `${form} `),
    "another manifest": text("manifest.json", (manifest) => manifest.replace("出生登记", "死亡登记")),
    "a manifest of another format": text("manifest.json", (manifest) => manifest.replace("folder-2", "folder-9")),
    "more in the proofs": text("evidence.json", (proofs) => proofs.replace("{", '{\n  "more": 1,')),
    "another leaf": text("evidence.json", (proofs) => proofs.replace(/"leaf": "./, '"leaf": "f')),
    "another name of the folder": named((name) => name.replace(folder, "OTHER")),
    "a file more": more(`${folder}/${data}more.json`),
    "a file beside": more(`${folder}/more.json`),
    "the internal file, another": more(`${folder}/${data}opinions.json`),
    "a form less": archive(entries.filter(({ name }) => !name.endsWith("form.json"))),
    "a cover less": archive(entries.filter(({ name }) => !name.endsWith("cover.pdf"))),
    "a description less": archive(entries.filter(({ name }) => !name.endsWith("dc.xml"))),
    "packed harder": archive(entries.map((entry) => ({ ...entry, level: 9 }))),
  });
}

/** The same files put together otherwise, each named for what was done. */
export function archives(zip) {
  const entries = entriesOf(zip), [first, ...rest] = entries;
  const one = (change) => archive([{ ...first, ...change }, ...rest]);
  const file = (name, change) => {
    const was = entries.find((entry) => entry.name === name).content, content = Buffer.from(change(was.toString("latin1")), "latin1");
    if (content.equals(was)) throw new Error(`${name} is not what its mutant expects`);
    return archive(entries.map((entry) => (entry.name === name ? { ...entry, content } : entry)));
  };
  const packed = deflateRawSync(first.content, { level: 6 });
  const padded = Buffer.from(packed);
  padded[padded.length - 1] |= 0x80;
  const list = "Doc_0/Signs/Signatures.xml", seal = "Doc_0/Signs/Sign_0/";
  return Object.entries({
    "in another order": archive([...rest, first]),
    "with a folder": archive([{ name: "A/", content: Buffer.alloc(0) }, ...entries]),
    "a name twice": archive([first, ...entries]),
    "a name twice but for case": archive([{ ...first, name: first.name.toLowerCase() }, ...entries]),
    "a file more": archive([...entries, { name: "Z.xml", content: Buffer.from("<a/>") }]),
    "a file less": archive(rest),
    "a name that leads out": archive([...entries, { name: "../Z.xml", content: Buffer.from("<a/>") }]),
    "a name with a backslash": archive([...entries, { name: "Doc_0\\Z.xml", content: Buffer.from("<a/>") }]),
    "another name in its own header": one({ localName: first.name.replace(/^./, "X") }),
    "stored": one({ method: 0 }),
    "a method that none knows": one({ method: 12, data: first.content }),
    "encrypted, it says": one({ flags: 0x0801 }),
    "flags that differ": one({ localFlags: 0 }),
    "another time": one({ time: 1 }),
    "another version": one({ version: 45 }),
    "attributes": one({ attributes: 0x20 }),
    "an extra field": one({ extra: "ab\0\0" }),
    "sizes after the data": one({ flags: 0x0808, after: "PK\x07\x08" + "\0".repeat(12) }),
    "bytes between files": one({ after: "hidden" }),
    "bytes before": Buffer.concat([Buffer.from("PK\x03\x04"), zip]),
    "bytes behind": Buffer.concat([zip, Buffer.from("x")]),
    "a comment": archive(entries, { comment: "x" }),
    "another check sum": one({ crc: 7 }),
    "two names for one file": archive([...entries, { ...first, name: "Z.xml", offset: 0 }]),
    "a bit behind the data": padded.equals(packed) ? null : one({ data: padded }),
    "a byte behind the data": one({ data: Buffer.concat([packed, Buffer.alloc(1)]) }),
    "data cut short": one({ data: packed.subarray(0, -1) }),
    "a block of a kind that none knows": one({ data: Buffer.from([7, 0]) }),
    "a list spelled otherwise": file(list, (text) => text.replace("ID=\"1\"", "ID='1'")),
    "a list with a remark": file(list, (text) => text.replace("</ofd:Signatures>", "<!-- --></ofd:Signatures>")),
    "a list of none": file(list, (text) => text.replace(/<ofd:Signature .*?\/>/g, "")),
    "a list that leads out": file(list, (text) => text.replace("/Doc_0/", "../../../")),
    "a list with an entity": file(list, (text) => text.replace("?>", "?><!DOCTYPE a [<!ENTITY b 'c'>]>")),
    "another page": file("Doc_0/Pages/Page_0/Content.xml", (text) => text.replace("</ofd:Page>", " </ofd:Page>")),
    "a page that is no XML": file("Doc_0/Pages/Page_0/Content.xml", () => "<a"),
    "other data": file("Doc_0/Attachs/licence.json", (text) => text + " "),
    "another description": file(`${seal}Signature.xml`, (text) => text.replace("Boundary=\"", "Boundary=\"1")),
    "another picture": file(`${seal}Seal.esl`, (text) => text.slice(0, -9) + "x" + text.slice(-8)),
    "a seal's value cut short": file(`${seal}SignedValue.dat`, (text) => text.slice(0, -1)),
    "a seal's value with bytes behind": file(`${seal}SignedValue.dat`, (text) => text + "\0"),
    "a file without the list": archive(entries.filter((entry) => entry.name !== list)),
    "packed harder": archive(entries.map((entry) => ({ ...entry, level: 9 }))),
    "packed as one block of bytes": archive(entries.map((entry) => ({ ...entry, level: 0 }))),
  }).filter(([, bytes]) => bytes !== null);
}
