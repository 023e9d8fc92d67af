// Verification in the browser: the same checks as the command's, and the file stays on the device.

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, look, signIn, visitor } from "./lib.mjs";
import { archives, folders, mutants } from "./mutants.mjs";
import { sheet, tamper, yipan } from "./newborn.mjs";

/** What is made of an archive and has the same files all the same. */
const SAME = ["packed harder", "packed as one block of bytes"];
const CORPUS = new URL("../crates/testkit/corpus/", import.meta.url).pathname;

/** What the island says of a file: the verdict, and each check by name. */
async function here(page, path) {
  await page.setInputFiles("input[type=file][name=file]", path);
  await page.click("#verify-here button");
  await page.waitForSelector("#verify-here [data-result] .c-verify");
  return page.evaluate(() => {
    const out = document.querySelector("#verify-here [data-result]");
    return {
      verdict: out.querySelector(".c-verify").dataset.v,
      title: out.querySelector("b").textContent,
      checks: Object.fromEntries([...out.querySelectorAll("li")].map((one) => [one.dataset.check, one.dataset.v])),
      said: out.textContent,
    };
  });
}

/** Files that hold, and what is made of them, judged by the page's island and by the command: the same
 *  verdict of each, by the same check. */
async function alike(page, province, good, trust, day) {
  const files = good.flatMap(([kind, bytes], at) => {
    const others = [...mutants(bytes, 100, at + 1), ...(kind.endsWith(".ofd") ? archives(bytes) : []), ...(kind.endsWith(".zip") ? folders(bytes) : [])];
    return [{ name: kind, bytes, holds: true }, ...others.map(([what, bytes]) => ({ name: `${kind}: ${what}`, bytes, holds: SAME.includes(what) }))];
  });
  const folder = mkdtempSync(join(province.data, "mutants-"));
  const paths = files.map(({ bytes }, at) => {
    writeFileSync(join(folder, String(at)), bytes);
    return join(folder, String(at));
  });
  const theirs = JSON.parse(yipan("verify", ...paths, "--trust", trust, "--at", day, "--json").out);
  const ours = await page.evaluate(async ([files, pem, at]) => {
    const island = await import(document.querySelector("script[src*='web/verify']").src);
    const anchors = island.fromPem(pem);
    return files.map((file) => {
      const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
      const { valid, checks } = island.verify(bytes, { anchors, status: null, at });
      const failed = checks.find((one) => !one.ok);
      return { valid, failed: failed?.name, why: failed?.key };
    });
  }, [files.map(({ bytes }) => bytes.toString("base64")), readFileSync(trust, "utf8"), Date.parse(`${day}T15:00:00Z`)]);
  let elsewhere = 0;
  files.forEach(({ name, holds }, at) => {
    const failed = theirs[at].checks.find((one) => one.ok === false)?.name;
    const told = `${name}: ${JSON.stringify(ours[at])} here, ${JSON.stringify(theirs[at])}`;
    check(ours[at].valid === theirs[at].valid && theirs[at].valid === holds, told);
    // A number that browsers cannot hold is the form's fault here; what is inside certificates is read
    // less strictly, so that a later check finds it.
    if (ours[at].failed === failed || ours[at].why === "number") return;
    elsewhere += 1;
    check(name.startsWith("pdf/"), told);
  });
  check(elsewhere <= files.length / 50, `${elsewhere} of ${files.length} fail by another check`);
}

export async function verification(chrome, province, suite, card) {
  const holder = await visitor(chrome, province);
  await signIn(holder, province.account("mother"));
  const pdf = await sheet(holder, province, card.id);
  const ofd = join(province.data, "licence.ofd");
  const reply = await holder.request.get(`${province.url}/wallet/${card.id}/licence.ofd`, { timeout: 60_000 });
  check(reply.ok(), `licence.ofd: ${reply.status()}`);
  writeFileSync(ofd, await reply.body());
  await holder.context().close();
  await suite.test("a sheet is verified in the browser of a visitor and leaves it by no request", async () => {
    const page = await visitor(chrome, province);
    await page.goto("/verify");
    const sent = [];
    page.on("request", (request) => sent.push([request.method(), new URL(request.url()).pathname, request.postData()]));
    const found = await here(page, pdf);
    check(found.verdict === "ok", found.said);
    for (const name of ["integrity", "signature", "seal", "chain", "identifier", "status", "pades"]) {
      check(found.checks[name] === "ok", `${name}: ${found.said}`);
    }
    const sealed = await here(page, ofd);
    check(sealed.verdict === "ok" && sealed.checks.identifier === "ok", sealed.said);
    const changed = await here(page, tamper(pdf));
    check(changed.verdict === "bad", changed.said);
    // The page's own parts may come late; of the rest, roots and list once for each file.
    const paths = sent.map(([method, path, body]) => `${method} ${path} ${body ?? ""}`.trim());
    const asked = paths.filter((one) => !one.startsWith("GET /assets/"));
    const fine = ["GET /licences/trust.pem", "GET /licences/status.json"];
    check(asked.length === 6 && asked.every((one) => fine.includes(one)), paths.join("\n"));
    const faults = await look(page);
    check(faults.length === 0, faults.join("\n"));
    await page.context().close();
  });
  await suite.test("the verification in the browser speaks English and fits a phone", async () => {
    const page = await visitor(chrome, province, { lang: "en", width: 390 });
    await page.goto("/verify");
    const found = await here(page, pdf);
    check(found.title === "Verified" && found.said.includes("was not uploaded"), found.said);
    const faults = await look(page);
    check(faults.length === 0, faults.join("\n"));
    await page.context().close();
  });
  await suite.test("the browser and the command judge alike whatever is made of good files", async () => {
    const page = await visitor(chrome, province);
    await page.goto("/verify");
    const kinds = ["pdf/sealed.pdf", "pdf/joint.pdf", "signed_json/licence", "signed_json/status", "package/folder.zip"];
    const corpus = kinds.map((kind) => [kind, readFileSync(join(CORPUS, kind))]);
    await alike(page, province, corpus, join(CORPUS, "pem/roots"), "2026-09-16");
    await alike(page, province, [["licence.ofd", readFileSync(ofd)]], join(province.data, "trust.pem"), "2026-07-01");
    await page.context().close();
  });
  await suite.test("a paper sealed by several is verified seal by seal, and one byte changed anywhere is found", async () => {
    const page = await visitor(chrome, province);
    await page.goto("/verify");
    const told = await page.evaluate(async ([file, pem]) => {
      const island = await import(document.querySelector("script[src*='web/verify']").src);
      const bytes = Uint8Array.from(file), at = Date.UTC(2026, 8, 16);
      const run = (one) => island.verify(one, { anchors: island.fromPem(pem), status: null, at });
      const wrong = [];
      for (let place = 11; place < bytes.length; place += 173) {
        const changed = bytes.slice();
        changed[place] ^= 1 << (place % 7);
        if (run(changed).valid) wrong.push(place);
      }
      const cut = [1, 40, 3000].filter((less) => run(bytes.slice(0, -less)).valid);
      return { ...run(bytes), wrong, cut };
    }, [[...readFileSync(join(CORPUS, "pdf/joint.pdf"))], readFileSync(join(CORPUS, "pem/roots"), "utf8")]);
    const names = told.checks.map((one) => `${one.name} ${one.ok} ${one.key}`);
    check(told.valid, names.join("\n"));
    check(told.checks.filter((one) => one.name === "countersignature").length === 1, names.join("\n"));
    check(told.checks.some((one) => one.name === "pades"), names.join("\n"));
    check(told.wrong.length === 0 && told.cut.length === 0, `accepted: bytes ${told.wrong}, cuts ${told.cut}`);
    await page.context().close();
  });
}
