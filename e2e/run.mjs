// Browser and command-line tests of the demonstration province, on both databases.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Province, Suite, browser, check, look, signIn, tall, visitor } from "./lib.mjs";
import { archive } from "./archive.mjs";
import { authority } from "./authority.mjs";
import { crawl } from "./crawl.mjs";
import { databaseAway, fullDisk } from "./faults.mjs";
import { act, waiting, walk } from "./walk.mjs";
import { hotline } from "./hotline.mjs";
import { modeller } from "./modeller.mjs";
import { passkey } from "./passkey.mjs";
import { procedure } from "./procedure.mjs";
import { singleItem } from "./single-item.mjs";
import { verification } from "./verify.mjs";
import { Client, apply, sheet, tamper, until, yipan } from "./newborn.mjs";

// A run that waits for what never comes ends by itself, telling where it stood.
setTimeout(() => { console.log("FAIL the browser tests took over 30 minutes"); process.exit(1); }, 1_800_000).unref();

/** Copies a database, then changes the first one by a statement when there is one. */
const SQLITE = "import sqlite3, sys; a = sqlite3.connect(sys.argv[1]); b = sqlite3.connect(sys.argv[2]); "
  + "a.backup(b); b.close(); n = a.execute(sys.argv[3]).rowcount if sys.argv[3] else 1; a.commit(); assert n == 1, n";

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
  await verification(chrome, province, suite, card);
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

/** What she calls wrong goes to its source and to people, who decide in the browser. */
async function officers() {
  const suite = new Suite("officers");
  suites.push(suite);
  const province = await Province.start();
  let mother; let path;
  await suite.test("a datum called wrong goes to its source and to a person", async () => {
    ({ page: mother, path } = await walk(chrome, province, { width: 1440, lang: "zh-CN", wrong: "birth" }));
    await mother.goto("/my/objections");
    check((await mother.$$("main table tbody tr, main li, main article")).length > 0, "no objection is shown");
  });
  await suite.test("whoever it goes to accepts and grants, and every result is delivered", async () => {
    const delivered = async () => {
      await mother.goto(path);
      return (await mother.$$("main a[href*='/wallet/']")).length;
    };
    let acted = 0;
    for (const agency of ["health", "police", "healthcare-security", "human-resources", "disease-control"]) {
      // What is still there a while later waits for a person, not for the rule.
      const seen = () => waiting(chrome, province, `reviewer.${agency}`);
      const waits = async () => (await seen()) > 0 && (await new Promise((resolve) => setTimeout(resolve, 2000)), await seen());
      // What the objection does not touch is decided by rule, and comes to nobody.
      for (let tries = 0; tries < 6 && !(await waits()) && (await delivered()) < 5; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      for (; (await waits()) > 0; acted += 1) {
        await act(chrome, province, `reviewer.${agency}`, "accept");
        await act(chrome, province, `approver.${agency}`, "decide", async (panel) => {
          await panel.locator("input[name=granted][value=yes]").press("Space");
          await panel.locator("textarea[name=opinion]").fill("经核对出生记录，准予办理。");
        });
      }
    }
    check(acted > 0, "nothing came to a person");
    await until("the results", async () => (await delivered()) >= 5, 30);
    await mother.context().close();
  });
  await province.stop();
}

/** On paper what is folded on the screen stands open, and a licence's page is its licence. */
async function printed(page, path) {
  await page.emulateMedia({ media: "print" });
  await page.goto(path);
  const shut = await page.$$eval("main .c-fold > :not(summary)", (all) =>
    all.filter((one) => one.getBoundingClientRect().height < 40).length);
  check(shut === 0, `${shut} parts are left out of the print`);
  await page.goto(await page.getAttribute("main a[href*='/wallet/']", "href"));
  const shown = async (what) => (await page.locator(what).boundingBox())?.height ?? 0;
  check(await shown(".c-cert") > 200 && await shown(".c-foot") === 0, "the licence does not print alone");
  await page.emulateMedia({ media: "screen" });
}

/** A mother's whole way in the browser, in a province of its own. */
async function walks(width, lang, { killing = false, elder = false } = {}) {
  const suite = new Suite(`walk at ${width} px in ${lang}${elder ? ", large type" : ""}`);
  suites.push(suite);
  const province = await Province.start();
  const between = killing ? async () => { await province.kill(); await province.launch(); } : undefined;
  await suite.test(killing ? "from the guide to the receipt, killed at every step" : "from the guide to the receipt", async () => {
    const { page, path } = await walk(chrome, province, { width, lang, elder, between });
    // What the platform owes after the receipt is cut short too, each time a little later.
    for (let n = 0; between && n < 6; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 150 * n));
      await between();
    }
    await until("the results", async () => {
      await page.goto(path);
      return (await page.$$("main a[href*='/wallet/']")).length >= 5;
    });
    const faults = [];
    for (const one of [path, `${path}/archive`, `${path}/rating`, "/my/data-use", "/my/file"]) {
      await page.goto(one);
      for (const fault of [...await look(page), ...(elder ? await tall(page) : [])]) faults.push(`${one}: ${fault}`);
    }
    check(faults.length === 0, faults.join("\n     "));
    await printed(page, path);
    await page.context().close();
  });
  await suite.test("what was done stands in the log", async () => {
    await province.kill();
    const log = yipan("log", "verify", "--data", province.data, "--json");
    check(log.code === 0, log.out);
  });
  await province.stop();
}

const sqlite = await Province.start();
await flow("sqlite", sqlite, { command: (...args) => [...args, "--data", sqlite.data, "--json"] });

const pages = new Suite("pages");
suites.push(pages);
// Where no link of the portal leads.
const OFFICE = ["/administration/officers", "/administration/programs", "/processes", "/process-drafts", "/processes/new", "/processes/hearing/versions/1/edit",
  "/processes/hearing/migrations", "/processes/hearing/replay", "/incidents", "/authorities", "/log"];
const POST = ["/stand-ins", "/task-filters", "/workbench/stand-in", "/ratings"];
const OWN = ["/messages/preferences", "/delegations", "/my/file", "/one-things/newborn", "/drafts/new?one_thing=newborn"];
const ARCHIVES = ["/archives", "/archives/lists", "/archives/fixity", "/archives/formats"];
const visits = [
  [null, 1440, "zh-CN"], [null, 390, "en"], ["mother", 1440, "zh-CN", { start: OWN }], ["mother", 390, "en", { start: OWN }],
  ["mother", 390, "zh-CN", { elder: true }], ["mother", 390, "en", { elder: true }], ["reviewer.police", 1440, "zh-CN", { start: POST }], ["reviewer.police", 390, "en", { start: POST }],
  ["archivist.health", 1440, "zh-CN", { start: ARCHIVES }], ["archivist.health", 390, "en", { start: ARCHIVES }],
  ["approver.health", 1440, "en", { start: ["/processes/hearing/statistics", ...POST] }], ["data.police", 1440, "zh-CN"], ["clerk", 1440, "zh-CN"],
  ["supervisor", 1440, "zh-CN"], ["leader", 1440, "zh-CN"], ["leader", 390, "en"],
  ["auditor", 1440, "zh-CN", { start: ["/authority"] }], ["auditor", 390, "en", { start: ["/authority", "/messages/preferences"] }], ["administrator", 1440, "zh-CN", { start: OFFICE }], ["administrator", 390, "en", { start: OFFICE }],
];
const visiting = async () => {
  for (let visit = visits.shift(); visit; visit = visits.shift()) {
    const [login, width, lang, { elder = false, start } = {}] = visit;
    await pages.test(`${login ?? "anyone"} at ${width} px in ${lang}${elder ? ", large type" : ""}`, () =>
      crawl(chrome, sqlite, { login, width, lang, elder, start, shots: process.env.YIPAN_SHOTS }));
  }
};
await Promise.all([visiting(), visiting()]);
await walks(1440, "zh-CN");
await walks(390, "en", { killing: true });
await walks(390, "zh-CN", { elder: true });
await walks(390, "en", { elder: true });
await officers();

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
await pages.test("the first page is small and keeps its place while it loads", async () => {
  const page = await visitor(chrome, sqlite, { width: 390 });
  const sizes = [];
  page.on("requestfinished", (request) => sizes.push(request.sizes().then((size) => size.responseBodySize)));
  await page.goto("/", { waitUntil: "networkidle" });
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  check(sizes.length <= 8 && bytes < 60_000, `${sizes.length} requests, ${bytes} bytes`);
  const moved = await page.evaluate(() => new Promise((told) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => told(sum), 300);
  }));
  check(moved < 0.02, `what was read moved by ${moved}`);
  await page.context().close();
});
await passkey(chrome, sqlite, pages);

const certificates = new Suite("certificates");
suites.push(certificates);
await authority(chrome, sqlite, certificates);

const archives = new Suite("archive");
suites.push(archives);
await archive(chrome, sqlite, archives);

const procedures = new Suite("procedures");
suites.push(procedures);
await procedure(chrome, sqlite, procedures);
await hotline(chrome, sqlite, procedures);
if (process.env.YIPAN_WEB) await modeller(chrome, sqlite, procedures);

const single = new Suite("single item");
suites.push(single);
await singleItem(chrome, sqlite, single);

const evidence = new Suite("evidence");
suites.push(evidence);
await sqlite.kill();
for (const [what, change] of [
  ["a case's number", "UPDATE cases SET number = number || '9' WHERE id = (SELECT MIN(id) FROM cases)"],
  ["who decided", "UPDATE case_event SET actor_name = actor_name || '9' WHERE rowid = (SELECT MAX(rowid) FROM case_event)"],
  ["a licence's state", "UPDATE licence SET state = 'revoked' WHERE id = (SELECT MIN(id) FROM licence)"],
  ["an entry's time", "UPDATE evidence_entry SET at_us = at_us + 1 WHERE position = 7"],
]) {
  await evidence.test(`${what} changed by hand in the database is found and named`, async () => {
    const file = join(sqlite.data, "yipan.db");
    const kept = `${file}-kept`;
    execFileSync("python3", ["-c", SQLITE, file, kept, change]);
    const log = yipan("log", "verify", "--data", sqlite.data, "--json");
    execFileSync("python3", ["-c", SQLITE, kept, file, ""]);
    const bad = JSON.parse(log.out).first_bad;
    check(log.code === 1 && (bad.entry || bad.detail), `not found: ${log.out}`);
  });
}
await evidence.test("put back as it was, the log holds", async () => {
  const log = yipan("log", "verify", "--data", sqlite.data, "--json");
  check(log.code === 0, log.out);
});
await sqlite.stop();

const faults = new Suite("faults");
suites.push(faults);
await fullDisk(faults);

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
  sql(`CREATE DATABASE ${name}`);
  await databaseAway(faults, database);
  sql(`DROP DATABASE ${name} WITH (FORCE)`);
} else {
  throw new Error("YIPAN_TEST_POSTGRES names no server: run cargo xtask test");
}

await chrome.close();
const failed = suites.flatMap((suite) => suite.failed.map((name) => `${suite.name}: ${name}`));
const count = suites.reduce((sum, suite) => sum + suite.count, 0);
console.log(`\n${count - failed.length} of ${count} passed`);
if (failed.length > 0) { console.log(failed.join("\n")); process.exit(1); }
