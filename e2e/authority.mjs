// The certificate authority in the browser: what two must agree on, ordered by one administrator
// and approved by another, and the list everybody can fetch.

import { check, look, officer, press, verify } from "./lib.mjs";
import { Client } from "./newborn.mjs";

async function sound(page) {
  const faults = await look(page);
  check(faults.length === 0, `${page.url()}: ${faults.join("\n")}`);
}

/** Signs an administrator in and shows his second factor. */
async function trusted(chrome, province, login, more) {
  const page = await officer(chrome, province, login, more);
  await verify(page, province.account(login));
  return page;
}

export async function authority(chrome, province, suite) {
  const name = "县级电子证照签发机构";
  let order; let one;
  await suite.test("an authority is ordered by one administrator, who cannot approve it himself", async () => {
    const me = await (await Client.signIn(province, "administrator")).get("/api/v1/me");
    one = await trusted(chrome, province, "administrator");
    await one.goto("/authorities");
    const form = () => one.locator("main form[action='/authority-orders']");
    await press(one, form().locator("button"));
    check(await one.$("main [role=alert]"), "an order that says nothing was taken");
    await sound(one);
    await form().locator("[name=name]").fill(name);
    await form().locator("[name=parent]").selectOption({ index: 1 });
    await form().locator("[name=division]").fill(me.division.slice(0, 6));
    await form().locator("[name=reason]").fill("县级部门证照由本级机构签发");
    await press(one, form().locator("button"));
    order = new URL(one.url()).pathname;
    check(order.startsWith("/authority-orders/"), `not ordered: ${await one.textContent("main")}`);
    await sound(one);
    check(!(await one.$("main button[value=approve]")), "who ordered can approve");
  });
  await suite.test("another administrator approves, and its list of certificates taken back is public", async () => {
    const two = await trusted(chrome, province, "administrator.province", { width: 390, lang: "en" });
    await two.goto(order);
    await sound(two);
    await press(two, two.locator("main button[value=approve]"));
    await sound(two);
    await one.goto("/authorities");
    await press(one, one.locator(`main a[href^='/authorities/']:has-text("${name}")`));
    await sound(one);
    const list = await one.locator("main a[href$='/crl']").getAttribute("href");
    const answer = await fetch(new URL(list, province.url));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    check(answer.status === 200 && bytes[0] === 0x30, `no list: ${answer.status}`);
    await two.context().close();
    await one.context().close();
  });
}
