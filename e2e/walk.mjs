// A citizen applies in the browser, by keyboard alone; the platform may be killed at every step.

import { check, look, signIn, tall, verify, visitor } from "./lib.mjs";

/** What is typed where the registries hold nothing. */
const TYPED = { given_name: "安禾", mobile: "15400000001" };

/** Chooses or ticks what has focus's name, as a reader of the page would. */
async function press(page, input) {
  await input.focus();
  await page.keyboard.press("Space");
}

/** Sends the form by its button and waits for the page that follows. */
async function send(page, selector = "main form button[type=submit]:not([name])") {
  const before = page.url();
  await page.focus(selector);
  try {
    await Promise.all([
      page.waitForURL((url) => url.href !== before, { timeout: 20_000 }),
      page.keyboard.press("Enter"),
    ]);
  } catch {
    throw new Error(`${before} did not lead on: ${(await page.textContent("main")).replace(/\s+/g, " ").slice(0, 400)}`);
  }
}

/**
 * Answers what a page of the form asks: data of the registries is confirmed, the first choice taken.
 * On the page `wrong` the data is called wrong, and the page that follows asks which.
 */
async function answer(page, typed, wrong) {
  if (wrong && new URL(page.url()).pathname.endsWith(`/pages/${wrong}`)) {
    await press(page, await page.$("main input[name=_confirm][value=wrong]"));
  }
  if (page.url().includes("/objection")) {
    const panel = (await page.$$("main form fieldset")).at(-1);
    await press(page, await panel.$("input[type=checkbox]"));
    await (await panel.$("input[type=text], input:not([type])")).fill("39");
    return;
  }
  for (const input of await page.$$("main form input:not([type=hidden])")) {
    const [name, type, value] = await Promise.all(["name", "type", "value"].map((a) => input.getAttribute(a)));
    const chosen = await page.$(`main form input[name="${name}"]:checked`);
    if (["radio", "checkbox"].includes(type) && !chosen) await press(page, input);
    if (["text", "tel"].includes(type) && !value && typed[name]) await input.fill(typed[name]);
  }
}

/** Looks at the page, and gives it to `between`, which may end the province under it. */
async function step(page, faults, elder, between) {
  for (const fault of [...await look(page), ...(elder ? await tall(page) : [])]) faults.push(`${page.url()}: ${fault}`);
  if (!between) return;
  const path = page.url().replace(/^https?:\/\/[^/]+/, "");
  await between();
  await page.goto(path);
}

/** From the guide to the receipt; the case's path. */
export async function walk(chrome, province, { login = "mother", width, lang, elder = false, script = true, between, typed = TYPED, wrong }) {
  const page = await visitor(chrome, province, { width, lang, script });
  const faults = [];
  const next = () => step(page, faults, elder, between);
  await signIn(page, province.account(login));
  if (elder) await page.goto("/preferences?elder=on&back=/");
  await page.goto("/one-things/newborn");
  // The child bears the applicant's surname.
  const surname = (await page.textContent(".u-name")).trim()[0];
  const given = { child_name: `${surname}${typed.given_name}`, ...typed };
  await next();
  await page.goto("/one-things/newborn/guide/1");
  for (let question = 1; question <= 6; question += 1) {
    check(new URL(page.url()).pathname.endsWith(`/guide/${question}`), `not question ${question}: ${page.url()}`);
    await next();
    await press(page, await page.$("main form input[type=radio]"));
    await send(page);
  }
  check(page.url().includes("/result"), `no result: ${page.url()}`);
  await next();
  await send(page, "main form[action='/drafts/new'] button");
  await next();
  await press(page, await page.$("main input[name=consent]"));
  await send(page);
  await next();
  await page.goto(await page.getAttribute("main a[href$='/pages/parents']", "href"));
  for (let pages = 0; page.url().includes("/pages/"); pages += 1) {
    check(pages < 20, `the form does not end: ${page.url()}`);
    await next();
    await answer(page, given, wrong);
    await send(page);
  }
  check(page.url().includes("/check"), `no answers to check: ${page.url()}`);
  await next();
  await answer(page, {});
  await send(page);
  check(page.url().includes("/receipt"), `no receipt: ${page.url()}`);
  await next();
  const path = new URL(page.url()).pathname.replace(/\/receipt$/, "");
  faults.push(...page.faults.filter((fault) => !between || !fault.includes("ERR_")));
  check(faults.length === 0, faults.join("\n     "));
  return { page, path };
}

/** How many cases the officer's work list shows. */
export async function waiting(chrome, province, login) {
  const page = await visitor(chrome, province);
  await signIn(page, province.account(login));
  await page.goto("/workbench");
  const cases = (await page.$$("main a.c-row-title")).length;
  await page.context().close();
  return cases;
}

/** An officer opens the first case of the work list and does one act in its panel; to decide he shows
 *  his second factor. */
export async function act(chrome, province, login, name, fillIn) {
  const page = await visitor(chrome, province);
  await signIn(page, province.account(login));
  if (name === "decide") await verify(page, province.account(login));
  await page.goto("/workbench");
  const faults = await look(page);
  await page.goto(await page.getAttribute("main a.c-row-title", "href"));
  faults.push(...await look(page));
  const panel = page.locator(`#h-${name}`);
  if (await panel.getAttribute("open") === null) await panel.locator("> summary").press("Enter");
  if (fillIn) await fillIn(panel);
  await panel.locator("form > p > button").press("Enter");
  await page.waitForLoadState();
  const refused = await page.$("main [role=alert]");
  check(!refused, `${name}: ${refused && await refused.textContent()}`);
  check(faults.length === 0, faults.join("\n     "));
  await page.context().close();
}
