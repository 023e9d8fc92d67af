// Browser and command-line tests of the demonstration province, on both databases.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Province, Suite, browser, check, look, signIn, visitor } from "./lib.mjs";
import { crawl } from "./crawl.mjs";
import { passkey } from "./passkey.mjs";
import { Client, apply, sheet, tamper, until, yipan } from "./newborn.mjs";

// A run that waits for what never comes ends by itself, telling where it stood.
setTimeout(() => { console.log("FAIL the browser tests took over 30 minutes"); process.exit(1); }, 1_800_000).unref();

const chrome = await browser();
const suites = [];

async function flow(name, province, { command }) {
  const suite = new Suite(name);
  suites.push(suite);
  let mother; let submitted; let card; let cards;
  await suite.test("a mother applies once and five licences come back", async () => {
    mother = await Client.signIn(province, "mother");
    submitted = await apply(mother);
    cards = await until("the licences", async () => {
      const wallet = await mother.get("/api/v1/wallet");
      const list = wallet.holders.flatMap((holder) => holder.licences);
      return list.length >= 5 ? list : null;
    });
    card = cards.find((one) => one.type_id === "birth-certificate");
  });
  await suite.test("another citizen finds neither the case nor the licence", async () => {
    const neighbour = await Client.signIn(province, "neighbour");
    await neighbour.get(`/api/v1/cases/${submitted.id}`, 404);
    await neighbour.get(`/api/v1/licences/${card.id}`, 404);
  });
  await suite.test("a sheet verifies offline and one changed byte fails", async () => {
    const page = await visitor(chrome, province);
    await signIn(page, province.account("mother"));
    const path = await sheet(page, province, card.id);
    const trust = ["--trust", join(province.data, "trust.pem"), "--at", "2026-07-01", "--json"];
    const good = yipan("verify", path, ...trust);
    check(good.code === 0 && JSON.parse(good.out).valid, `verify: ${good.out}`);
    const bad = yipan("verify", tamper(path), ...trust);
    check(bad.code === 1 && !JSON.parse(bad.out).valid, `changed byte: ${bad.out}`);
    await page.context().close();
  });
  await suite.test("a wrong token, a forged token and no token are refused", async () => {
    for (const token of ["", "x".repeat(64), mother.token.replace(/.$/, "0").replace(/^./, "z")]) {
      await new Client(province.url, token).get("/api/v1/wallet", 401);
    }
  });
  await suite.test("killed and started again, everything acknowledged is there", async () => {
    await province.kill();
    await province.launch();
    mother = await Client.signIn(province, "mother");
    const shown = await mother.get(`/api/v1/cases/${submitted.id}`);
    check(JSON.stringify(shown).includes(submitted.number), "the case is gone");
    const log = yipan(...command("log", "verify"));
    check(log.code === 0, `log verify: ${log.out}`);
  });
}

const sqlite = await Province.start();
await flow("sqlite", sqlite, { command: (...args) => [...args, "--data", sqlite.data, "--json"] });

const pages = new Suite("pages");
suites.push(pages);
for (const [login, width, lang] of [
  [null, 1440, "zh-CN"], ["mother", 390, "en"], ["reviewer.police", 1440, "zh-CN"], ["leader", 1440, "zh-CN"],
]) {
  await pages.test(`${login ?? "anyone"} at ${width} px in ${lang}`, () =>
    crawl(chrome, sqlite, { login, width, lang, shots: process.env.YIPAN_SHOTS }));
}
await pages.test("the guide works without script, by keyboard order of its form", async () => {
  const page = await visitor(chrome, sqlite, { width: 390, script: false });
  await page.goto("/one-things/newborn/guide/1");
  await page.focus("input[name=applicant]");
  await page.keyboard.press("Space");
  check(await page.isChecked("input[value=mother]"), "Space chose nothing");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/guide/2**");
  check(page.url().includes("/guide/2"), `not the second question: ${page.url()}`);
  await page.context().close();
});
await pages.test("large type holds on the home page", async () => {
  const page = await visitor(chrome, sqlite, { width: 390 });
  await page.goto("/preferences?elder=on&back=/");
  const faults = await look(page);
  check(faults.length === 0, faults.join("\n"));
  await page.context().close();
});
await passkey(chrome, sqlite, pages);

const evidence = new Suite("evidence");
suites.push(evidence);
await evidence.test("a byte changed by hand in the database is found and named", async () => {
  await sqlite.kill();
  const change = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); "
    + "c.execute(\"UPDATE cases SET number = number || '9' WHERE id = (SELECT id FROM cases ORDER BY id LIMIT 1)\"); c.commit()";
  execFileSync("python3", ["-c", change, join(sqlite.data, "yipan.db")]);
  const log = yipan("log", "verify", "--data", sqlite.data, "--json");
  check(log.code === 1 && JSON.parse(log.out).first_bad, `not found: ${log.out}`);
});
await sqlite.stop();

if (process.env.YIPAN_TEST_POSTGRES) {
  const name = `yipan_e2e_${process.pid}`;
  const server = process.env.YIPAN_TEST_POSTGRES;
  const sql = (text) => execFileSync("psql", [server, "-q", "-c", text]);
  sql(`CREATE DATABASE ${name}`);
  const database = server.replace(/\/[^/]*$/, `/${name}`);
  const postgres = await Province.start({ database });
  await flow("postgres", postgres, {
    command: (...args) => [...args, "--data", postgres.data, "--database", database, "--json"],
  });
  await postgres.stop();
  sql(`DROP DATABASE ${name} WITH (FORCE)`);
} else {
  throw new Error("YIPAN_TEST_POSTGRES names no server: run cargo xtask test");
}

await chrome.close();
const failed = suites.flatMap((suite) => suite.failed.map((name) => `${suite.name}: ${name}`));
const count = suites.reduce((sum, suite) => sum + suite.count, 0);
console.log(`\n${count - failed.length} of ${count} passed`);
if (failed.length > 0) { console.log(failed.join("\n")); process.exit(1); }
