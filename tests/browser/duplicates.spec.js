import { expect, expectAccessible, newName, openAs, test } from "./support.js";

/** Adds someone by the form, as an editor who has signed in, with these details. */
async function add(page, name, details = {}) {
  await page.goto("/employees/new");
  const all = { "Full name": name, "Job title": "Tester", Location: "Reykjavík", ...details };
  for (const [label, text] of Object.entries(all)) {
    await page.getByRole("textbox", { name: label }).fill(text);
  }
  await page.getByRole("button", { name: "Add employee" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

/** Those of this name, side by side. The search index knows someone new after a moment. */
async function together(page, name) {
  const group = page.getByRole("article").filter({ has: page.getByRole("link", { name, exact: true }) });
  await expect(async () => {
    await page.goto("/duplicates");
    await expect(page.getByRole("heading", { level: 1, name: "Possible duplicates" })).toBeVisible();
    const more = page.getByRole("button", { name: "Show more" });
    while (await more.isVisible()) await more.click();
    await expect(group).toBeVisible({ timeout: 1_000 });
  }).toPass();
  return group;
}

/** A message about what was done. */
function told(page, text) {
  return page.getByRole("status").filter({ hasText: text });
}

test("two records are merged by keyboard as it is chosen, and are two again when that is undone", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/");
  await add(page, name, { Phone: "+49 30 901820", Links: "https://one.example/" });
  await add(page, name, { Phone: "+49 30 901821", Links: "https://two.example/", Department: "Sums" });

  const group = await together(page, name);
  await expect(group).toContainText("The older record");
  await expectAccessible(page, "/duplicates");
  // Of what only one has nothing is lost, of several both stay, and of two the older one's stays unless someone chooses.
  await expect(group.getByRole("radiogroup", { name: "Department" }).getByRole("radio", { name: "Sums" })).toBeChecked();
  await expect(group.getByRole("radiogroup", { name: "Links" }).getByRole("radio", { name: "Both" })).toBeChecked();
  const phones = group.getByRole("radiogroup", { name: "Phone" });
  await expect(phones.getByRole("radio", { name: "+49 30 901820" })).toBeChecked();
  await phones.getByRole("radio", { name: "+49 30 901820" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(phones.getByRole("radio", { name: "+49 30 901821" })).toBeChecked();
  await group.getByRole("button", { name: "Merge into one" }).press("Enter");

  await expect(told(page, `${name} is one record now.`)).toBeVisible();
  await expect(group).toBeHidden();
  await expect(page.getByRole("heading", { level: 1, name: "Possible duplicates" })).toBeFocused();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(told(page, "They are two records again, as they were.")).toBeVisible();

  const again = await together(page, name);
  await expect(again.getByRole("radio", { name: "+49 30 901821" })).toBeVisible();
});

test("a merge is taken back among the former people, too", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/");
  await add(page, name);
  await add(page, name, { Department: "Sums" });
  await (await together(page, name)).getByRole("button", { name: "Merge into one" }).click();
  await expect(told(page, `${name} is one record now.`)).toBeVisible();

  await page.goto("/former");
  const person = page.getByRole("main").getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
  await expect(person).toContainText("Merged into another record by editor");
  await person.getByRole("button", { name: "Undo the merge" }).click();
  await expect(told(page, `${name} is back in the directory.`)).toBeVisible();
});

test("people who only share a name are told apart, and that is undone", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/");
  await add(page, name);
  await add(page, name, { "Job title": "Another tester" });
  const group = await together(page, name);
  await group.getByRole("button", { name: "They are different people" }).click();
  await expect(told(page, "They will not be listed together again.")).toBeVisible();
  await expect(group).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(group).toBeVisible();
});

test("what can't be read says so, and where nobody is alike that is said", async ({ page }) => {
  await page.route("**/api/duplicates?*", (route) =>
    route.fulfill(
      route.request().url().includes("same=email")
        ? { json: { groups: [], next_cursor: null } }
        : { status: 503, contentType: "application/problem+json", json: { title: "Away", status: 503, detail: "Later." } },
    ),
  );
  await openAs(page, "editor", "/duplicates");
  await expect(page.getByRole("alert").filter({ hasText: "could not be loaded" })).toBeVisible();
  await page.getByRole("link", { name: "Same e-mail address" }).click();
  await expect(page.getByText("Nobody seems to be there twice")).toBeVisible();
  await expect(page).toHaveURL(/same=email/);
});

test("whoever may not edit is told so", async ({ page }) => {
  await openAs(page, "reader", "/duplicates");
  await expect(page.getByRole("heading", { level: 1, name: "Possible duplicates" })).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(0);
});
