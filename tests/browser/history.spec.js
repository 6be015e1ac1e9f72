// What was done, and by whom: in the form about an employee, and in the audit log of the operations.
import { readFile } from "node:fs/promises";

import { apiOf, expect, openAs, test } from "./support.js";

async function someone(page, name) {
  const api = apiOf(page);
  const added = await api("POST", "/api/employees", { full_name: name, location: "Köln", job_title: "Analyst" });
  await api("PUT", `/api/employees/${added.id}`, { full_name: name, location: "Bonn", job_title: "Analyst" });
  return added;
}

test("an editor sees in the form what stood there before, and who changed it", async ({ page }) => {
  await openAs(page, "editor", "/");
  const { id } = await someone(page, `Ute ${crypto.randomUUID().slice(0, 8)}`);
  await page.goto(`/employees/${id}/edit`);
  await page.getByText("History", { exact: true }).click();
  const history = page.locator("details.history");
  await expect(history.getByRole("heading")).toHaveText(["Change employee", "Add employee"]);
  await expect(history.getByRole("listitem").first()).toContainText("editor");
  await expect(history.locator("del").first()).toHaveText("Köln");
  await expect(history.locator("ins").first()).toHaveText("Bonn");
});

test("an operator finds entries by what, about whom and when, at an address that can be handed on", async ({ page }) => {
  await openAs(page, "operator", "/operations/audit");
  await page.getByLabel("What").selectOption({ label: "Refused" });
  await page.getByLabel("About").fill("no such thing");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/\?action=refuse&thing=no(\+|%20)such(\+|%20)thing/);
  await expect(page.getByText("Nothing in the log fits")).toBeVisible();
  await expect(page.getByLabel("What")).toHaveValue("refuse");
  await page.getByRole("link", { name: "Show all" }).click();
  await expect(page.getByRole("table")).toBeVisible();
});

test("the log can be saved as a file", async ({ page }) => {
  await openAs(page, "operator", "/operations/audit");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export as CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("rollcall-audit.csv");
  expect((await readFile(await download.path(), "utf8")).split("\r\n")[0]).toMatch(/^at,who,id,how,action,/);
});
