// The directory and the operations panel are two programs, each in a document of its own, with page loads between them.
import { cloud } from "./cloud.js";
import { apiOf, expect, newName, openAs, signIn, signOut, test } from "./support.js";

/** Gathers which parts of the site the page downloads something of. */
function partsLoaded(page) {
  const parts = new Set();
  page.on("request", (request) => {
    const [, part] = new URL(request.url()).pathname.match(/^\/assets\/([a-z]+)-/) ?? [];
    if (part) parts.add(part);
  });
  return parts;
}

const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true });
const inHeader = (page, name) => page.getByRole("banner").getByRole("link", { name });

test("whoever looks people up downloads nothing of the form and of the operations panel", async ({ page }) => {
  const parts = partsLoaded(page);

  await page.goto("/?q=a");
  await page.getByRole("heading", { level: 2 }).first().getByRole("link").click();
  await expect(page.getByRole("term").first()).toBeVisible();

  expect([...parts]).toEqual(["directory"]);
});

for (const [path, title, part] of [
  ["/employees/new", "Add employee", "records"],
  ["/employees/3f2b0c52-0000-4000-8000-00000000000.a/edit", "Edit employee", "records"],
  ["/employees/3f2b0c52-0000-4000-8000-00000000000.a", "Employee", "directory"],
  ["/operations", "Operations", "operations"],
  ["/operations/schedules/a.b/edit", "Operations", "operations"],
  ["/nowhere", "Page not found", "directory"],
  ["/operationsroom", "Page not found", "directory"],
  ["/operations/nowhere", "Page not found", "operations"],
]) {
  test(`${path} opens itself, and again on a reload`, async ({ page }) => {
    const parts = partsLoaded(page);
    await page.goto(path);
    for (const again of [false, true]) {
      if (again) await page.reload();
      await expect(heading(page, title)).toBeVisible();
      await expect(page).toHaveURL(path);
    }
    expect([...parts]).toEqual([part]);
  });
}

test("a page that isn't there leads to the directory, from whichever part", async ({ page }) => {
  for (const path of ["/nowhere", "/operations/nowhere"]) {
    await page.goto(path);
    await page.getByRole("link", { name: "To the directory" }).click();
    await expect(heading(page, "Directory")).toBeVisible();
    await expect(page).toHaveURL("/");
  }
});

test("links and the browser's own buttons lead from part to part, and whoever is signed in stays so", async ({ page }) => {
  await openAs(page, "operator", "/?q=a&view=table");
  await expect(inHeader(page, "Directory")).toHaveAttribute("aria-current", "page");

  await inHeader(page, "Operations").click();
  await expect(heading(page, "Host")).toBeVisible();
  await expect(page).toHaveURL("/operations");
  await expect(inHeader(page, "Operations")).toHaveAttribute("aria-current", "page");
  await expect(inHeader(page, "Directory")).not.toHaveAttribute("aria-current");
  await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: "Revisions" }).click();
  await expect(heading(page, "Revisions")).toBeVisible();

  await page.goBack();
  await expect(heading(page, "Host")).toBeVisible();
  await page.goBack();
  await expect(heading(page, "Directory")).toBeVisible();
  await expect(page).toHaveURL("/?q=a&view=table");
  await expect(page.getByRole("searchbox")).toHaveValue("a");
  await expect(page.getByRole("table")).toBeVisible();
  await page.goForward();
  await expect(heading(page, "Host")).toBeVisible();
  await page.goForward();
  await expect(heading(page, "Revisions")).toBeVisible();

  await inHeader(page, "Rollcall").click();
  await expect(heading(page, "Directory")).toBeVisible();
  await expect(page).toHaveURL("/");
  await expect(signOut(page)).toBeVisible();
});

test("who was added by the form is told of and listed at once, also where the browser kept the list", async ({ playwright }, { project }) => {
  const name = newName();
  const browser = await playwright.chromium.launch({
    ...project.use.launchOptions,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  const page = await browser.newPage({ baseURL: cloud.url });
  await openAs(page, "editor", `/?q=${encodeURIComponent(name)}`);
  await expect(page.getByRole("heading", { name: `Nobody matches “${name}”` })).toBeVisible();
  await page.getByRole("link", { name: "Add employee" }).click();
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Oslo");
  await page.getByRole("button", { name: "Add employee" }).click();

  await expect(page.getByRole("status").filter({ hasText: `${name} was added.` })).toBeVisible();
  await expect(heading(page, name)).toBeVisible();
  // The form is empty for the next one, and the list has whom it did not find.
  await page.goBack();
  await expect(page.getByRole("textbox", { name: "Full name" })).toHaveValue("");
  await page.goBack();
  await expect(page.getByRole("heading", { level: 2, name })).toBeVisible();
  await browser.close();
});

test("within a part nothing is loaded anew", async ({ page }) => {
  await openAs(page, "operator", "/operations");
  await expect(heading(page, "Host")).toBeVisible();
  await page.evaluate(() => (window.isTheSame = true));

  await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: "Revisions" }).click();
  await expect(heading(page, "Revisions")).toBeVisible();
  expect(await page.evaluate(() => window.isTheSame)).toBe(true);

  await inHeader(page, "Directory").click();
  await expect(heading(page, "Directory")).toBeVisible();
  expect(await page.evaluate(() => window.isTheSame)).toBe(undefined);
  await page.evaluate(() => (window.isTheSame = true));
  await page.getByRole("heading", { level: 2 }).first().getByRole("link").click();
  await expect(page.getByRole("term").first()).toBeVisible();
  expect(await page.evaluate(() => window.isTheSame)).toBe(true);
});

test("signing in leads back to the panel, and nobody gets back to the address that took the code", async ({ page }) => {
  await page.goto("/employees/new");
  await inHeader(page, "Operations").click();
  await signIn(page, "operator");
  await expect(heading(page, "Host")).toBeVisible();
  await expect(page).toHaveURL("/operations");

  await page.goBack();
  await expect(heading(page, "Host")).toBeHidden();
  expect(new URL(page.url()).pathname).not.toBe("/signed-in");
  await page.goForward();
  await expect(heading(page, "Host")).toBeVisible();
});

test("a page that the browser kept whole forgets who signed out since, and follows the theme", async ({ playwright }, { project }) => {
  const browser = await playwright.chromium.launch({
    ...project.use.launchOptions,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  const page = await browser.newPage({ baseURL: cloud.url, colorScheme: "light" });
  await openAs(page, "operator", "/");
  await page.evaluate(() => (window.isTheSame = true));
  await inHeader(page, "Operations").click();
  await expect(heading(page, "Host")).toBeVisible();
  await page.getByRole("button", { name: "Colour theme: system. Switch to light" }).click();
  await page.getByRole("button", { name: "Colour theme: light. Switch to dark" }).click();

  await page.evaluate(() => history.back());
  await expect(heading(page, "Directory")).toBeVisible();
  expect(await page.evaluate(() => window.isTheSame), "it is the page that was left").toBe(true);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("button", { name: "Colour theme: dark. Switch to system" })).toBeVisible();
  await expect(signOut(page)).toBeVisible();

  await inHeader(page, "Operations").click();
  await expect(heading(page, "Host")).toBeVisible();
  await apiOf(page)("POST", "/auth/sign-out", {});
  await page.evaluate(() => history.back());
  await expect(heading(page, "Directory")).toBeVisible();
  await expect(signOut(page)).toBeHidden();
  await browser.close();
});
