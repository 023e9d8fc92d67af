// Sealed PDF: the first seal over all of the file as it then was, the seals and signatures that others
// put after it, and the data it carries.

import { maySeal } from "./certificate.js";
import { equal, Fault, hex, join, require, unhex, value } from "./der.js";
import { holds, later, leadsOf, read, trusted } from "./seal.js";
import { added, objects } from "./objects.js";
import { sm3 } from "./digest.js";

const MOST = 20 << 20;
const latin = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return text;
};

/** Where a byte range says that the text of a signature stands, and how long the file was. */
function place(numbers, text) {
  const [zero, start, end, rest] = numbers;
  const fits = numbers.length === 4 && numbers.every(Number.isSafeInteger) && zero === 0 && start > 0
    && end >= start + 2 && rest > 0 && end + rest <= text.length && text[start] === "<" && text[end - 1] === ">";
  require(fits, "range");
  return { start, end, length: end + rest };
}

/** The bytes in the gap. */
function gap(text, at) {
  const inner = text.slice(at.start + 1, at.end - 1);
  require(/^[0-9a-f]*$/.test(inner), "range");
  return unhex(inner);
}

/** The DER among them, zeros after it. */
function contents(bytes) {
  const one = value(bytes);
  require(bytes.subarray(one.to).every((byte) => byte === 0), "contents");
  return one.raw;
}

const covered = (bytes, at) => join(bytes.subarray(0, at.start), bytes.subarray(at.end, at.length));

/** Checks a sealed PDF by step: `step(name, work)` runs the work and tells what it found. */
export function verify(bytes, { anchors, at, step, facts, readable }) {
  require(bytes.length <= MOST, "large");
  const text = latin(bytes);
  const first = step("format", () => {
    const key = text.indexOf("/ByteRange[");
    require(key > 0, "unsigned");
    const numbers = text.slice(key + 11, text.indexOf("]", key)).trim().split(/\s+/).map(Number);
    const found = place(numbers, text);
    require(text.slice(0, found.start).endsWith("/Contents"), "range");
    const once = text.slice(0, found.length).split("/ByteRange").length === 2;
    // Bytes behind the only signature are no later one's.
    require(found.length === text.length || text.includes("/ByteRange", found.length), "range");
    require(once && `0 ${found.start} ${found.end} ${found.length - found.end}` === numbers.join(" "), "range");
    return { ...found, signature: read(contents(gap(text, found))) };
  });
  const { signature } = first;
  step("integrity", () => {
    require(signature.property === "application/pdf" && equal(signature.digest, sm3(covered(bytes, first))), "digest");
  });
  step("signature", () => { holds(signature); require(signature.at <= at + 300000, "future"); return [signature.at]; });
  step("seal", () => { trusted(signature.seal, anchors, signature.at); return [signature.seal.name]; });
  step("certificate", () => {
    require(maySeal(signature.chain[0]), "usage");
    const { name, code } = signature.chain[0].subject;
    return [name, code];
  });
  step("chain", () => leadsOf(signature, anchors));
  const base = step.quiet(() => objects(text, text.indexOf("\n") + 1, first.length));
  const body = step.quiet(() => payload(base));
  facts(body, signature.chain[0].subject.code);
  const asked = body.data?.seals ?? [];
  following(bytes, text, first, base, { anchors, at, step, readable, asked });
  return body;
}

/** The data beside the seal, in hexadecimal. */
function payload({ found, trailer }) {
  const seal = found.get(found.get(trailer.get("Root"))?.value.get("YipanSeal"))?.value;
  const stream = found.get(seal?.get("YipanData"))?.stream;
  require(typeof stream === "string" && stream.trim().endsWith(">"), "data");
  const text = new TextDecoder("utf-8", { fatal: true }).decode(unhex(stream.trim().slice(0, -1)));
  return JSON.parse(text);
}

/** What was put after the first seal. */
function following(bytes, text, first, base, { anchors, at, step, readable, asked }) {
  const all = new Map(base.found);
  const turn = (place_, code) => require(asked.length === 0 || asked[place_]?.code === code, "order");
  step.silent("countersignature", () => turn(0, first.signature.chain[0].subject.code));
  let end = first.length, former = base.table, before = first.signature.at;
  const sealers = [first.signature];
  while (end < text.length) {
    const next = step.silent("countersignature", () => {
      const key = text.indexOf("/ByteRange[", end);
      require(key > 0, "uncovered");
      const found = place(text.slice(key + 11, text.indexOf("]", key)).trim().split(/\s+/).map(Number), text);
      require(found.length > end && found.start > end, "range");
      const update = objects(text, end, found.length);
      const signatures = added(all, update, base.trailer, former);
      require(signatures.length === 1 && signatures[0] instanceof Map, "changed");
      const value_ = signatures[0];
      require(value_.get("Contents") === text.slice(found.start, found.end), "range");
      former = update.table;
      return { ...found, kind: value_.get("SubFilter"), held: gap(text, found) };
    });
    end = next.length;
    if (next.kind === "/GBT.38540") {
      const number = sealers.length + 1;
      step("countersignature", () => {
        const one = read(contents(next.held));
        sealers.push(one);
        later(one, sm3(covered(bytes, next)), anchors);
        require(one.property === "application/pdf" && one.at >= before && one.at <= at + 300000, "time");
        before = one.at;
        turn(number - 1, one.chain[0].subject.code);
        return [number, one.seal.name, one.at];
      });
    } else if (next.kind === "/ETSI.CAdES.detached") {
      step("pades", () => readable(contents(next.held), covered(bytes, next), sealers));
    } else {
      step("countersignature", () => { throw new Fault("form"); });
    }
  }
  const missing = asked[sealers.length];
  if (missing) step("countersignature", () => { throw new Fault("missing", missing.name?.zh ?? missing.name); });
}

export { hex };
