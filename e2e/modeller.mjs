// A procedure is changed in the browser by its drawing: opened, renamed, checked, saved, tried out,
// compared, deployed; and by file where there is no script.

import { readFileSync } from "node:fs";
import { DRAWING, check, look, officer, press } from "./lib.mjs";

/** Waits for the drawing surface and gives an element of it. */
async function shape(page, id) {
  await page.waitForSelector(`#modeller [data-element-id="${id}"]`);
  return page.locator(`#modeller [data-element-id="${id}"]`).first();
}

/** What is wrong with the page beside the drawing surface, whose library draws it. */
async function sound(page) {
  // The editor of tables places its mark by inline style, which the policy refuses and the console tells.
  const told = page.faults.filter((fault) => !/inline style/.test(fault));
  const faults = (await look(page, "[data-canvas]")).concat(told);
  check(faults.length === 0, `${page.url()}: ${faults.join("\n")}`);
}

async function shot(page, name) {
  if (process.env.YIPAN_SHOTS) await page.screenshot({ path: `${process.env.YIPAN_SHOTS}/${name}.png`, fullPage: true });
}

export async function modeller(chrome, province, suite) {
  const id = "seal-use";
  let version; let path;
  await suite.test("an officer opens the version in force in the drawing surface and changes a step", async () => {
    const page = await officer(chrome, province, "administrator");
    await page.goto("/processes");
    const known = await page.$(`main a[href^='/processes/${id}/versions/']`);
    if (!known) {
      await page.setInputFiles("main input[name=document]", { name: "a.bpmn", mimeType: "application/xml", buffer: readFileSync(DRAWING) });
      await press(page, page.locator("main form button"));
    } else {
      await page.goto(await known.getAttribute("href"));
    }
    version = Number(new URL(page.url()).pathname.split("/").at(-1));
    await press(page, page.locator(`main a[href$='/versions/${version}/edit']`));
    const task = await page.evaluate(async (source) => {
      const text = await (await fetch(source)).text();
      return new DOMParser().parseFromString(text, "application/xml").querySelector("userTask").id;
    }, `/processes/${id}/versions/${version}/bpmn`);
    await (await shape(page, task)).click();
    await page.locator("#f-p-name").fill("负责人审定");
    await page.locator("#f-p-name").press("Tab");
    check((await (await shape(page, task)).textContent()).includes("负责人审定"), "the drawing does not show the new name");
    // A candidate who is nobody is found, and chosen from the list of faults.
    const before = await page.locator("#f-p-candidates").inputValue();
    await page.locator("#f-p-candidates").fill("nobody");
    await page.locator("#f-p-candidates").press("Tab");
    await page.click("[data-act=check]");
    await page.waitForSelector("[data-told] li");
    check(await page.$(`#modeller .yipan-fault[data-element-id="${task}"]`), "the fault is not marked");
    await page.locator("[data-told] button").first().click();
    await page.locator("#f-p-candidates").fill(before);
    await page.locator("#f-p-candidates").press("Tab");
    await page.click("[data-act=check]");
    await page.waitForFunction(() => document.querySelector("[data-told]").textContent === document.querySelector("[data-told]").dataset.sound);
    await sound(page);
    await shot(page, "modeller-1440");
    await page.fill("main input[name=name]", "改名草稿");
    await press(page, page.locator("form[data-save] button"));
    path = new URL(page.url()).pathname;
    check(path.startsWith("/process-drafts/"), `not saved: ${page.url()}`);
    await page.waitForSelector("#modeller .djs-shape");
    await sound(page);
    check((await page.textContent("main")).includes("负责人审定"), "the comparison does not tell the new name");
    check(await page.$("main .c-tint--changed-1"), "the change is not tinted");
    await shot(page, "modeller-draft-1440");
    await page.context().close();
  });
  await suite.test("the draft is tried out on paper, and deployed as a new version", async () => {
    const page = await officer(chrome, province, "administrator", { width: 390, lang: "en" });
    await page.goto(path);
    await page.waitForSelector("#modeller .djs-shape");
    await sound(page);
    await shot(page, "modeller-390");
    await press(page, page.locator(`main a[href='${path}/trial']`));
    await page.fill("textarea[name=variables]", "同意=true");
    await press(page, page.locator("form button:has-text('Do it')"));
    check(!(await page.$("main [role=alert]")), await page.textContent("main"));
    await sound(page);
    await shot(page, "modeller-trial-390");
    await page.goto(path);
    await press(page, page.locator("form[data-deploy] button"));
    check(new URL(page.url()).pathname === `/processes/${id}/versions/${version + 1}`, `not deployed: ${page.url()}`);
    check((await page.textContent("main")).includes("负责人审定"), "the new version has the old name");
    await page.goto(`/processes/${id}/comparison`);
    await sound(page);
    await page.goto(`/processes/${id}/versions/${version + 1}/sheet`);
    await sound(page);
    await shot(page, "sheet-390");
    await page.goto(`/processes/${id}/statistics?from=2020-01-01`);
    await page.context().close();
  });
  await suite.test("a decision table is changed in the browser, saved, and its tests are run", async () => {
    const page = await officer(chrome, province, "administrator");
    await page.goto("/processes");
    const known = await page.getAttribute("main a[href^='/processes/change-and-repair/versions/']", "href");
    await page.goto(`${known}/edit`);
    await page.waitForSelector("#modeller .djs-shape");
    await page.fill("main input[name=name]", "改决策");
    await press(page, page.locator("form[data-save] button"));
    const draft = new URL(page.url()).pathname;
    await press(page, page.locator(`main a[href^='${draft}/decisions/']`).first());
    const decision = new URL(page.url()).pathname;
    const note = page.locator("#decisions td.annotation").first();
    await note.waitFor();
    await sound(page);
    await shot(page, "decision-1440");
    await note.click();
    await page.keyboard.press("End");
    await page.keyboard.type("（已核对）");
    await page.locator("#decisions td.annotation").nth(1).click();
    await press(page, page.locator("form[data-save] button"));
    check(!(await page.$("main .c-errors, main [role=alert]")), `not saved: ${await page.textContent("main")}`);
    await note.waitFor();
    await sound(page);
    const kept = await page.evaluate(async (path) => (await fetch(path)).text(), `${decision}/dmn`);
    check(kept.includes("（已核对）"), "what was typed is not kept");
    const tests = await page.textContent("section[aria-labelledby=h-tests]");
    check(tests.includes("通过") && !tests.includes("没有通过"), `its tests: ${tests}`);
    await page.setViewportSize({ width: 390, height: 900 });
    await sound(page);
    await shot(page, "decision-390");
    await page.context().close();
  });
  await suite.test("without script a procedure is changed by file", async () => {
    const page = await officer(chrome, province, "administrator", { script: false });
    await page.goto("/processes/new");
    await page.setInputFiles("main input[name=document]", { name: "a.bpmn", mimeType: "application/xml", buffer: readFileSync(DRAWING) });
    await page.fill("main input[name=name]", "按文件修改");
    await press(page, page.locator("form[data-save] button"));
    check((await page.textContent("main")).includes("负责人审定"), "the comparison is not shown");
    check(!(await page.isVisible("#modeller")), "the surface shows without script");
    await page.context().close();
  });
  await suite.test("figures, event log and sheet of what has run", async () => {
    const page = await officer(chrome, province, "approver.health");
    await page.goto(`/processes/${id}/statistics`);
    await sound(page);
    await shot(page, "statistics-1440");
    await page.goto(`/processes/${id}/export`);
    await sound(page);
    await shot(page, "export-1440");
    await page.context().close();
  });
}
