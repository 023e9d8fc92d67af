// A procedure from its drawing to its end: deployed by an administrator, worked on by officers.

import { DRAWING, check, look, officer, press } from "./lib.mjs";
import { yipan } from "./newborn.mjs";

async function sound(page) {
  const faults = await look(page);
  check(faults.length === 0, `${page.url()}: ${faults.join("\n")}`);
}

/** The officer opens the task on his list, completes it with data and an opinion. */
async function complete(page, list, name, variables) {
  await page.goto(`/tasks?list=${list}`);
  await sound(page);
  await press(page, page.locator(`main a[href^='/tasks/']:has-text("${name}")`));
  await sound(page);
  const path = new URL(page.url()).pathname;
  const form = page.locator("main form[action$='/complete']");
  await form.locator("textarea[name=variables]").fill(variables);
  await form.locator("textarea[name=words]").fill("已核对事由与份数。");
  await press(page, form.locator("button"));
  check(!(await page.$("main [role=alert]")), `${name}: ${await page.textContent("main")}`);
  await page.goto(`/tasks?list=${list}`);
  check(!(await page.$(`main a[href='${path}']`)), `${name} is still on the list after it was done`);
}

export async function procedure(chrome, province, suite) {
  let version; let instance;
  await suite.test("a procedure is refused with its faults named, mended and deployed", async () => {
    const page = await officer(chrome, province, "administrator");
    await page.goto("/processes");
    const { readFileSync } = await import("node:fs");
    const wrong = readFileSync(DRAWING, "utf8").replace('candidates="approver"', 'candidates="nobody"');
    const deploy = async (buffer) => {
      await page.setInputFiles("main input[name=document]", { name: "seal-use.bpmn", mimeType: "application/xml", buffer });
      await press(page, page.locator("main form button"));
      await sound(page);
    };
    await deploy(Buffer.from(wrong));
    check((await page.textContent("main")).includes("process.candidate_unknown"), "the fault is not named");
    await deploy(readFileSync(DRAWING));
    version = new URL(page.url()).pathname;
    check(/^\/processes\/seal-use\/versions\/\d+$/.test(version), `not deployed: ${page.url()}`);
    check(await page.$("main svg"), "the drawing is not shown");
    await page.context().close();
  });
  await suite.test("it is begun, approved and done by three posts, at two widths", async () => {
    const page = await officer(chrome, province, "reviewer.health");
    await page.goto(version);
    await sound(page);
    await press(page, page.locator("main form[action='/instances'] button"));
    instance = new URL(page.url()).pathname;
    check(instance.startsWith("/instances/"), `not begun: ${page.url()}`);
    await sound(page);
    await complete(page, "in_hand", "填写用印事由", "事由=出具证明\n份数=2");
    const head = await officer(chrome, province, "approver.health", { width: 390, lang: "en" });
    await complete(head, "to_do", "负责人审批", "同意=true");
    await head.context().close();
    await complete(page, "to_do", "监印", "");
    await page.goto(instance);
    await sound(page);
    check((await page.textContent("main")).includes("已核对事由与份数。"), "the opinions are not told");
    check(!(await page.$("main a[href^='/tasks/']")), "a task is left of what has ended");
    await page.context().close();
  });
  await suite.test("an officer of another agency finds nothing of it", async () => {
    const page = await officer(chrome, province, "reviewer.police");
    const answer = await page.goto(instance);
    check(answer.status() === 404, `seen: ${answer.status()}`);
    await page.context().close();
  });
  await suite.test("what is shown of it is what its history says", async () => {
    await province.kill();
    const proof = yipan("doctor", "--fsck", "--data", province.data, "--json");
    check(proof.code === 0, proof.out);
    await province.launch();
  });
}
