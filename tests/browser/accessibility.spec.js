import { expect, expectAccessible, openAs, test } from "./support.js";

const PAGES = [
  ["/", "Directory"],
  ["/employees/new", "Add employee"],
  ["/operations", "Host"],
  ["/operations/revisions", "Revisions"],
  ["/operations/revisions/new", "New revision"],
  ["/operations/relaunches", "Relaunches"],
  ["/nowhere", "Page not found"],
];

for (const scheme of ["light", "dark"]) {
  test(`axe finds nothing wrong with any page in ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await openAs(page, "operator", "/");
    for (const [path, heading] of PAGES) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
      await expect(page.getByText(/^Loading|^Asking/)).toHaveCount(0);
      await expectAccessible(page, path);
    }
  });

  test(`axe finds nothing wrong with an employee and the dialog in ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await openAs(page, "editor", "/");
    await page.getByRole("heading", { level: 2 }).first().getByRole("link").click();
    await expect(page.getByRole("term").first()).toBeVisible();
    await expectAccessible(page, "an employee");

    await page.getByRole("link", { name: "Edit" }).click();
    await expect(page.getByRole("textbox", { name: "Full name" })).toBeVisible();
    await expectAccessible(page, "the form");

    await page.goBack();
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectAccessible(page, "the dialog");
  });
}

test("on a phone nothing has to be scrolled sideways", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await openAs(page, "operator", "/");
  for (const [path, heading] of PAGES) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await expect(page.getByText(/^Loading|^Asking/)).toHaveCount(0);
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overhang, path).toBeLessThanOrEqual(0);
  }
});

test("going to another page puts the focus on its heading and changes the title", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Directory" })).not.toBeFocused();

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Operations" }).click();

  await expect(page.getByRole("heading", { level: 1, name: "Operations" })).toBeFocused();
  await expect(page).toHaveTitle("Operations · Rollcall");
});

test("the skip link leads past the header", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Directory" })).toBeVisible();

  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");

  await expect(page.getByRole("main")).toBeFocused();
});

test("a chosen theme is kept", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);

  await page.getByRole("button", { name: "Colour theme: system. Switch to light" }).click();
  await page.getByRole("button", { name: "Colour theme: light. Switch to dark" }).click();

  expect(await scheme()).toBe("dark");
  await page.reload();
  expect(await scheme()).toBe("dark");
});
