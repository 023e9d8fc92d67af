// Case folders as packages: METS and the description as the folder's own manifest makes them, the
// files as it lists them, the manifest as the sealed cover names it, the evidence in its log.

import { equal, hex, join, require, unbase64, unhex } from "./der.js";
import { sha256, sm3 } from "./digest.js";
import * as pdf from "./pdf.js";
import { unpack } from "./zip.js";

const FORMAT = "yipan-case-folder-2", JSON_MAX = 4 << 20;
const DATA = "representations/original/data/", METS = "METS.xml";
const DESCRIPTION = "metadata/descriptive/dc.xml", EVIDENCE = "metadata/preservation/evidence.json";
const DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n';
const encode = (text) => new TextEncoder().encode(text);

/** The folder's name among the files of an archive, when it is a case folder. */
function folderOf(files) {
  const found = [...files.keys()].find((name) => name.endsWith(`/${METS}`))?.slice(0, -METS.length - 1);
  return found === undefined || found.includes("/") ? null : found;
}

/** True for an archive that is a case folder. */
export function is(bytes) {
  try {
    return folderOf(unpack(bytes)) !== null;
  } catch {
    return false;
  }
}

function json(bytes, name) {
  try {
    if (bytes.length <= JSON_MAX) return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch { /* told below */ }
  return require(false, "json", name);
}

const plain = (name) => typeof name === "string" && name.length <= 80 && /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name);

/** Reads the folder's own manifest. */
function manifestOf(bytes) {
  require(bytes, "lacking", "manifest.json");
  const one = json(bytes, "manifest.json");
  const texts = (...values) => values.every((value) => typeof value === "string");
  const names = new Set(["cover.pdf", "manifest.json"]);
  const known = one?.format === FORMAT && plain(one.number) && Array.isArray(one.parts)
    && texts(one.title, one.agency, one.case?.number, one.retention?.name, one.at, one.software)
    && one.parts.every((part) => plain(part?.name) && texts(part.title, part.kind, part.media_type, part.sm3) && names.size < names.add(part.name).size);
  require(known, "json", "manifest.json");
  return one;
}

const LETTERS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const xml = (text) => text.replace(/[&<>"']/g, (letter) => LETTERS[letter]).replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, " ");

/** What a package says beside the folder's files. */
function metadata(manifest, read, evidence) {
  const { number, title, agency, at } = manifest;
  const files = [
    { name: "cover.pdf", title: "案卷封面和卷内文件目录", kind: "cover", media_type: "application/pdf" },
    ...manifest.parts.filter((part) => part.internal !== true || read(part.name)),
    { name: "manifest.json", title: "卷内清单", kind: "manifest", media_type: "application/json" },
  ];
  const description = `${DECLARED}<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier>${xml(number)}</dc:identifier>`
    + `<dc:title>${xml(title)}</dc:title><dc:creator>${xml(agency)}</dc:creator><dc:relation>${xml(manifest.case.number)}</dc:relation>`
    + `<dc:rights>${xml(manifest.retention.name)}</dc:rights><dc:date>${xml(at.split("T")[0])}</dc:date></metadata>\n`;
  const told = (type, content) => `MIMETYPE="${xml(type)}" SIZE="${content.length}" CREATED="${xml(at)}" CHECKSUM="${hex(sha256(content))}" CHECKSUMTYPE="SHA-256"`;
  const place = (path, type, content) => [path, `xlink:type="simple" xlink:href="${path}" ${told(type, content)}`];
  const about = place(DESCRIPTION, "text/xml", encode(description)), proven = place(EVIDENCE, "application/json", evidence);
  const lines = files.map((file, index) => {
    const content = read(file.name), path = DATA + file.name;
    require(content, "lacking", file.name);
    return [path, `<file ID="file-${index + 1}" ${told(file.media_type, content)}><FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="${path}"/></file>`];
  });
  const folder = 'csip:CONTENTINFORMATIONTYPE="OTHER" csip:OTHERCONTENTINFORMATIONTYPE="Case folder">\n';
  const mets = `${DECLARED}<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink" `
    + `xmlns:csip="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" OBJID="${xml(number)}" TYPE="Other" LABEL="${xml(title)}" `
    + `PROFILE="https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml" csip:OTHERTYPE="Case folder" ${folder}`
    + `<metsHdr CREATEDATE="${xml(at)}" RECORDSTATUS="Complete" csip:OAISPACKAGETYPE="AIP"><agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE">`
    + `<name>Yipan</name><note csip:NOTETYPE="SOFTWARE VERSION">${xml(manifest.software)}</note></agent>`
    + `<agent ROLE="ARCHIVIST" TYPE="ORGANIZATION"><name>${xml(agency)}</name></agent></metsHdr>\n`
    + `<dmdSec ID="description" CREATED="${xml(at)}" STATUS="CURRENT"><mdRef LOCTYPE="URL" MDTYPE="DC" ${about[1]}/></dmdSec>\n`
    + `<amdSec ID="administration"><digiprovMD ID="evidence" CREATED="${xml(at)}" STATUS="CURRENT"><mdRef LOCTYPE="URL" MDTYPE="OTHER" OTHERMDTYPE="C2SP tlog" `
    + `${proven[1]}/></digiprovMD></amdSec>\n<fileSec ID="files"><fileGrp ID="original" USE="Representations/original" ${folder}`
    + `${lines.map(([, line]) => `${line}\n`).join("")}</fileGrp></fileSec>\n<structMap ID="csip" TYPE="PHYSICAL" LABEL="CSIP">`
    + `<div ID="root" LABEL="${xml(number)}"><div ID="metadata" LABEL="Metadata" DMDID="description" ADMID="evidence"/>`
    + `<div ID="representations" LABEL="Representations"><fptr FILEID="original"/>\n`
    + files.map((file, index) => `<div LABEL="${xml(file.title)}" TYPE="${xml(file.kind)}"><fptr FILEID="file-${index + 1}"/></div>\n`).join("")
    + "</div></div></structMap>\n</mets>\n";
  return { names: new Set(files.map((file) => file.name)), description, mets, said: [about, proven, ...lines] };
}

/** METS and the description are what the manifest and the files make, and nothing else is here. */
function described(files, folder, manifest) {
  const file = (path) => { require(files.has(`${folder}/${path}`), "lacking", path); return files.get(`${folder}/${path}`); };
  const [mets, evidence] = [file(METS), file(EVIDENCE)];
  const made = metadata(manifest, (name) => files.get(`${folder}/${DATA}${name}`), evidence);
  for (const name of files.keys()) {
    const path = name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : "";
    const listed = path.startsWith(DATA) ? made.names.has(path.slice(DATA.length)) : [EVIDENCE, DESCRIPTION, METS].includes(path);
    require(listed, "unlisted", name);
  }
  require(equal(file(DESCRIPTION), encode(made.description)), "unlike", DESCRIPTION);
  require(folder === manifest.number, "mets");
  if (equal(mets, encode(made.mets))) return;
  const text = new TextDecoder().decode(mets);
  const other = made.said.find(([path, said]) => text.includes(path) && !text.includes(said));
  require(!other, "unlike", other?.[0]);
  require(false, "mets");
}

/** Checks that a leaf stands in the log of a root (RFC 9162 §2.1.3.2). */
function included(leaf, index, size, hashes, root) {
  let [place, last, hash] = [index, size - 1, leaf];
  require(Number.isSafeInteger(index) && index >= 0 && index < size && hashes.length <= 64, "log");
  const node = (left, right) => sha256(join(Uint8Array.of(1), left, right));
  for (const sibling of hashes) {
    require(last > 0, "log");
    if (place % 2 === 1 || place === last) {
      hash = node(sibling, hash);
      while (place % 2 === 0 && place !== 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      hash = node(hash, sibling);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  require(last === 0 && equal(hash, root), "log");
}

/** Where the folder's evidence stands: how many entries, in which log. */
function evidenced(bytes, manifest) {
  const told = json(bytes, EVIDENCE), { checkpoint } = told;
  const proofs = Array.isArray(told.proofs) ? told.proofs : [];
  const known = proofs.map(({ hashes, id, leaf, position }) => ({ hashes, id, leaf, position }));
  const spelled = JSON.stringify({ algorithm: "RFC 6962, SHA-256", checkpoint, proofs: known }, null, 2);
  require(equal(encode(spelled), bytes) && typeof checkpoint === "string", "proofs");
  const end = checkpoint.lastIndexOf("\n\n");
  require(end > 0, "proofs");
  const [origin, size, root, ...more] = checkpoint.slice(0, end).split("\n");
  require(origin && /^(0|[1-9][0-9]{0,15})$/.test(size) && root !== undefined && more.every((line) => line), "proofs");
  const entries = manifest.evidence;
  require(Array.isArray(entries) && entries.length === proofs.length, "proofs");
  const hash = (text) => {
    require(/^[0-9a-fA-F]{64}$/.test(text), "proofs");
    return unhex(text);
  };
  entries.forEach((entry, at) => {
    const proof = proofs[at];
    require(["id", "leaf", "position"].every((name) => entry[name] === proof[name]) && Array.isArray(proof.hashes), "proofs");
    included(hash(proof.leaf), proof.position, Number(size), proof.hashes.map(hash), unbase64(root));
  });
  return [entries.length, origin, size];
}

/** Checks a case folder by step. */
export function verify(bytes, order) {
  const { step } = order, files = step.quiet(() => unpack(bytes)), folder = folderOf(files);
  const data = (name) => files.get(`${folder}/${DATA}${name}`);
  const manifest = step("format", () => manifestOf(data("manifest.json")));
  step("integrity", () => described(files, folder, manifest));
  step("manifest", () => {
    const absent = manifest.parts.filter((part) => !data(part.name));
    manifest.parts.forEach((part) => require(!data(part.name) || hex(sm3(data(part.name))) === part.sm3, "unlike", part.name));
    return [absent.length];
  });
  // The folder's own checks bear these names.
  const named = (name) => (["format", "integrity"].includes(name) ? `cover_${name}` : name);
  const inner = Object.assign((name, work) => step(named(name), work), {
    silent: (name, work) => step.silent(named(name), work), quiet: (work) => step.silent("cover_format", work),
  });
  const body = pdf.verify(data("cover.pdf"), { ...order, step: inner });
  step("cover", () => require(body?.data?.manifest === hex(sm3(data("manifest.json"))), "cover"));
  step("evidence", () => evidenced(files.get(`${folder}/${EVIDENCE}`), manifest));
  return body;
}
