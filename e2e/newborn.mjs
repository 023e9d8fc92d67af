// The newborn's one thing over REST, as a parent's program would do it; then what comes of it.

import { execFileSync } from "node:child_process";
import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, check, code } from "./lib.mjs";

/** Speaks JSON as somebody. */
export class Client {
  constructor(url, token) { this.url = url; this.token = token; }

  static async signIn(province, login, { strong } = {}) {
    const { password, totp } = province.account(login);
    const reply = await fetch(`${province.url}/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ grant_type: "password", username: login, password, ...(strong ? { totp: await code(totp) } : {}) }),
    });
    const body = await reply.json();
    check(reply.ok, `token: ${JSON.stringify(body)}`);
    return new Client(province.url, body.access_token);
  }

  async call(method, path, body, expected = [200, 201]) {
    const reply = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body ? { "content-type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await reply.text();
    check([expected].flat().includes(reply.status), `${method} ${path}: ${reply.status} ${text.slice(0, 600)}`);
    return text ? JSON.parse(text) : {};
  }

  get(path, expected) { return this.call("GET", path, undefined, expected); }
  post(path, body, expected) { return this.call("POST", path, body, expected); }
  put(path, body, expected) { return this.call("PUT", path, body, expected); }
}

const PAGES = ["parents", "birth", "name", "household", "residence", "insurance", "card", "maternity", "contact", "declaration"];

/** Applies for the mother's child; the submission. */
export async function apply(mother) {
  const draft = await mother.post("/api/v1/drafts", {
    one_thing: "newborn", consent: true,
    guide: { applicant: "mother", born: "here", married: "yes", household: "mother", maternity: "settled", insurance: "yes" },
  });
  const held = (id) => draft.pages.flatMap((one) => one.fields).find((one) => one.id === id).value;
  await mother.put(`/api/v1/drafts/${draft.id}/answers`, {
    answers: { child_name: `${held("mother_name")[0]}安禾`, child_ethnicity: held("child_ethnicity"), relation_to_head: "child", insurance_start: "birth", card_bank: "zhongyuan",
      mobile: "15400000001", paper_copy: "no", name_agreed: true, true_statement: true },
    confirm: Object.fromEntries(PAGES.map((page) => [page, true])),
  });
  const [first, second] = await Promise.all([1, 2].map(() =>
    mother.post(`/api/v1/drafts/${draft.id}/submission`, { declared: true })));
  check(JSON.stringify(first) === JSON.stringify(second), "two submissions at once gave two answers");
  return first;
}

/** Waits until something is so. */
export async function until(what, act, seconds = 90) {
  for (let tries = 0; tries < seconds * 4; tries += 1) {
    const found = await act();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${what} did not happen in ${seconds} s`);
}

/** Runs `yipan` and gives its exit code and output. */
export function yipan(...args) {
  try {
    return { code: 0, out: execFileSync(BIN, args, { encoding: "utf8", maxBuffer: 64 << 20, stdio: ["ignore", "pipe", "pipe"] }) };
  } catch (error) {
    return { code: error.status, out: `${error.stdout}${error.stderr}` };
  }
}

/** Saves a licence's PDF as its holder sees it in the browser. */
export async function sheet(page, province, id) {
  const reply = await page.request.get(`${province.url}/wallet/${id}/licence.pdf`, { timeout: 60_000 });
  check(reply.ok(), `licence.pdf: ${reply.status()}`);
  const path = join(province.data, "licence.pdf");
  writeFileSync(path, await reply.body());
  return path;
}

/** Changes one byte in the middle of a file. */
export function tamper(path) {
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)] ^= 1;
  const changed = path.replace(".pdf", "-changed.pdf");
  writeFileSync(changed, bytes);
  return changed;
}
