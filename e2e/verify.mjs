// Verification in the browser: the same checks as the command's, and the file stays on the device.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, look, signIn, visitor } from "./lib.mjs";
import { sheet, tamper } from "./newborn.mjs";

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
