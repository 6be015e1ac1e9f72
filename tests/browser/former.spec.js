import { expect, expectAccessible, newName, openAs, picture, photoInput, test } from "./support.js";

/** Adds someone, as an editor who has signed in, and shows their page. */
async function add(page, name) {
  await page.goto("/employees/new");
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Reykjavík");
  await photoInput(page).setInputFiles(picture());
  await page.getByRole("button", { name: "Add employee" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

/** Deletes whoever is shown. */
async function remove(page, name) {
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("status").filter({ hasText: `${name} was deleted.` })).toBeVisible();
}

/** Someone in the list of former people. */
function former(page, name) {
  return page.getByRole("main").getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
}

test("a deletion is undone by keyboard from its message, with the photo", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/");
  await add(page, name);
  await remove(page, name);
  await expect(page.getByRole("heading", { level: 1, name: "Directory" })).toBeFocused();

  // One step back from the heading of the page are the buttons of the message.
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await expect(page.getByRole("button", { name: "Undo" })).toBeFocused();
  await page.keyboard.press("Enter");

  await expect(page.getByRole("status").filter({ hasText: `${name} is back in the directory.` })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "Directory" })).toBeFocused();
  await page.getByRole("searchbox").fill(name);
  await page.getByRole("heading", { level: 2, name }).getByRole("link").click();
  await expect(page.getByRole("img", { name: `Photo of ${name}` })).toBeVisible();
});

test("whoever was deleted is among the former people, and is restored there", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/");
  await add(page, name);
  await remove(page, name);

  await page.getByRole("link", { name: "Former people" }).click();

  await expect(page.getByRole("heading", { level: 1, name: "Former people" })).toBeVisible();
  const person = former(page, name);
  await expect(person).toContainText(/Tester · Reykjavík/);
  await expect(person).toContainText(/Deleted by editor on .*Kept until .* \(29 days left\)\./);
  const [left, gone] = await person.locator("time").evaluateAll((all) => all.map((it) => Date.parse(it.dateTime)));
  expect(Math.round((gone - left) / 86_400_000)).toBe(30);
  await expectAccessible(page, "/former");

  await person.getByRole("button", { name: "Restore" }).click();

  await expect(page.getByRole("status").filter({ hasText: `${name} is back in the directory.` })).toBeVisible();
  await expect(person).toBeHidden();
  await page.getByRole("link", { name: "Directory" }).first().click();
  await page.getByRole("searchbox").fill(name);
  await expect(page.getByRole("heading", { level: 2, name })).toBeVisible();
});

test("someone is erased for good only after their name was typed", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/");
  await add(page, name);
  await remove(page, name);
  await page.getByRole("link", { name: "Former people" }).click();
  await former(page, name).getByRole("button", { name: "Erase" }).click();

  const dialog = page.getByRole("dialog", { name: `Erase ${name} for good?` });
  const typed = dialog.getByRole("textbox", { name: `Type ${name} to confirm` });
  const erase = dialog.getByRole("button", { name: "Erase for good" });
  await expect(erase).toHaveAttribute("aria-disabled", "true");
  await expect(erase).toHaveAccessibleDescription("Type the name as it stands above.");
  await expectAccessible(page, "erasing someone");
  await typed.fill(name.toLowerCase());
  await expect(erase).toHaveAttribute("aria-disabled", "true");
  // Who leaves the dialog and opens it again has typed nothing.
  await typed.fill(name);
  await page.keyboard.press("Escape");
  await former(page, name).getByRole("button", { name: "Erase" }).click();
  await expect(typed).toHaveValue("");
  await typed.fill(name);
  await erase.click();

  await expect(page.getByRole("status").filter({ hasText: `${name} was erased for good.` })).toBeVisible();
  await expect(dialog).toBeHidden();
  await expect(former(page, name)).toBeHidden();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Former people" })).toBeVisible();
  await expect(former(page, name)).toBeHidden();
});

test("what could not be restored or erased says why and stays", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/");
  await add(page, name);
  await remove(page, name);
  await page.getByRole("link", { name: "Former people" }).click();
  const refusal = { type: "urn:x", title: "In conflict", status: 409, detail: "Someone with this id is there.", request_id: "r-7" };
  await page.route("**/restore", (route) =>
    route.fulfill({ status: 409, contentType: "application/problem+json", json: refusal }),
  );

  await former(page, name).getByRole("button", { name: "Restore" }).click();

  await expect(page.getByRole("alert").filter({ hasText: `${name} was not restored.` })).toContainText(
    "Someone with this id is there. Request r-7",
  );
  await expect(former(page, name)).toBeVisible();
});

test("former people are shown in each state, and to editors alone", async ({ page }) => {
  await page.goto("/former");
  await expect(page.getByRole("heading", { level: 1, name: "Former people" })).toBeVisible();
  await expect(page.getByText("You have to be signed in to change employees.")).toBeVisible();
  await openAs(page, "reader", "/former");
  await expect(page.getByRole("heading", { name: "Not allowed" })).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Former people" })).toBeHidden();
});

test("nobody who left, and a list that fails, are said in words", async ({ page }) => {
  const route = "**/api/former-employees*";
  await page.route(route, (request) => request.fulfill({ json: { former: [], next_cursor: null } }));
  await openAs(page, "editor", "/former");
  await expect(page.getByRole("heading", { name: "Nobody has left" })).toBeVisible();
  await expectAccessible(page, "nobody left");

  await page.unroute(route);
  await page.route(route, (request) =>
    request.fulfill({
      status: 503,
      contentType: "application/problem+json",
      json: { type: "urn:x", title: "Unavailable", status: 503, detail: "The table rests.", request_id: "r-7" },
    }),
  );
  await page.reload();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("The table rests.");
  await page.unroute(route);
  await page.getByRole("button", { name: "Try again" }).click();
  const restore = page.getByRole("button", { name: "Restore" }).first();
  await expect(restore.or(page.getByRole("heading", { name: "Nobody has left" }))).toBeVisible();
});

test("older ones are read when someone asks for them", async ({ page }) => {
  const person = (number) => ({
    employee: { id: `e-${number}`, full_name: number === 3 ? "" : `Person ${number}`, location: "", job_title: "", badges: [], photo_url: null },
    left_at: "2026-11-24T06:00:00Z",
    how: number === 2 ? "elsewhere" : "retired",
    by: null,
    expires_at: null,
  });
  await page.route("**/api/former-employees*", (request) => {
    const older = request.request().url().includes("cursor=c-2");
    const answer = older ? { former: [person(3)], next_cursor: null } : { former: [person(1), person(2)], next_cursor: "c-2" };
    return request.fulfill({ json: answer });
  });
  await openAs(page, "editor", "/former");

  const people = page.getByRole("main").getByRole("heading", { level: 2 });
  await expect(people).toHaveText(["Person 1", "Person 2"]);
  await expect(former(page, "Person 2")).toContainText("Deleted by another program on");
  await expect(former(page, "Person 1")).toContainText(/Left on .* Kept until someone erases it\./);
  await page.getByRole("button", { name: "Show older" }).click();
  await expect(people).toHaveText(["Person 1", "Person 2", "e-3"]);
  await expect(page.getByRole("button", { name: "Show older" })).toBeHidden();
});
