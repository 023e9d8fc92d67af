// A passkey from first to last, with the browser's own authenticator in software.

import { check, look, totp, visitor } from "./lib.mjs";

/** Gives the page's browser a device that knows its user by finger. */
async function device(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  const send = (method, more) => session.send(`WebAuthn.${method}`, { authenticatorId, ...more });
  return {
    credentials: async () => (await send("getCredentials")).credentials,
    knowsItsUser: (isUserVerified) => send("setUserVerified", { isUserVerified }),
  };
}

/** Waits for a page by its path: an address may hold another in its query. */
const at = (page, path) => page.waitForURL((url) => url.pathname === path);

async function signOut(page) {
  await page.click("form[action='/sign-out'] button");
  await at(page, "/");
}

async function byPassword(page, account) {
  await page.goto("/sign-in");
  await page.fill("input[name=login]", account.login);
  await page.fill("input[name=password]", account.password);
  await page.click("form[action='/sign-in'] button");
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

async function sound(page) {
  const faults = await look(page);
  check(faults.length === 0, `${page.url()}: ${faults.join("\n")}`);
}

/** Adds a passkey on the account page; the account's authenticator is asked where it has one. */
async function add(page, account, name) {
  await page.goto("/account");
  await page.click("a[href='/account/passkeys/new']");
  if (page.url().includes("/account/verify")) {
    await page.fill("input[name=code]", totp(account.totp));
    await page.click("form[action='/account/verify'] button");
    await at(page, "/account/passkeys/new");
  }
  await sound(page);
  await page.fill("input[name=name]", name);
  await page.fill("input[name=password]", account.password);
  await page.click("form[action='/account/passkeys/new'] button");
  await page.waitForSelector("[data-passkey-go]:visible");
  await sound(page);
  await page.click("[data-passkey-go]");
  await at(page, "/account");
}

export async function passkey(chrome, province, suite) {
  // Browsers bind no passkey to a number: the same demonstration by its name.
  const named = { ...province, url: province.url.replace("127.0.0.1", "localhost") };
  const account = province.account("neighbour");

  await suite.test("a passkey is added, signs in without a login, and is removed", async () => {
    const page = await visitor(chrome, named, { lang: "en" });
    const own = await device(page);
    await byPassword(page, account);
    await add(page, account, "my telephone");
    check((await own.credentials()).length === 1, "the device holds no passkey");
    check((await page.textContent("main")).includes("my telephone"), "the passkey is not listed");
    await sound(page);
    await signOut(page);

    await page.goto("/sign-in?next=/account");
    await sound(page);
    await own.knowsItsUser(false);
    await page.click("[data-passkey-go]");
    await page.waitForFunction(() => document.querySelector("[data-passkey-status]").textContent.includes("not completed"));
    await own.knowsItsUser(true);
    await page.click("[data-passkey-go]");
    await at(page, "/account");
    check((await own.credentials())[0].signCount > 1, "the device signed nothing");

    // Signed in by passkey, what asks for a second factor opens at once.
    await page.goto("/account/totp");
    check(new URL(page.url()).pathname === "/account/totp", `a second factor is asked: ${page.url()}`);
    await page.goto("/account");
    await page.click("a[href*='/removal']");
    await sound(page);
    await page.click("form[action*='/removal'] button");
    await at(page, "/account");
    check(!(await page.textContent("main")).includes("my telephone"), "the passkey is still listed");
    await signOut(page);

    await page.goto("/sign-in");
    await page.click("[data-passkey-go]");
    await page.waitForSelector(".c-errsum");
    check(page.url().endsWith("/sign-in/passkey"), `a removed passkey opened ${page.url()}`);
    await sound(page);
    check(page.faults.length === 0, page.faults.join("\n"));
    await page.context().close();
  });

  await suite.test("opened by number, the page leads to the name", async () => {
    const page = await visitor(chrome, province, { width: 390 });
    await page.goto("/sign-in");
    await page.waitForSelector("[data-passkey-elsewhere]:visible");
    check(await page.isHidden("[data-passkey-go]"), "the button is there all the same");
    await page.click("[data-passkey-elsewhere] a");
    await page.waitForSelector("[data-passkey-go]:visible");
    check(page.url() === `${named.url}/sign-in`, `not the name: ${page.url()}`);
    await page.context().close();
  });

  await suite.test("without script the page explains and the password works", async () => {
    const page = await visitor(chrome, named, { lang: "en", script: false });
    await page.goto("/sign-in");
    check(await page.isHidden("[data-passkey-go]"), "a button that can do nothing");
    check((await page.textContent("main noscript")).includes("JavaScript"), "nothing explains");
    await byPassword(page, account);
    await page.context().close();
  });
}
