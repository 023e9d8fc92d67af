// The archive: a folder leaves as a package that verifies offline, a changed byte is found and named,
// and put back from that package; what is due is listed: the folders of 2014 that were taken in.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, look, officer, press } from "./lib.mjs";
import { yipan } from "./newborn.mjs";

async function sound(page) {
  const faults = [...await look(page), ...page.faults.splice(0)];
  check(faults.length === 0, `${page.url()}: ${faults.join("\n")}`);
}

export async function archive(chrome, province, suite) {
  await suite.test("an archivist proves a folder, finds a changed byte and puts the file back", async () => {
    const page = await officer(chrome, province, "archivist.health");
    await page.goto("/archives");
    await sound(page);
    await press(page, page.locator("main table tr", { hasNotText: "来源" }).locator("a").first());
    await sound(page);
    const link = await page.getAttribute("main a[href$='/package']", "href");
    const reply = await page.request.get(province.url + link);
    check(reply.ok(), `${link}: ${reply.status()}`);
    const saved = join(province.data, "folder.zip");
    writeFileSync(saved, await reply.body());
    const report = yipan("verify", saved, "--trust", join(province.data, "trust.pem"), "--at", "2026-12-31", "--json");
    check(report.code === 0 && JSON.parse(report.out).kind === "case_package", `verify: ${report.out}`);

    const row = page.locator("main table tr", { hasText: "form.json" }).first();
    const texts = await row.locator("*").allTextContents();
    const digest = texts.map((text) => text.trim()).find((text) => /^[0-9a-f]{64}$/.test(text));
    const object = join(province.data, "objects", digest.slice(0, 2), digest);
    const bytes = readFileSync(object);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(object, bytes);
    await press(page, page.locator("main form[action$='/check'] button").first());
    await sound(page);
    check((await page.textContent("main")).includes("form.json"), "the check names no file");

    await page.goto("/archives/fixity");
    await sound(page);
    const finding = page.locator("main table tr", { hasText: "form.json" }).first();
    check(await finding.count() === 1, "no finding on the page");
    await finding.locator("input[type=file]").setInputFiles(saved);
    await press(page, finding.locator("button"));
    await sound(page);
    check(await page.locator("main table tr", { hasText: "form.json" }).count() === 0, "the finding stays");

    await page.goto("/archives/formats");
    await sound(page);
    check((await page.textContent("main")).includes("application/json"), "no formats");
    await page.goto("/archives/lists");
    await sound(page);
    await press(page, page.locator("main form button[value=disposal]"));
    await sound(page);
    check((await page.textContent("main")).includes("2014-D10-000001"), "no old folder is due");
    await press(page, page.locator("main table a", { hasText: "2014-D10-000001" }));
    await sound(page);
    check((await page.textContent("main")).includes("接收的案卷"), "no folder that was taken in");
    await page.context().close();
  });
}
