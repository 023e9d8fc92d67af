// Starts the demonstration province, signs people in, looks at pages as users do.

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const ROOT = new URL("..", import.meta.url).pathname;
export const BIN = process.env.YIPAN_BIN ?? join(ROOT, "target/debug/yipan");

export const WIDTHS = [1440, 390];

/** What this run started and must not leave behind, however it ends. */
const running = new Set();
process.on("exit", () => { for (const child of running) child.kill("SIGKILL"); });

/** A running demonstration. */
export class Province {
  static async start({ data, database, args = [] } = {}) {
    const province = new Province();
    province.data = data ?? mkdtempSync(join(tmpdir(), "yipan-e2e-"));
    province.database = database;
    province.args = args;
    await province.launch();
    return province;
  }

  async launch() {
    const args = ["demo", "--json", "--port", String(this.port ?? 0), "--data", this.data, "--persons", "400",
      "--past-cases", "35", "--seed", "7", ...this.args];
    if (this.database) args.push("--database", this.database);
    if (process.env.YIPAN_WEB) args.push("--web", process.env.YIPAN_WEB);
    this.process = spawn(BIN, args, { stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.process);
    this.errors = "";
    this.process.stderr.on("data", (chunk) => { this.errors += chunk; });
    const ready = await new Promise((resolve, reject) => {
      let text = "";
      const timer = setTimeout(() => reject(new Error(`not ready: ${this.errors}`)), 180_000);
      this.process.stdout.on("data", (chunk) => {
        text += chunk;
        if (text.includes("\n")) { clearTimeout(timer); resolve(JSON.parse(text)); }
      });
      this.process.on("exit", (code) => reject(new Error(`ended with ${code}: ${this.errors}`)));
    });
    this.url = ready.url;
    // Started again, it is where its visitors left it.
    this.port = new URL(ready.url).port;
    this.accounts = ready.accounts;
  }

  /** Kills it as a power cut would; nothing to do when it has ended already. */
  async kill() {
    running.delete(this.process);
    this.process.removeAllListeners("exit");
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
  }

  async stop() {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  account(login) {
    const found = this.accounts.find((account) => account.login === login);
    if (!found) throw new Error(`no account ${login}`);
    return found;
  }
}

/** The browser all tests share. */
export async function browser() {
  // Asked to end, this run ends, and does not go on without its browser.
  process.on("SIGTERM", () => process.exit(1));
  return chromium.launch({
    handleSIGTERM: false,
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page of one visitor, at a width; what goes wrong in it is gathered in `page.faults`. */
export async function visitor(chrome, province, { width = 1440, lang = "zh-CN", script = true } = {}) {
  const context = await chrome.newContext({
    baseURL: province.url, viewport: { width, height: 900 }, locale: lang, javaScriptEnabled: script,
  });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(`${page.url()}: ${error}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.includes("status of 4")) page.faults.push(`${page.url()}: ${text}`);
  });
  return page;
}

/** A one-time password of now (RFC 6238). */
export function totp(secret, at = Date.now()) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = "";
  for (const c of secret.replace(/=+$/, "")) bits += alphabet.indexOf(c).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const shown = new Map();

/** A one-time password that was not shown yet: each is good once, so the next may have to be awaited. */
export async function code(secret) {
  const step = () => Math.floor(Date.now() / 30_000);
  while (shown.get(secret) === step()) await new Promise((resolve) => setTimeout(resolve, 500));
  shown.set(secret, step());
  return totp(secret);
}

/** Shows the second factor of somebody signed in. */
export async function verify(page, account) {
  await page.goto("/account/verify");
  await page.fill("input[name=code]", await code(account.totp));
  await page.click("form[action='/account/verify'] button");
  await page.waitForLoadState();
  if (new URL(page.url()).pathname === "/account/verify") throw new Error(`${account.login} is not verified: ${await page.textContent("main")}`);
}

/** Signs a visitor in by the page everybody uses. */
export async function signIn(page, account) {
  await page.goto("/sign-in");
  await page.fill("input[name=login]", account.login);
  await page.fill("input[name=password]", account.password);
  await page.click("main button[type=submit]");
  await page.waitForLoadState();
  if (new URL(page.url()).pathname === "/sign-in") throw new Error(`${account.login} cannot sign in: ${await page.textContent("main")}`);
}

/** What is wrong with the page as it stands: axe's serious findings, and sideways scroll. `skip` names
 *  what another's library draws. */
export async function look(page, skip) {
  const faults = [];
  await page.evaluate(AXE);
  const result = await page.evaluate((skip) => window.axe.run(skip ? { exclude: [skip] } : document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }), skip);
  for (const found of result.violations) {
    if (!["serious", "critical"].includes(found.impact)) continue;
    faults.push(`${found.id}: ${found.help} (${found.nodes.slice(0, 3).map((n) => n.target.join(" ")).join("; ")})`);
  }
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (over > 1) faults.push(`scrolls sideways by ${over} px`);
  const raw = await page.evaluate(() => document.body.innerText.match(/⟦[^⟧]*⟧/g) ?? []);
  if (raw.length > 0) faults.push(`sentences without text: ${raw.join(" ")}`);
  const source = await page.evaluate(() =>
    document.body.innerText.match(/<\/?(span|div|small|svg|time|strong|b|a)[\s>]|\{(item|one_thing|registry|licence|division|number|name)\}/g) ?? []);
  if (source.length > 0) faults.push(`source shown as text: ${[...new Set(source)].join(" ")}`);
  return faults;
}

/** Six screens of a phone: beyond them a page in large type is no longer read to its end. */
const TALL = 5_200;

/** What is wrong with how far a page must be scrolled, its long parts being folded. */
export async function tall(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  return height > TALL ? [`is ${height} px tall`] : [];
}

/** One named test; the first failure of it is told, the others still run. */
export class Suite {
  constructor(name) { this.name = name; this.failed = []; this.count = 0; }

  async test(name, act) {
    this.count += 1;
    const begun = Date.now();
    try {
      await act();
      console.log(`ok   ${this.name}: ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    } catch (error) {
      this.failed.push(name);
      console.log(`FAIL ${this.name}: ${name}\n     ${String(error.stack ?? error).split("\n").slice(0, 12).join("\n     ")}`);
    }
  }
}

export function check(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

/** A procedure of two steps and a decision. */
export const DRAWING = new URL("./seal-use.bpmn", import.meta.url).pathname;

/** Presses what leads to another page, and waits for it. */
export async function press(page, target) {
  await Promise.all([page.waitForNavigation(), target.click()]);
}

/** A browser of its own in which an officer is signed in. */
export async function officer(chrome, province, login, more) {
  const page = await visitor(chrome, province, more);
  await signIn(page, province.account(login));
  return page;
}
