// Opens every page each role can reach by links, in both widths, and looks at it.

import { look, signIn, visitor, check } from "./lib.mjs";

const PAGES_MAX = 45;
const SKIP = /^\/(sign-out|assets|api|oauth|preferences|healthz|demo\/|log\/tile)|\.(pdf|ofd|json|pem)($|\?)|download|\/file|\/package|\/bpmn|\/sheet/;

// Looked at as somebody who has not signed in.
const PUBLIC = /^\/(items|one-things|divisions|search|capability|accessibility|elder)([/?]|$)/;

/** Pages alike but for the record they show: one of each kind is looked at. */
function kind(path) {
  return path.split("?")[0].split("/").map((part) => (/\d/.test(part) || part.length > 40 ? "*" : part)).join("/")
    + (path.includes("?") ? "?" + [...new URLSearchParams(path.split("?")[1]).keys()].sort().join("&") : "");
}

export async function crawl(chrome, province, { login, width, lang, start = ["/"], elder = false, shots }) {
  const page = await visitor(chrome, province, { width, lang });
  if (login) await signIn(page, province.account(login));
  const first = new URL(page.url());
  if (elder) await page.goto("/preferences?elder=on&back=/");
  const queue = [...(login ? [first.pathname] : []), ...start];
  const seen = new Set();
  const faults = [];
  while (queue.length > 0 && seen.size < PAGES_MAX) {
    const path = queue.shift();
    if (seen.has(kind(path))) continue;
    seen.add(kind(path));
    const response = await page.goto(path, { waitUntil: "load" });
    if (!response || (response.headers()["content-type"] ?? "").includes("text/html") === false) continue;
    // The public shell's links to a citizen's own pages are closed to officers.
    if (response.status() === 403 && login) continue;
    if (response.status() >= 400) { faults.push(`${path}: status ${response.status()}`); continue; }
    for (const fault of await look(page, "[data-canvas]")) faults.push(`${path}: ${fault}`);
    if (shots) await page.screenshot({ path: `${shots}/${login ?? "anyone"}-${width}-${lang}${elder ? "-elder" : ""}-${kind(path).replace(/[^a-z0-9]+/gi, "_")}.png`, fullPage: true });
    const links = await page.$$eval("a[href]", (all) => all.map((a) => a.getAttribute("href")));
    for (const link of links) {
      if (!link || link.startsWith("#")) continue;
      const url = new URL(link, page.url());
      if (url.origin !== province.url) continue;
      const next = url.pathname + url.search;
      if (SKIP.test(next) || (login && PUBLIC.test(next)) || seen.has(kind(next))) continue;
      queue.push(next);
    }
  }
  faults.push(...page.faults);
  await page.context().close();
  check(seen.size > 1, "no page was reached");
  check(faults.length === 0, `${faults.length} faults on ${seen.size} pages:\n     ${faults.slice(0, 40).join("\n     ")}`);
  return seen.size;
}
