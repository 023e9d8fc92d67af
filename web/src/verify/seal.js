// Seals and seal signatures of GB/T 38540 version 4.

import { isAuthority, leads, list, maySeal, parse, same, signed } from "./certificate.js";
import { bits, Fault, instant, octets, oid, require, sequence, whole, words } from "./der.js";

const SM2 = "1.2.156.10197.1.501", CHAIN = "2.5.4.37";

/** Certificates that an extension brings along. */
function brought(extensions, known) {
  const out = [];
  for (const one of extensions) {
    const parts = sequence(one, 2);
    if (oid(parts[0]) === known) out.push(...list(octets(parts[parts.length - 1])));
    else require(parts.length < 3 || parts[1].content[0] === 0, "form");
  }
  return out;
}

const extensionsIn = (parts) => {
  const found = parts.find((part) => part.tag === 0xa0);
  return found ? sequence(whole(found.content, 0x30)) : [];
};

function sealOf(one) {
  const [info, maker, algorithm, signature] = sequence(one, 4);
  const parts = sequence(info, 4);
  const [header, , property] = parts;
  const [mark, version] = sequence(header, 3);
  const [, name, kind, holders, , from, until] = sequence(property, 7);
  require(words(mark) === "ES" && version.content[0] === 4 && kind.content[0] === 1 && oid(algorithm) === SM2, "form");
  return {
    name: words(name), from: instant(from), until: instant(until), tbs: info.raw, signature: bits(signature),
    holders: sequence(holders, 1).map((holder) => parse(octets(holder))),
    makers: [parse(octets(maker)), ...brought(extensionsIn(parts), CHAIN)],
  };
}

/** Reads a seal signature; nothing of it is checked yet. */
export function read(der) {
  try {
    return parsed(der);
  } catch (fault) {
    throw fault instanceof Fault && fault.key !== "form" ? fault : new Fault("sealform");
  }
}

function parsed(der) {
  const [tbs, certificate, algorithm, signature, stamp] = sequence(whole(der, 0x30), 4);
  const parts = sequence(tbs, 5);
  require(parts[0].content[0] === 4 && oid(algorithm) === SM2, "form");
  return {
    seal: sealOf(parts[1]), at: instant(parts[2]), digest: bits(parts[3]), property: words(parts[4]),
    chain: [parse(octets(certificate)), ...brought(extensionsIn(parts), CHAIN)],
    tbs: tbs.raw, signature: bits(signature), stamp,
  };
}

/** Checks that it is its sealer's and that the seal lists him. */
export function holds(one) {
  require(!one.stamp, "stamp");
  require(one.seal.holders.some((holder) => same(holder, one.chain[0])), "holder");
  require(signed(one.chain[0].key, one.tbs, one.signature), "signature");
}

/** Checks the seal at an instant: its maker, its validity, and what the maker leads to. */
export function trusted(seal, anchors, at) {
  const maker = seal.makers[0];
  require(signed(maker.key, seal.tbs, seal.signature) && isAuthority(maker), "maker");
  require(at >= seal.from && at < seal.until + 1000, "sealtime");
  leads(seal.makers, anchors, at);
}

/** Checks that the sealer leads to an anchor. */
export const leadsOf = (one, anchors) => leads(one.chain, anchors, one.at);

/** All of a seal that was put after others. */
export function later(one, digest, anchors) {
  require(one.digest.length === digest.length && one.digest.every((byte, at) => byte === digest[at]), "digest");
  holds(one);
  trusted(one.seal, anchors, one.at);
  require(maySeal(one.chain[0]), "usage");
  leads(one.chain, anchors, one.at);
}
