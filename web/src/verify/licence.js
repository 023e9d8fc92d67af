// The platform's signed JSON: licences and lists of their states; what a licence says of itself.

import { leads, mayPublish, maySeal, maySign, parse, signed } from "./certificate.js";
import { require, unbase64 } from "./der.js";

const FORMAT = "yipan-signed-1";
const us = (micro) => Math.floor(micro / 1000);

/** Canonical JSON: members sorted, whole numbers alone. */
export function canonical(value, depth = 0) {
  require(depth < 128, "form");
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one, depth + 1)).join()}]`;
  if (value !== null && typeof value === "object") {
    // By code points, as the server sorts; JavaScript's own order is that of UTF-16.
    const order = (one, other) => {
      const [a, b] = [Array.from(one), Array.from(other)];
      for (let at = 0; at < a.length && at < b.length; at++) {
        if (a[at] !== b[at]) return a[at].codePointAt(0) - b[at].codePointAt(0);
      }
      return a.length - b.length;
    };
    return `{${Object.keys(value).sort(order).map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`).join()}}`;
  }
  if (typeof value === "number") require(Number.isSafeInteger(value), Number.isInteger(value) ? "number" : "form");
  return JSON.stringify(value);
}

/** Reads signed JSON, spelled in the one way it is signed. */
export function read(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  const one = JSON.parse(text);
  const { format, kind, signed_at, chain, signature } = one;
  const typed = /^[a-z_]{1,32}$/.test(kind) && Number.isInteger(signed_at) && typeof signature === "string"
    && Array.isArray(chain) && chain.every((der) => typeof der === "string");
  require(format === FORMAT && typed && Object.keys(one).length === 6 && "body" in one && canonical(one) === text, "form");
  return { ...one, at: us(signed_at) };
}

/** Checks that it is its signer's, and gives the certificates that came with it. */
export function holds(one) {
  const { format, kind, body, signed_at, chain } = one;
  require(chain.length > 0 && chain.length <= 5, "form");
  const certificates = chain.map((der) => parse(unbase64(der)));
  const message = new TextEncoder().encode(canonical({ format, kind, body, signed_at, chain }));
  require(maySign(certificates[0]), "usage");
  require(signed(certificates[0].key, message, unbase64(one.signature)), "signature");
  return certificates;
}

/** Reads a list of states that its publisher signed and that is the present one. */
export function statusOf(bytes, anchors, at) {
  const one = read(bytes);
  require(one.kind === "status", "form");
  const certificates = holds(one);
  require(mayPublish(certificates[0]), "usage");
  leads(certificates, anchors, one.at);
  const { entries, issued_at, next_update } = one.body;
  require(one.at <= at + 300000 && at <= us(next_update) && issued_at === one.signed_at, "stale");
  return { issued: us(issued_at), entry: (id) => entries.find((entry) => entry.licence_id === id && us(entry.since) <= at && entry.status !== "01") };
}

/** Checks a signed JSON file by step. */
export function verify(bytes, { anchors, at, step, facts }) {
  const one = step("format", () => read(bytes));
  let certificates;
  step("signature", () => { certificates = holds(one); require(one.at <= at + 300000, "future"); return [one.at]; });
  const [signer] = certificates;
  step("certificate", () => {
    require(one.kind === "licence" ? maySeal(signer) : maySign(signer), "usage");
    return [signer.subject.name, signer.subject.code];
  });
  step("chain", () => leads(certificates, anchors, one.at));
  const licensed = one.kind === "licence" || one.body?.licence_id !== undefined;
  if (licensed) facts(one.body, one.kind === "licence" ? signer.subject.code : null);
  return one.body;
}

/** Characters of an identifier's check digit, ISO 7064 MOD 37,36. */
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** True for an identifier of GB/T 36904 whose check character is right. */
export function identified(id) {
  const parts = String(id).split(".");
  if (parts.length < 6 || !id.startsWith("1.2.156.3005.2.")) return false;
  const digits = parts.slice(5).join("").split("").map((letter) => LETTERS.indexOf(letter));
  if (digits.includes(-1)) return false;
  let product = 36;
  for (const digit of digits.slice(0, -1)) {
    let sum = (product + digit) % 36;
    if (sum === 0) sum = 36;
    product = (sum * 2) % 37;
  }
  return (product + digits[digits.length - 1]) % 36 === 1;
}
