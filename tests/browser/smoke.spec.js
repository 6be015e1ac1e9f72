import { expect, test } from "@playwright/test";

test("the site starts under the content security policy", async ({ page }) => {
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));

  await page.goto("/");

  await expect(page).toHaveTitle(/Rollcall/);
  expect(complaints).toEqual([]);
});

const notStarted = (page) => page.getByRole("heading", { name: "Rollcall has not started" });

for (const [what, file] of [
  ["the application", "rollcall_bg.wasm"],
  ["what joins it to the browser", "rollcall.js"],
  ["what starts it", "start.js"],
  ["what all of it imports", "*.js"],
]) {
  test(`where ${what} can't be had, the page says so and what to do`, async ({ page }) => {
    await page.route(`**/assets/*/${file}`, (request) => request.fulfill({ status: 403, body: "AccessDenied" }));

    await page.goto("/");

    await expect(notStarted(page)).toBeVisible();
    await expect(page.getByRole("alert")).toContainText("reload the page", { ignoreCase: true });
    await page.unrouteAll();
    await page.getByRole("link", { name: "Reload the page" }).click();
    await expect(page.getByRole("searchbox")).toBeVisible();
  });
}

test("where the connection ends before all of the application is there, the page says so", async ({ page }) => {
  await page.route("**/rollcall_bg.wasm", (request) => request.abort("connectionreset"));

  await page.goto("/");

  await expect(notStarted(page)).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("could not be loaded");
});

test("a browser without WebAssembly is told what is missing", async ({ page }) => {
  await page.addInitScript(() => delete globalThis.WebAssembly);

  await page.goto("/");

  await expect(notStarted(page)).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("WebAssembly is missing or switched off");
});

test("a browser that may run no scripts is told so", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();

  await page.goto("/");

  await expect(page.getByRole("heading", { name: "Rollcall needs JavaScript" })).toBeVisible();
  await expect(notStarted(page)).toBeHidden();
  await context.close();
});
