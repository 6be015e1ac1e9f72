import { expect, test } from "@playwright/test";

test("the site starts under the content security policy", async ({ page }) => {
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));

  await page.goto("/");

  await expect(page).toHaveTitle(/Rollcall/);
  expect(complaints).toEqual([]);
});
