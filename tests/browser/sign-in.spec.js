import { cloud } from "./cloud.js";
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
  const bearer = [];
  page.on("request", (request) => {
    if (request.headers().authorization) bearer.push(request.url());
  });
  await openAs(page, "operator", "/operations");
  await expect(page.getByRole("heading", { level: 1, name: "Host" })).toBeVisible();

  const found = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const kept = [document.cookie, location.href, JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
    return [...kept, JSON.stringify(databases), document.documentElement.outerHTML].join(" ");
  });

  expect(found).not.toMatch(/eyJ[\w-]+\.eyJ/);
  expect(found).not.toContain("rollcall-browser");
  expect(bearer).toEqual([]);
});

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
