// Sealed OFD: the document, the seals over its files from the last to the first, and the data inside.

import { maySeal } from "./certificate.js";
import { equal, Fault, require, unbase64 } from "./der.js";
import { sm3 } from "./digest.js";
import { holds, leadsOf, read, trusted } from "./seal.js";
import { unpack } from "./zip.js";

const SEALS = 32, NAMESPACE = "http://www.ofdspec.org/2016";
const LIST = "Doc_0/Signs/Signatures.xml", DATA = "Doc_0/Attachs/licence.json";

/** The check that a fault of a seal belongs to, when it is not that the document is whole. */
const CHECKS = {
  future: "signature", signature: "seal", holder: "seal", maker: "seal", sealtime: "seal", sealform: "seal", stamp: "seal", usage: "certificate",
  untrusted: "chain", chain: "chain", issuer: "chain", early: "chain", expired: "chain", extension: "chain", algorithm: "chain", point: "chain",
};

function part(files, name) {
  require(files.has(name), "absent", name);
  return files.get(name);
}

function xml(bytes, root) {
  const text = new TextDecoder().decode(bytes);
  require(!/<!DOCTYPE|<!ENTITY|\ufffd/i.test(text), "xml");
  const parsed = new DOMParser().parseFromString(text, "application/xml");
  require(!parsed.querySelector("parsererror") && is(parsed.documentElement, root), "xml");
  return parsed.documentElement;
}

const is = (element, name) => element.localName === name && element.namespaceURI === NAMESPACE;

const all = (element, name) => [...element.children].filter((child) => is(child, name));

function one(element, name) {
  const found = all(element, name);
  require(found.length === 1, "xml");
  return found[0];
}

const said = (element, name) => one(element, name).textContent.trim();

/** A location as one file names another. */
function resolve(from, location) {
  const parts = location.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const step of location.split("/")) {
    if (step === "..") require(parts.pop() !== undefined, "absent", location);
    else if (step !== "" && step !== ".") parts.push(step);
  }
  require(parts.length > 0, "absent", location);
  return parts.join("/");
}

/** The files of a document all parts of which can be read. */
function opened(bytes) {
  const files = unpack(bytes);
  if (files.has(LIST)) listed(files);
  const body = one(xml(part(files, "OFD.xml"), "OFD"), "DocBody");
  one(body, "DocInfo");
  const at = resolve("", said(body, "DocRoot"));
  const pages = all(one(xml(part(files, at), "Document"), "Pages"), "Page");
  for (const page of pages) xml(part(files, resolve(at, page.getAttribute("BaseLoc") ?? "")), "Page");
  return { files, list: resolve("", said(body, "Signatures")) };
}

/** The list of seals, which no seal covers: so it must be spelled as issuers write it. */
function listed(files) {
  const entries = all(xml(files.get(LIST), "Signatures"), "Signature");
  if (entries.length === 0) return entries;
  const written = entries.map((entry, index) => `<ofd:Signature ID="${index + 1}" Type="Seal" BaseLoc="/${resolve(LIST, entry.getAttribute("BaseLoc") ?? "")}"/>`);
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<ofd:Signatures xmlns:ofd="${NAMESPACE}">`
    + `<ofd:MaxSignId>${entries.length}</ofd:MaxSignId>${written.join("")}</ofd:Signatures>`;
  require(equal(new TextEncoder().encode(text), files.get(LIST)), "headers");
  return entries;
}

function described(files, entry) {
  const at = resolve(LIST, entry.getAttribute("BaseLoc") ?? "");
  const root = xml(part(files, at), "Signature");
  const references = one(one(root, "SignedInfo"), "References");
  require(["1.2.156.10197.1.401", "SM3", "sm3"].includes(references.getAttribute("CheckMethod")), "described");
  return {
    at, value: resolve(at, said(root, "SignedValue")),
    references: all(references, "Reference").map((reference) => [
      resolve(at, reference.getAttribute("FileRef") ?? ""), unbase64(said(reference, "CheckValue")),
    ]),
  };
}

/** The seal signatures in order, each found to hold over all that stood when it was put. */
function sealed({ files, list }, anchors, at) {
  require(list === LIST, "described");
  require(files.has(LIST), "unsealed");
  const seals = listed(files).slice(0, SEALS + 1).map((entry) => described(files, entry));
  require(seals.length > 0 && seals.length <= SEALS, "unsealed");
  const own = new Set([LIST]), found = [];
  for (const seal of [...seals].reverse()) {
    own.add(seal.at).add(seal.value);
    const covered = new Set();
    for (const [name, digest] of seal.references) {
      require(!own.has(name) && !covered.has(name), "described");
      covered.add(name);
      require(equal(sm3(part(files, name)), digest), "digest");
    }
    require([...files.keys()].every((name) => own.has(name) || covered.has(name)), "uncovered");
    const signature = read(part(files, seal.value));
    require(equal(signature.digest, sm3(part(files, seal.at))), "digest");
    require(signature.property.replace(/^\/+/, "") === seal.at, "described");
    holds(signature);
    require(signature.at <= at + 300000, "future");
    trusted(signature.seal, anchors, signature.at);
    require(maySeal(signature.chain[0]), "usage");
    leadsOf(signature, anchors);
    found.unshift(signature);
    const folder = seal.at.slice(0, seal.at.lastIndexOf("/") + 1);
    if (folder) for (const name of files.keys()) if (name.startsWith(folder)) own.add(name);
  }
  return found;
}

/** Checks a sealed OFD by step, as PDF is. */
export function verify(bytes, { anchors, at, step, facts }) {
  const document = step("format", () => opened(bytes));
  let found;
  try {
    found = sealed(document, anchors, at);
  } catch (fault) {
    step(CHECKS[fault.key] ?? "integrity", () => { throw fault; });
  }
  const [first, ...later] = found;
  const { name, code } = first.chain[0].subject;
  for (const [check, ...told] of [["integrity"], ["signature", first.at], ["seal", first.seal.name], ["certificate", name, code], ["chain"]]) {
    step(check, () => told);
  }
  later.forEach((signature, index) => step("countersignature", () => [index + 2, signature.seal.name, signature.at]));
  const body = step.quiet(() => {
    require(document.files.has(DATA), "data");
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(document.files.get(DATA)));
  });
  if (body === null || typeof body !== "object") throw new Fault("data");
  facts(body, code);
  return body;
}
