import { cloud } from "./cloud.js";
import {
  age, askForCodes, code, invite, outdate, remove, sessionOf, vouchedAt, wrongCode,
} from "./accounts.js";
import { apiOf, expect, expectAccessible, newName, openAs, signIn, signOut, test } from "./support.js";

test("signing in leads back to where one was, and a reload keeps one signed in", async ({ page }) => {
  await openAs(page, "operator", "/operations/revisions");

  await expect(page).toHaveURL("/operations/revisions");
  await expect(page.getByRole("heading", { level: 1, name: "Revisions" })).toBeVisible();

  await page.reload();

  await expect(signOut(page)).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "Revisions" })).toBeVisible();
});

test("after signing out the panel is closed", async ({ page }) => {
  await openAs(page, "operator", "/operations");

  await signOut(page).click();

  await expect(page.getByRole("button", { name: "Sign in" }).first()).toBeVisible();
  await page.goto("/operations");
  await expect(page.getByText("You have to be signed in to operate the host.")).toBeVisible();
});

test("signing out and in again changes who one is", async ({ page }) => {
  await openAs(page, "reader", "/");
  await signOut(page).click();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();

  await signIn(page, "editor");

  await expect(page.getByText("editor", { exact: true })).toBeVisible();
});

test("an address that nobody asked for signs nobody in", async ({ page }) => {
  await page.goto("/auth/callback?code=stolen&state=guessed");

  await expect(page.getByRole("heading", { level: 1, name: "Sign-in failed" })).toBeVisible();
  await expect(page.getByText("sent no cookie along")).toBeVisible();
  await expect(signOut(page)).toBeHidden();
});

test("an address that signed someone in does so once", async ({ page }) => {
  const callback = page.waitForRequest((request) => request.url().includes("/auth/callback"));
  await openAs(page, "reader", "/");
  const address = (await callback).url();
  await signOut(page).click();
  await expect(page.getByRole("button", { name: "Sign in" }).first()).toBeVisible();

  await page.goto(address);

  await expect(page.getByText("its address counts once")).toBeVisible();
  await expect(signOut(page)).toBeHidden();
});

test("a second tab is signed in, and signed out with the first", async ({ page, context }) => {
  await openAs(page, "editor", "/");
  const second = await context.newPage();
  await second.goto("/employees/new");
  await expect(second.getByRole("heading", { level: 1, name: "Add employee" })).toBeVisible();

  await signOut(page).click();
  await expect(page.getByRole("button", { name: "Sign in" }).first()).toBeVisible();

  // It keeps what was typed there, and says so.
  await expect(second.getByRole("alert").filter({ hasText: "You are no longer signed in." })).toBeVisible();
  await second.reload();
  await expect(second.getByText("You have to be signed in to change employees.")).toBeVisible();
});

test("what was typed outlives the end of the session", async ({ page, context }) => {
  const name = newName();
  await openAs(page, "editor", "/employees/new");
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Oslo");
  await apiOf(page)("POST", "/auth/sign-out", { everywhere: true });
  const add = page.getByRole("button", { name: "Add employee" });
  await add.click();

  const note = page.getByRole("alert").filter({ hasText: "You are no longer signed in." });
  await expect(note).toBeVisible();
  await expectAccessible(page, "the form after the session ended");
  await expect(page.getByRole("textbox", { name: "Full name" })).toHaveValue(name);
  const [tab] = await Promise.all([context.waitForEvent("page"), note.getByRole("link").click()]);
  await tab.getByRole("textbox", { name: "Username" }).fill("editor");
  await tab.getByLabel("Password").fill(cloud.passwords.editor);
  await tab.getByRole("button", { name: "Sign in" }).click();
  await expect(tab.getByText("Close this tab, and go on where you were.")).toBeVisible();
  await expect(signOut(tab)).toBeVisible();
  await tab.close();

  await expect(note).toBeHidden();
  await add.click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
});

test("no script in the page finds a token", async ({ page }) => {
  const seen = listened(page);
  await openAs(page, "operator", "/operations");
  await expect(page.getByRole("heading", { level: 1, name: "Host" })).toBeVisible();

  await expectNoToken(page, seen);
});

test("a token within a script's reach would be found", async ({ page }) => {
  await page.goto("/");
  const places = [
    () => localStorage.setItem("kept", "eyJhbGciOi.eyJzdWIiOi."),
    () => (document.cookie = "kept=eyJhbGciOi.eyJzdWIiOi."),
    () => (window.kept = { token: "eyJhbGciOi.eyJzdWIiOi." }),
    () => (document.title = "eyJhbGciOi.eyJzdWIiOi."),
  ];
  for (const place of places) {
    await page.goto("/");
    expect(await withinReach(page)).not.toMatch(TOKEN);
    await page.evaluate(place);
    expect(await withinReach(page)).toMatch(TOKEN);
    await page.evaluate(() => localStorage.clear());
    await page.context().clearCookies();
  }
});

test("who signs in for the first time sets up an authenticator, and is asked for its code from then on", async ({
  page,
  browser,
}) => {
  const person = await invite();
  await askForCodes(true);
  try {
    const seen = listened(page);
    await page.goto("/employees/new");
    const secret = await setUp(page, person);
    await expect(page.getByRole("heading", { level: 1, name: "Add employee" })).toBeVisible();
    await expectNoToken(page, seen);

    // In another browser, by the authenticator that there is now.
    const elsewhere = await browser.newPage({ baseURL: cloud.url });
    await elsewhere.goto("/");
    await withPassword(elsewhere, person);
    await expect(elsewhere.getByRole("heading", { name: "Enter a code" })).toBeVisible();
    await enter(elsewhere, wrongCode(secret));
    await expect(elsewhere.getByRole("alert").filter({ hasText: "not right" })).toBeVisible();
    await enter(elsewhere, code(secret));
    await expect(signOut(elsewhere)).toBeVisible();

    // The server has the issuer renew its word, once, however many tabs there are; nobody is asked for anything.
    const second = await page.context().newPage();
    await second.goto("/");
    await expect(signOut(second)).toBeVisible();
    const session = await sessionOf(page);
    await outdate(session);
    const before = await vouchedAt(session);
    await Promise.all([page.reload(), second.reload()]);
    for (const tab of [page, second]) await expect(signOut(tab)).toBeVisible();
    expect(await vouchedAt(session)).toBeGreaterThan(before);
    await expectNoToken(page, seen);

    // Out of all of them by one.
    await page.goto("/sessions");
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await expect(page.getByRole("button", { name: "Sign in" }).first()).toBeVisible();
    for (const other of [second, elsewhere]) {
      await other.reload();
      await expect(other.getByRole("button", { name: "Sign in" }).first()).toBeVisible();
    }
    await elsewhere.close();
  } finally {
    await askForCodes(false);
    await remove(person);
  }
});

/** Signs in up to the page that asks for a code. */
async function withPassword(page, { name, password }) {
  await page.getByRole("button", { name: "Sign in" }).first().click();
  await page.getByRole("textbox", { name: "Username" }).fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function enter(page, digits) {
  await page.getByLabel("Code").fill(digits);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Sets up an authenticator while signing in, at the second attempt: answers its secret. */
async function setUp(page, person) {
  await withPassword(page, person);
  await expect(page.getByRole("heading", { name: "Set up an authenticator" })).toBeVisible();
  const secret = await page.locator("code").textContent();
  await enter(page, wrongCode(secret));
  await expect(page.getByRole("alert").filter({ hasText: "not right" })).toBeVisible();
  await enter(page, code(secret));
  await expect(signOut(page)).toBeVisible();
  return secret;
}

/** All that the site's own pages are answered from now on, and the tokens that they send. */
function listened(page) {
  const seen = { bearer: [], answers: [] };
  page.on("request", (request) => {
    if (request.headers().authorization) seen.bearer.push(request.url());
  });
  page.on("response", (response) => {
    if (!response.url().startsWith(`${cloud.url}/api/`)) return;
    seen.answers.push(response.text().catch(() => ""));
  });
  return seen;
}

// A JSON Web Token: two JSON objects in base64url.
const TOKEN = /eyJ[\w-]+\.eyJ/;

/** All that a script finds that somebody got into the page. */
async function withinReach(page) {
  return page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const caches_ = await caches.keys();
    const texts = [document.cookie, location.href, document.referrer, window.name, document.documentElement.outerHTML];
    texts.push(JSON.stringify([localStorage, sessionStorage, history.state, databases, caches_]));
    texts.push(JSON.stringify(performance.getEntries()));
    // Whatever hangs on the window, as far as it can be written.
    for (const name of Object.getOwnPropertyNames(window)) {
      try {
        texts.push(JSON.stringify(window[name]) ?? "");
      } catch {
        // It leads round in circles, or is not for scripts.
      }
    }
    // What the site tells a page that asks as it does itself.
    for (const path of ["/api/session", "/api/sessions"]) texts.push(await (await fetch(path)).text());
    return texts.join(" ");
  });
}

/** Looks for tokens as such a script would. */
async function expectNoToken(page, { bearer, answers }) {
  const found = await withinReach(page);
  const answered = (await Promise.all(answers)).join(" ");
  for (const text of [found, answered]) expect(text).not.toMatch(TOKEN);
  const held = (await page.context().cookies()).filter(({ name }) => name.startsWith("rollcall"));
  expect(held.length).toBeGreaterThan(0);
  for (const { value, httpOnly } of held) {
    expect(httpOnly).toBe(true);
    for (const text of [found, answered]) expect(text).not.toContain(value);
  }
  expect(bearer).toEqual([]);
}

test("one's sessions are listed, and another one is ended", async ({ page, browser }) => {
  const elsewhere = await browser.newPage({ baseURL: cloud.url, userAgent: "Mozilla/5.0 (X11; Linux) Firefox/144.0" });
  await openAs(elsewhere, "reader", "/");
  await openAs(page, "reader", "/");
  await page.getByRole("banner").getByRole("link", { name: "reader" }).click();

  await expect(page.getByRole("heading", { level: 1, name: "Your sessions" })).toBeVisible();
  await expectAccessible(page, "one's sessions");
  await expect(page.getByRole("link", { name: "Everyone’s sessions" })).toHaveCount(0);
  const other = page.getByRole("listitem").filter({ hasText: "Firefox on Linux" });
  await other.getByRole("button", { name: "End" }).click();

  await expect(page.getByRole("status").filter({ hasText: "The session in Firefox on Linux has ended." })).toBeVisible();
  await expect(other).toHaveCount(0);
  await elsewhere.reload();
  await expect(elsewhere.getByRole("button", { name: "Sign in" }).first()).toBeVisible();
  await elsewhere.close();
});

test("an operator sees everyone's sessions", async ({ page, browser }) => {
  const elsewhere = await browser.newPage({ baseURL: cloud.url });
  await openAs(elsewhere, "editor", "/");
  await openAs(page, "operator", "/sessions");
  await page.getByRole("link", { name: "Everyone’s sessions" }).click();

  await expect(page).toHaveURL("/sessions?everyone=true");
  await expect(page.getByRole("listitem").filter({ hasText: "editor · " }).first()).toBeVisible();
  await elsewhere.close();
});

test("an operator who signed in long ago does so again before somebody else's session ends", async ({ page, browser }) => {
  const elsewhere = await browser.newPage({ baseURL: cloud.url, userAgent: "Mozilla/5.0 (X11; Linux) Firefox/144.0" });
  await openAs(elsewhere, "editor", "/");
  await openAs(page, "operator", "/sessions?everyone=true");
  const theirs = page.getByRole("listitem").filter({ hasText: "editor · " }).filter({ hasText: "Firefox on Linux" }).first();
  await expect(theirs).toBeVisible();
  await age(await sessionOf(page));

  await theirs.getByRole("button", { name: "End" }).click();
  await page.getByRole("textbox", { name: "Username" }).fill("operator");
  await page.getByLabel("Password").fill(cloud.passwords.operator);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/sessions?everyone=true");
  await theirs.getByRole("button", { name: "End" }).click();

  await expect(page.getByRole("status").filter({ hasText: "The session in Firefox on Linux has ended." })).toBeVisible();
  await elsewhere.reload();
  await expect(elsewhere.getByRole("button", { name: "Sign in" }).first()).toBeVisible();
  await elsewhere.close();
});
