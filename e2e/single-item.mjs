// An item applied for alone, on a promise: the citizen files it, officers accept and grant it, an
// inspector finds the promise broken, the head revokes it. Then the same by programs.

import { check, look, officer, press, verify, visitor, signIn } from "./lib.mjs";
import { Client, until } from "./newborn.mjs";

const ITEM = "hygiene-permit";
const TYPED = { premises_name: "小满理发店", credit_code: "92410105MA00000X7N", premises_address: "书院街27号", mobile: "15400000002" };

async function sound(page) {
  const faults = [...await look(page), ...page.faults.splice(0)];
  check(faults.length === 0, `${page.url()}: ${faults.join("\n")}`);
}

/** Answers what a page of the form asks: data of registries is confirmed, the first choice taken. */
async function answer(page) {
  for (const input of await page.$$("main form input:not([type=hidden])")) {
    const [name, type, value] = await Promise.all(["name", "type", "value"].map((a) => input.getAttribute(a)));
    const chosen = await page.$(`main form input[name="${name}"]:checked`);
    if (["radio", "checkbox"].includes(type) && !chosen) { await input.focus(); await page.keyboard.press("Space"); }
    if (["text", "tel"].includes(type) && !value && TYPED[name]) await input.fill(TYPED[name]);
  }
  await press(page, page.locator("main form button[type=submit]:not([name])").first());
  check(!(await page.$("main [role=alert]")), `${page.url()}: ${await page.textContent("main")}`);
}

/** From the page of the item to the receipt; the path of the whole. */
async function file(page) {
  await page.goto(`/items/${ITEM}`);
  await sound(page);
  await press(page, page.locator(`main a[href='/one-things/${ITEM}']`).first());
  await sound(page);
  await press(page, page.locator("main a[href^='/drafts/new']"));
  await sound(page);
  await answer(page);
  await sound(page);
  await press(page, page.locator("main a[href*='/pages/']").first());
  for (let pages = 0; page.url().includes("/pages/"); pages += 1) {
    check(pages < 12, `the form does not end: ${page.url()}`);
    await sound(page);
    await answer(page);
  }
  check(page.url().includes("/check"), `no answers to check: ${page.url()}`);
  await sound(page);
  await answer(page);
  check(page.url().includes("/receipt"), `no receipt: ${page.url()}`);
  await sound(page);
  return new URL(page.url()).pathname.replace(/\/receipt$/, "");
}

/** An officer does one act in the panel of a case. */
async function act(page, path, name, fillIn) {
  await page.goto(path);
  await sound(page);
  const panel = page.locator(`#h-${name}`);
  if (await panel.getAttribute("open") === null) await panel.locator("> summary").press("Enter");
  if (fillIn) await fillIn(panel);
  await press(page, panel.locator("form > p > button"));
  check(!(await page.$("main [role=alert]")), `${name}: ${await page.textContent("main")}`);
}

/** An officer does a step of a procedure, found on his list by its name. */
async function task(page, name, values) {
  const found = page.locator(`main a[href^='/tasks/']:has-text("${name}")`);
  await until(`${name} on a list`, async () => {
    for (const list of ["to_do", "in_hand"]) {
      await page.goto(`/tasks?list=${list}`);
      if (await found.count()) return true;
    }
    return false;
  }, 30);
  await press(page, found.first());
  await sound(page);
  const form = page.locator("main form[action$='/complete']");
  for (const [field, value] of Object.entries(values)) {
    const radio = form.locator(`input[type=radio][name="v_${field}"][value="${value}"]`);
    if (await radio.count()) await radio.check({ force: true });
    else await form.locator(`[name="v_${field}"]`).fill(value);
  }
  await press(page, form.locator("button"));
  check(!(await page.$("main [role=alert]")), `${name}: ${await page.textContent("main")}`);
}

/** The page of the item's case at the office, from that of the whole. */
async function office(client, path) {
  const whole = await client.get(`/api/v1${path}`);
  return `/workbench/cases/${whole.lanes[0].id}`;
}

export async function singleItem(chrome, province, suite) {
  let citizen; let path; let desk;
  const posts = {};
  const post = async (login, more) => (posts[login] ??= await officer(chrome, province, login, more));
  await suite.test("a citizen applies for one item alone, on a phone, on a promise", async () => {
    citizen = await visitor(chrome, province, { width: 390 });
    await signIn(citizen, province.account("mother"));
    path = await file(citizen);
    desk = await office(await Client.signIn(province, "mother"), path);
  });
  await suite.test("it is accepted and granted, and its licence is in the wallet", async () => {
    await act(await post("reviewer.health"), desk, "accept");
    await verify(await post("approver.health", { width: 390, lang: "en" }), province.account("approver.health"));
    await act(await post("approver.health"), desk, "decide", async (panel) => {
      await panel.locator("input[name=granted][value=yes]").press("Space");
      await panel.locator("textarea[name=opinion]").fill("凭承诺准予，事后核查。");
    });
    await until("the licence", async () => {
      await citizen.goto(path);
      return citizen.$("main a[href*='/wallet/']");
    }, 30);
    await sound(citizen);
    await press(citizen, citizen.locator("main a[href*='/wallet/']").first());
    await sound(citizen);
    check((await citizen.textContent("main")).includes("公共场所卫生许可证"), "another licence");
  });
  await suite.test("the promise is checked, found broken, and put to the head", async () => {
    await task(await post("reviewer.health"), "指派核查人员", { inspectors: "inspector.health" });
    await task(await post("inspector.health"), "核查", { verified: "breached", findings: "消毒设施没有启用" });
    await task(await post("approver.health"), "听取陈述申辩", { heard: "true", proposed: "建议撤销许可" });
    const head = await post("approver.health");
    await until("what was found", async () => {
      await head.goto(desk);
      return (await head.textContent("main")).includes("承诺不实");
    }, 30);
    await sound(head);
  });
  await suite.test("the head revokes it, and the citizen reads so", async () => {
    const head = await post("approver.health");
    await verify(head, province.account("approver.health"));
    await act(head, desk, "revoke", async (panel) => {
      await panel.locator("textarea[name=words]").fill("承诺不实，消毒设施没有启用");
      const article = panel.locator("[name=article]");
      if (!(await article.inputValue())) await article.fill("行政许可法第六十九条");
    });
    await until("the revocation", async () => {
      await citizen.goto(path);
      return (await citizen.textContent("main")).includes("撤销");
    }, 30);
    await sound(citizen);
    const client = await Client.signIn(province, "mother");
    const wallet = await client.get("/api/v1/wallet");
    const card = wallet.holders.flatMap((one) => one.licences).find((one) => one.type_id === "hygiene-licence");
    check(!card || card.state_name === "撤销", `still in force: ${JSON.stringify(card)}`);
  });
  await suite.test("a program files it, officers' programs grant it", async () => {
    const client = await Client.signIn(province, "father");
    const draft = await client.post("/api/v1/drafts", { one_thing: ITEM, guide: {}, consent: true });
    const answers = { ...TYPED, project: "理发店", way: "promise", hygiene_promise: true, true_statement: true };
    const suggested = draft.pages.flatMap((one) => one.fields).find((one) => one.id === "premises_division");
    const saved = await client.put(`/api/v1/drafts/${draft.id}/answers`, {
      answers: { ...answers, premises_division: suggested.value },
      confirm: Object.fromEntries(draft.pages.map((one) => [one.id, true])),
    });
    check(saved.missing.length === 0, `missing: ${saved.missing}`);
    const done = await client.post(`/api/v1/drafts/${draft.id}/submission`, { declared: true });
    const id = done.items[0].id;
    await (await Client.signIn(province, "reviewer.health")).post(`/api/v1/cases/${id}/acceptance`, {});
    await client.post(`/api/v1/cases/${id}/acceptance`, {}, 403);
    const head = await Client.signIn(province, "approver.health", { strong: true });
    const decided = await head.post(`/api/v1/cases/${id}/decision`, { granted: true, opinion: "凭承诺准予", article: "公共场所卫生管理条例第四条" });
    check(decided.phase === "completed" && decided.licence, `not granted: ${JSON.stringify(decided)}`);
    const shown = await head.get(`/api/v1/cases/${id}`);
    check(shown.check && shown.check.steps.length === 1, "nobody checks the promise");
  });
  for (const page of [citizen, ...Object.values(posts)]) await page?.context().close();
}
