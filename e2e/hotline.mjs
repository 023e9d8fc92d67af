// An order of the 12345 hotline by the library's procedure: called in, recorded, dispatched, sent
// back once and ruled on, handled, called back, unsolved, handled again and closed, by five posts.

import { check, look, officer, press } from "./lib.mjs";

async function sound(page) {
  const faults = await look(page);
  check(faults.length === 0, `${page.url()}: ${faults.join("\n")}`);
}

/** Fills in a form by the names of its fields: what is one of several is chosen, the rest typed. */
async function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const radio = form.locator(`input[type=radio][name="v_${name}"][value="${value}"]`);
    if (await radio.count()) await radio.check({ force: true });
    else await form.locator(`[name="v_${name}"]`).fill(value);
  }
}

/** Who is signed in does the step: found on his list, claimed when it is offered to several. */
async function done(page, list, name, values) {
  await page.goto(`/tasks?list=${list}`);
  const found = page.locator(`main a[href^='/tasks/']:has-text("${name}")`);
  check((await found.count()) > 0, `${name} is not on the list ${list}: ${await page.textContent("main")}`);
  await press(page, found.first());
  await sound(page);
  const form = page.locator("main form[action$='/complete']");
  await fill(form, values);
  await press(page, form.locator("button"));
  check(!(await page.$("main [role=alert]")), `${name}: ${await page.textContent("main")}`);
}

export async function hotline(chrome, province, suite) {
  let instance;
  const posts = {};
  const post = async (login, more) => (posts[login] ??= await officer(chrome, province, login, more));
  await suite.test("a call that lacks what the form asks is told so and keeps what was typed", async () => {
    const agent = await post("hotline_agent.office");
    await agent.goto("/processes");
    await press(agent, agent.locator("main a[href^='/processes/hotline-order/versions/']").first());
    const form = () => agent.locator("main form[action='/instances']");
    await fill(form(), { number: "W-20260701-1" });
    await press(agent, form().locator("button"));
    check(await agent.$("main [role=alert]"), "a call without a caller was begun");
    check((await form().locator("[name='v_number']").inputValue()) === "W-20260701-1", "what was typed is lost");
    await sound(agent);
    await fill(form(), { caller: "张某", mobile: "13800000000" });
    await press(agent, form().locator("button"));
    instance = new URL(agent.url()).pathname;
    check(instance.startsWith("/instances/"), `not begun: ${await agent.textContent("main")}`);
  });
  await suite.test("it goes through dispatch, a return, handling, an unsolved call back and its redoing", async () => {
    const agent = await post("hotline_agent.office");
    await done(agent, "to_do", "登记分类", { kind: "help", category: "utility", content: "小区停水两天", disposal: "dispatch" });
    await done(agent, "to_do", "派单", { unit: "reviewer.health" });
    const unit = await post("reviewer.health", { width: 390, lang: "en" });
    await done(unit, "in_hand", "签收", { signed: "back", back_reason: "供水不属卫生健康部门职责" });
    const desk = await post("supervisor");
    await done(desk, "to_do", "退单裁定", { ruling: "assign", unit: "approver.health" });
    const last = await post("approver.health", { width: 390 });
    await done(last, "in_hand", "办理答复", { solved: "solved", reply: "已协调恢复供水" });
    await done(agent, "to_do", "回访", { reached: "true", satisfied: "no", unsolved: "true" });
    await done(last, "in_hand", "办理答复", { solved: "solved", reply: "更换水泵，已恢复" });
    await done(agent, "to_do", "回访", { reached: "true", satisfied: "yes", unsolved: "false" });
    await agent.goto(instance);
    await sound(agent);
    const told = await agent.textContent("main");
    check(!(await agent.$("main a[href^='/tasks/']")), `a step is open still: ${told}`);
    check(told.includes("退单裁定") && told.includes("回访"), "the steps are not told");
  });
  for (const page of Object.values(posts)) await page.context().close();
}
