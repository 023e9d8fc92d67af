// Sealed OFD: the archive, the seals over its files from the last to the first, and the data inside.

import { maySeal } from "./certificate.js";
import { equal, Fault, require, unbase64 } from "./der.js";
import { sm3 } from "./digest.js";
import { holds, leadsOf, read, trusted } from "./seal.js";
import { inflateSync } from "fflate";

const FILES = 256, INFLATED = 64 << 20, SEALS = 16;
const LIST = "Doc_0/Signs/Signatures.xml", DATA = "Doc_0/Attachs/licence.json";

let table = null;
function crc32(bytes) {
  table ??= Uint32Array.from({ length: 256 }, (_, at) => {
    let c = at;
    for (let i = 0; i < 8; i++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  let sum = 0xffffffff;
  for (const byte of bytes) sum = table[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

/** The files of an archive in which nothing hides: every byte is a file's or the directory's. */
export function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  require(end >= 0 && view.getUint32(end, true) === 0x06054b50 && view.getUint16(end + 20, true) === 0
    && view.getUint32(end + 4, true) === 0, "container");
  const [count, size, start] = [view.getUint16(end + 10, true), view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  require(start + size === end && count <= FILES && view.getUint16(end + 8, true) === count, "container");
  const entries = [];
  let at = start, inflated = 0;
  for (let i = 0; i < count; i++) {
    require(at + 46 <= end && view.getUint32(at, true) === 0x02014b50, "container");
    const [flags, method, crc] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    const [packed, whole] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const lengths = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    require(at + 46 + lengths[0] <= end && [0, 8].includes(method) && (flags & ~0x0806) === 0, "container");
    const name = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(at + 46, at + 46 + lengths[0]));
    const parts = name.split("/");
    require(name && !/[\\:*?"<>|\u0000-\u001f]/.test(name) && parts.every((part) => part && part !== "." && part !== ".."), "container");
    entries.push({ name, flags, method, crc, packed, whole, offset: view.getUint32(at + 42, true) });
    inflated += whole;
    require(inflated <= INFLATED, "large");
    at += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  require(at === end, "container");
  entries.sort((one, other) => one.offset - other.offset);
  const files = new Map(), names = new Set();
  let next = 0;
  for (const entry of entries) {
    require(entry.offset === next && next + 30 <= start && view.getUint32(next, true) === 0x04034b50, "container");
    const [name, extra] = [view.getUint16(next + 26, true), view.getUint16(next + 28, true)];
    const own = new TextDecoder().decode(bytes.subarray(next + 30, next + 30 + name));
    const told = [14, 18, 22].map((place) => view.getUint32(next + place, true));
    const same = [entry.crc, entry.packed, entry.whole].every((number, index) => told[index] === number);
    require(same && view.getUint16(next + 6, true) === entry.flags, "container");
    require(own === entry.name && view.getUint16(next + 8, true) === entry.method && !names.has(own.toLowerCase()), "container");
    names.add(own.toLowerCase());
    const from = next + 30 + name + extra;
    require(from + entry.packed <= start, "container");
    const packed = bytes.subarray(from, from + entry.packed);
    const content = entry.method === 0 ? packed : inflateSync(packed, { out: new Uint8Array(entry.whole) });
    require(content.length === entry.whole && crc32(content) === entry.crc, "container");
    files.set(entry.name, content);
    next = from + entry.packed;
  }
  require(next === start, "container");
  return files;
}

function part(files, name) {
  require(files.has(name), "container", name);
  return files.get(name);
}

function xml(bytes, root) {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  require(!/<!DOCTYPE|<!ENTITY/i.test(text), "xml");
  const parsed = new DOMParser().parseFromString(text, "application/xml");
  require(!parsed.querySelector("parsererror") && parsed.documentElement.localName === root, "xml");
  return parsed.documentElement;
}

const all = (element, name) => [...element.children].filter((child) => child.localName === name);

function one(element, name) {
  const found = all(element, name);
  require(found.length === 1, "xml");
  return found[0];
}

/** A location as one file names another. */
function resolve(from, location) {
  const parts = location.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const step of location.split("/")) {
    if (step === "..") require(parts.pop() !== undefined, "container");
    else if (step !== "" && step !== ".") parts.push(step);
  }
  require(parts.length > 0, "container");
  return parts.join("/");
}

function described(files, entry) {
  require((entry.getAttribute("Type") ?? "Seal") === "Seal", "xml");
  const at = resolve(LIST, entry.getAttribute("BaseLoc") ?? "");
  const root = xml(part(files, at), "Signature");
  const references = one(one(root, "SignedInfo"), "References");
  require(["1.2.156.10197.1.401", "SM3", "sm3"].includes(references.getAttribute("CheckMethod")), "algorithm");
  return {
    at, value: resolve(at, one(root, "SignedValue").textContent.trim()),
    references: all(references, "Reference").map((reference) => [
      resolve(at, reference.getAttribute("FileRef") ?? ""), unbase64(one(reference, "CheckValue").textContent.trim()),
    ]),
  };
}

/** Checks a sealed OFD by step, as PDF is. */
export function verify(bytes, { anchors, at, step, facts }) {
  const { files, seals } = step("format", () => {
    const files = unpack(bytes);
    const body = one(xml(part(files, "OFD.xml"), "OFD"), "DocBody");
    require(resolve("", one(body, "Signatures").textContent.trim()) === LIST && files.has(LIST), "unsealed");
    const seals = all(xml(part(files, LIST), "Signatures"), "Signature").slice(0, SEALS + 1).map((entry) => described(files, entry));
    require(seals.length > 0 && seals.length <= SEALS, "unsealed");
    return { files, seals };
  });
  const signatures = step("integrity", () => {
    const own = new Set([LIST]), found = [];
    for (const seal of [...seals].reverse()) {
      own.add(seal.at).add(seal.value);
      const covered = new Set();
      for (const [name, digest] of seal.references) {
        require(!own.has(name) && !covered.has(name), "xml");
        covered.add(name);
        require(equal(sm3(part(files, name)), digest), "digest");
      }
      require([...files.keys()].every((name) => own.has(name) || covered.has(name)), "uncovered");
      const signature = read(part(files, seal.value));
      const same = equal(signature.digest, sm3(part(files, seal.at))) && signature.property.replace(/^\/+/, "") === seal.at;
      require(same, "digest");
      found.unshift(signature);
      const folder = seal.at.slice(0, seal.at.lastIndexOf("/") + 1);
      if (folder) for (const name of files.keys()) if (name.startsWith(folder)) own.add(name);
    }
    return found;
  });
  const [first, ...later] = signatures;
  step("signature", () => { holds(first); require(first.at <= at + 300000, "future"); return [first.at]; });
  step("seal", () => { trusted(first.seal, anchors, first.at); return [first.seal.name]; });
  step("certificate", () => {
    require(maySeal(first.chain[0]), "usage");
    return [first.chain[0].subject.name, first.chain[0].subject.code];
  });
  step("chain", () => leadsOf(first, anchors));
  later.forEach((signature, index) => step("countersignature", () => {
    holds(signature);
    require(signature.at <= at + 300000, "future");
    trusted(signature.seal, anchors, signature.at);
    require(maySeal(signature.chain[0]), "usage");
    leadsOf(signature, anchors);
    return [index + 2, signature.seal.name, signature.at];
  }));
  const body = step.quiet(() => {
    require(files.has(DATA), "data");
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(files.get(DATA)));
  });
  if (body === null || typeof body !== "object") throw new Fault("data");
  facts(body, first.chain[0].subject.code);
  return body;
}
