// Verification in the browser: an island over the page of verification. The file is read here and
// nowhere else; what is fetched are the roots and the list of states, which everybody may have.

import { fromPem } from "./verify/certificate.js";
import { readable } from "./verify/cms.js";
import { Fault, require } from "./verify/der.js";
import * as folder from "./verify/folder.js";
import * as licence from "./verify/licence.js";
import * as ofd from "./verify/ofd.js";
import * as pdf from "./verify/pdf.js";
import { language } from "./verify/words.js";

/** An archive is a case folder when METS lists it. */
const archive = { verify: (bytes, order) => (folder.is(bytes) ? folder : ofd).verify(bytes, order) };
/** How each kind of file begins. */
const KINDS = [["%PDF-", pdf], ["PK\u0003\u0004", archive], ["{", licence]];

const root = typeof document === "undefined" ? null : document.getElementById("verify-here");
if (root) open(root);

export { fromPem };

/** Verifies a file: its checks in the order made, each with what was found or why it fails. */
export function verify(bytes, { anchors, status, at }) {
  const checks = [];
  const run = (name, work, told) => {
    let found;
    try {
      found = work();
    } catch (fault) {
      // Whatever a library throws, the file's form is at fault.
      const known = fault instanceof Fault ? fault : new Fault("form");
      checks.push({ name, ok: false, key: known.key, values: known.values });
      throw known;
    }
    if (told) checks.push({ name, ok: true, key: `${name}.ok`, values: Array.isArray(found) ? found : [] });
    return found;
  };
  const step = (name, work) => run(name, work, true);
  step.silent = (name, work) => run(name, work, false);
  step.quiet = (work) => run("format", work, false);
  const facts = (body, sealer) => {
    // A sealed receipt or notice is no licence: it has no identifier and no status.
    if (body.kind === "document" && body.licence_id === undefined) return;
    const past = (micro) => at >= micro / 1000;
    step("identifier", () => {
      require(typeof body.licence_id === "string" && licence.identified(body.licence_id), "identifier");
      require(sealer === null || body.issuer_code === sealer, "issuer_code");
      return [body.licence_id];
    });
    step("validity", () => {
      require(body.valid_from == null || past(body.valid_from), "licence_early");
      require(body.valid_until == null || !past(body.valid_until), "licence_over");
      return [body.valid_until == null ? null : body.valid_until / 1000];
    });
    step("status", () => {
      require(!status || !status.entry(body.licence_id), "ended");
      return [status?.issued ?? null];
    });
  };
  const order = { anchors, at, step, facts, readable: (der, covered, sealers) => readable(der, covered, sealers, anchors) };
  let body = null;
  try {
    const [, kind] = KINDS.find(([mark]) => new TextDecoder().decode(bytes.subarray(0, mark.length)) === mark) ?? [];
    if (!kind) step("format", () => { throw new Fault("kind"); });
    body = kind.verify(bytes, order);
  } catch (fault) {
    if (!checks.some((check) => !check.ok)) checks.push({ name: "format", ok: false, key: fault.key ?? "form", values: fault.values ?? [] });
  }
  return { valid: checks.length > 0 && checks.every((check) => check.ok), checks, body };
}

async function bytesOf(address) {
  const answer = await fetch(address, { credentials: "omit" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function open(root) {
  const say = language(document.documentElement.lang);
  const input = document.querySelector("input[type=file][name=file]");
  const [button, out] = [root.querySelector("button"), root.querySelector("[data-result]")];
  if (!input || !button || !out) return;
  root.hidden = false;
  button.addEventListener("click", async () => {
    const file = input.files[0];
    out.replaceChildren();
    if (!file) { input.focus(); return; }
    button.setAttribute("aria-busy", "true");
    try {
      const [trust, list, bytes] = await Promise.all([
        bytesOf(root.dataset.trust), bytesOf(root.dataset.status), file.arrayBuffer(),
      ]);
      const anchors = fromPem(new TextDecoder().decode(trust));
      // The platform's clock, which a demonstration's need not be the device's.
      const at = Number(root.dataset.at) + performance.now();
      const status = licence.statusOf(list, anchors, at);
      show(out, root, say, verify(new Uint8Array(bytes), { anchors, status, at }), file.name);
    } catch {
      out.textContent = say("unavailable");
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

function show(out, root, say, report, name) {
  const icon = (state) => root.querySelector(`template[data-icon=${state}]`)?.content.cloneNode(true) ?? "";
  const element = (tag, attributes, ...children) => {
    const one = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    one.append(...children);
    return one;
  };
  const state = report.valid ? "ok" : "bad";
  const head = element("div", { class: "c-verify__head" }, icon(`head-${state}`),
    element("div", {}, element("b", {}, say(report.valid ? "valid" : "invalid")), element("span", {}, `${name} · ${say("here")}`)));
  const list = element("ul", {}, ...report.checks.map((check) => element("li", { "data-v": check.ok ? "ok" : "bad", "data-check": check.name },
    icon(check.ok ? "ok" : "bad"),
    element("div", {}, say(`name.${check.name}`), element("small", {}, say(check.ok ? check.key : `why.${check.key}`, ...check.values))))));
  out.replaceChildren(element("div", { class: "c-verify", "data-v": state, role: "status" }, head, list));
}
