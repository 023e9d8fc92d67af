// Certificates with SM2 and ECDSA keys, and whether they lead to a root that is trusted.

import { p256 } from "@noble/curves/p256";
import { sm2 } from "sm-crypto-v2";
import { bits, equal, Fault, hex, inside, instant, octets, oid, positive, require, sequence, unbase64, whole, words } from "./der.js";

const SM2 = "1.2.156.10197.1.501", ECDSA = "1.2.840.10045.4.3.2";
const CURVES = { "1.2.156.10197.1.301": SM2, "1.2.840.10045.3.1.7": ECDSA };
const DEPTH = 5;
const DIGITAL = 0x80, NON_REPUDIATION = 0x40, SIGN_CERTIFICATES = 0x04, SIGN_LISTS = 0x02;

/** Whether a signature in DER is the key's, over a message. */
export function signed(key, message, signature) {
  try {
    const pair = sequence(whole(signature, 0x30), 2).map(positive);
    require(pair.length === 2, "signature");
    if (key.algorithm === SM2) {
      return sm2.doVerifySignature(message, hex(signature), hex(key.point), { hash: true, der: true });
    }
    return p256.verify(signature, message, key.point, { prehash: true, lowS: false, format: "der" });
  } catch {
    return false;
  }
}

function keyOf(info) {
  const [kind, point] = sequence(info, 2);
  const [family, curve] = sequence(kind, 2).map(oid);
  require(family === "1.2.840.10045.2.1" && CURVES[curve], "algorithm");
  const algorithm = CURVES[curve], digits = hex(bits(point));
  try {
    if (algorithm === SM2) require(sm2.verifyPublicKey(digits), "point");
    else p256.ProjectivePoint.fromHex(digits).assertValidity();
  } catch {
    throw new Fault("point");
  }
  return { algorithm, point: bits(point) };
}

function subjectOf(name) {
  const found = { name: "", code: "" };
  for (const set of sequence(name)) {
    for (const attribute of inside(set)) {
      const [kind, text] = sequence(attribute, 2);
      if (oid(kind) === "2.5.4.3") found.name = words(text);
      if (oid(kind) === "2.5.4.5") found.code = words(text);
    }
  }
  return found;
}

function extensionsOf(list) {
  const found = { usage: 0, authority: null, purposes: [], own: null, issuerKey: null };
  for (const one of list) {
    const parts = sequence(one, 2);
    const critical = parts.length === 3 && parts[1].content[0] !== 0;
    // Key identifiers are never critical.
    require(!critical || !["2.5.29.14", "2.5.29.35"].includes(oid(parts[0])), "extension");
    const inner = whole(octets(parts[parts.length - 1]));
    switch (oid(parts[0])) {
      case "2.5.29.14": found.own = octets(inner); break;
      case "2.5.29.15": found.usage = inner.content[1] ?? 0; break;
      case "2.5.29.19": {
        const [is, depth] = sequence(inner);
        if (is?.tag === 1 && is.content[0] !== 0) found.authority = depth ? depth.content[0] : DEPTH;
        break;
      }
      case "2.5.29.35": found.issuerKey = sequence(inner).find((part) => part.tag === 0x80)?.content ?? null; break;
      case "2.5.29.37": found.purposes = sequence(inner).map(oid); break;
      // Who insists on names wants all of them understood: those of hosts are.
      case "2.5.29.17": require(!critical || sequence(inner).every((name) => name.tag === 0x82), "extension"); break;
      case "2.5.29.30": throw new Fault("extension");
      default: require(!critical, "extension");
    }
  }
  return found;
}

export function parse(der) {
  const [tbs, algorithm, signature, ...more] = sequence(whole(der, 0x30), 3);
  require(more.length === 0, "form");
  const parts = sequence(tbs, 7);
  require(parts[0].tag === 0xa0 && equal(parts[2].raw, algorithm.raw), "form");
  require(positive(parts[1]).length <= 21 && inside(parts[3]).length > 0, "form");
  const [from, until] = sequence(parts[4], 2).map(instant);
  const extensions = parts.find((part) => part.tag === 0xa3);
  const kind = oid(sequence(algorithm, 1)[0]);
  require([SM2, ECDSA].includes(kind), "algorithm");
  return {
    der, tbs: tbs.raw, kind, signature: bits(signature), serial: parts[1].content,
    issuer: parts[3].raw, from, until, subjectDer: parts[5].raw, subject: subjectOf(parts[5]),
    key: keyOf(parts[6]), ...extensionsOf(extensions ? sequence(whole(extensions.content, 0x30)) : []),
  };
}

/** All certificates of a PEM text. */
export function fromPem(text) {
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g)];
  require(blocks.length > 0 && blocks.length <= 64, "form");
  return blocks.map((block) => parse(unbase64(block[1].replace(/\s/g, ""))));
}

export const maySeal = (one) => (one.usage & NON_REPUDIATION) !== 0;
export const maySign = (one) => (one.usage & DIGITAL) !== 0;
export const mayPublish = (one) => (one.usage & SIGN_LISTS) !== 0;
export const isAuthority = (one) => one.authority !== null && (one.usage & SIGN_CERTIFICATES) !== 0;
export const readable = (one) => one.key.algorithm === ECDSA;
export const same = (one, other) => equal(one.der, other.der);

function holdsAt(one, at) {
  require(at >= one.from, "early", one.subject.name);
  require(at < one.until + 1000, "expired", one.subject.name);
}

/** Leads from the first certificate to an anchor, every step holding at an instant. */
export function leads(chain, anchors, at) {
  const [first, ...rest] = chain;
  require(first && rest.length < DEPTH, "untrusted");
  let checks = 32;
  const climb = (current, depth) => {
    holdsAt(current, at);
    require(depth < DEPTH, "untrusted");
    if (anchors.some((anchor) => same(anchor, current))) return;
    let refused = null;
    for (const issuer of [...anchors, ...rest]) {
      const named = equal(issuer.subjectDer, current.issuer) && !same(issuer, current);
      if (!named || (issuer.own && current.issuerKey && !equal(issuer.own, current.issuerKey))) continue;
      try {
        require(isAuthority(issuer) && issuer.authority >= depth, "issuer", issuer.subject.name);
        require(checks-- > 0, "untrusted");
        require(issuer.key.algorithm === current.kind && signed(issuer.key, current.tbs, current.signature), "chain", current.subject.name);
        climb(issuer, depth + 1);
        return;
      } catch (fault) {
        refused ??= fault;
      }
    }
    throw refused ?? new Fault("untrusted");
  };
  climb(first, 0);
}

/** The certificates of a list of octet strings. */
export const list = (der) => inside(whole(der, 0x30)).map((one) => parse(octets(one)));
