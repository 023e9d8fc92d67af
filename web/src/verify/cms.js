// Signatures that readers of others check (PAdES): signed data by an ECDSA key and the time stamp over
// it.

import { leads, maySign, parse, readable as isReadable, signed } from "./certificate.js";
import { equal, inside, instant, octets, oid, require, sequence, set, whole } from "./der.js";
import { sha256 } from "./digest.js";

const SIGNED_DATA = "1.2.840.113549.1.7.2", CONTENT_TYPE = "1.2.840.113549.1.9.3";
const SHA256 = "2.16.840.1.101.3.4.2.1", ECDSA = "1.2.840.10045.4.3.2", DIGEST = "1.2.840.113549.1.9.4", NAMED = "1.2.840.113549.1.9.16.2.47";
const STAMP = "1.2.840.113549.1.9.16.2.14", STAMPED = "1.2.840.113549.1.9.16.1.4", STAMPING = "1.3.6.1.5.5.7.3.8";

/** The one value of an attribute. */
function attribute(attributes, kind) {
  const found = inside(attributes).map((one) => sequence(one, 2)).filter(([name]) => oid(name) === kind);
  if (found.length === 0) return null;
  const values = inside(found[0][1]);
  require(found.length === 1 && values.length === 1, "form");
  return values[0];
}

/** Refuses what no signature protects and nobody here reads: certificates that lead up from no signer. */
function needed(own, certificates) {
  const found = [own];
  for (const one of found) {
    for (const issuer of certificates) {
      const issued = !found.includes(issuer) && equal(issuer.subjectDer, one.issuer) && issuer.key.algorithm === one.kind;
      if (issued && signed(issuer.key, one.tbs, one.signature)) found.push(issuer);
    }
  }
  const other = certificates.find((one) => !found.includes(one));
  require(!other, "unprotected", other?.subject.name);
}

/** Signed data whose one signature holds over its content, or over bytes beside it. Beside the signature
 *  stands nothing but a time stamp, where one may be. */
function opened(der, beside) {
  const [kind, outer] = sequence(whole(der, 0x30), 2);
  require(oid(kind) === SIGNED_DATA && outer.tag === 0xa0, "form");
  const parts = sequence(whole(outer.content, 0x30), 4);
  const [type, inner] = sequence(parts[2], 1);
  const content = inner ? octets(whole(inner.content)) : beside;
  require(content && !(inner && beside), "form");
  const sent = parts.find((part) => part.tag === 0xa0), lists = parts.find((part) => part.tag === 0xa1);
  const certificates = sent ? set(sent, 16).map((one) => parse(one.raw)) : [];
  const signers = inside(parts[parts.length - 1]);
  require(signers.length === 1 && parts.length === 4 + (sent ? 1 : 0) + (lists ? 1 : 0), "form");
  const signer = sequence(signers[0], 6);
  // What stands outside the signature is one spelling of what it must be.
  const digests = inside(parts[1]).map((one) => oid(sequence(one, 1)[0]));
  require(parts[0].tag === 2 && parts[0].content[0] === (inner ? 3 : 1) && digests.join() === SHA256, "form");
  require(signer[0].tag === 2 && signer[0].content[0] === 1 && signer.length <= 7, "form");
  require(oid(sequence(signer[2], 1)[0]) === SHA256 && sequence(signer[4]).length === 1 && oid(sequence(signer[4])[0]) === ECDSA, "form");
  require(!signer[6] || signer[6].tag === 0xa1, "form");
  const [issuer, serial] = sequence(signer[1], 2);
  const own = certificates.find((one) => equal(one.issuer, issuer.raw) && equal(one.serial, serial.content));
  require(own && signer[3].tag === 0xa0, "form");
  const said = attribute(signer[3], CONTENT_TYPE);
  require(said && oid(said) === oid(type), "form");
  require(equal(octets(attribute(signer[3], DIGEST)), sha256(content)), "digest");
  const named = sequence(sequence(attribute(signer[3], NAMED), 1)[0], 1)[0];
  require(equal(octets(sequence(named, 1)[0]), sha256(own.der)), "form");
  // The attributes are signed as the set they are, under the set's own tag.
  const attributes = signer[3].raw.slice();
  attributes[0] = 0x31;
  const signature = octets(signer[5]);
  require(signed(own.key, attributes, signature), "signature");
  require(!lists, "unprotected", "CRL");
  for (const one of signer[6] ? set(signer[6]) : []) {
    const name = oid(sequence(one, 2)[0]);
    require(beside && name === STAMP, "unprotected", name);
  }
  needed(own, certificates);
  const chain = [own, ...certificates.filter((one) => one !== own)];
  return { chain, content, signature, unsigned: signer[6] ?? null };
}

/** When a token says that it stamped these bytes, and by whom. */
function stamp(token, bytes) {
  const { chain, content } = opened(token, null);
  const info = sequence(whole(content, 0x30), 5);
  require(equal(octets(sequence(info[2], 2)[1]), sha256(bytes)), "digest");
  require(chain[0].purposes.length === 1 && chain[0].purposes[0] === STAMPING, "usage");
  return { chain, at: instant(info[4]) };
}

/** Checks a signature over all of a file but its own text, of a body that sealed before. */
export function readable(der, bytes, sealers, anchors) {
  const one = opened(der, bytes);
  const own = one.chain[0];
  const sealed = sealers.find((seal) => seal.chain[0].subject.code === own.subject.code);
  require(own.subject.code !== "" && sealed, "signer", own.subject.name);
  require(maySign(own), "usage");
  const token = one.unsigned && attribute(one.unsigned, STAMP);
  const stamped = token ? stamp(token.raw, one.signature) : null;
  const known = anchors.some(isReadable);
  if (known) {
    if (stamped) leads(stamped.chain, anchors, stamped.at);
    leads(one.chain, anchors, stamped?.at ?? Math.max(sealed.at, own.from));
  }
  return [own.subject.name, stamped?.at ?? null, known];
}
