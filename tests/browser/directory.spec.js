import { cloud } from "./cloud.js";
import { expect, newName, openAs, photoInput, picture, test } from "./support.js";

/** Fills the form for a new employee and sends it. */
async function add(page, name, photo) {
  await page.getByRole("link", { name: "Add employee" }).click();
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Reykjavík");
  await page.getByRole("checkbox", { name: "Bugfixer" }).check();
  if (photo) await photoInput(page).setInputFiles(photo);
  await page.getByRole("button", { name: "Add employee" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

test("the directory shows everyone with photo and badges to whoever comes", async ({ page }) => {
  await page.goto("/");

  await expect(page.getByRole("heading", { level: 2 })).not.toHaveCount(0);
  await expect(page.getByRole("list", { name: "Badges" }).first()).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: /^\d+ people$/ })).toBeVisible();
});

test("what someone looks for is in the address and survives a reload", async ({ page }) => {
  await page.goto("/");
  const people = page.getByRole("heading", { level: 2 });
  const first = await people.first().innerText();

  await page.getByRole("searchbox").fill(first.toUpperCase());

  await expect(people).toHaveText([first]);
  await page.reload();
  await expect(page.getByRole("searchbox")).toHaveValue(first.toUpperCase());
  await expect(people).toHaveText([first]);

  await page.getByRole("searchbox").fill("nobody is called this");
  await page.getByRole("button", { name: "Show everyone" }).click();
  await expect(people).not.toHaveCount(1);
});

test("an employee is added with a photo, changed, and deleted", async ({ page }) => {
  const [name, married] = [newName(), newName()];
  await openAs(page, "editor", "/");

  await add(page, name, picture());

  await expect(page.getByRole("img", { name: `Photo of ${name}` })).toBeVisible();
  await expect(page.getByRole("list", { name: "Badges" })).toHaveText("Bugfixer");

  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await page.getByRole("textbox", { name: "Full name" }).fill(married);
  await page.getByRole("button", { name: "Remove photo" }).click();
  await page.getByRole("button", { name: "Save changes" }).click();

  await expect(page.getByRole("heading", { level: 1, name: married })).toBeVisible();
  await expect(page.getByRole("img", { name: `Photo of ${married}` })).toBeHidden();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: married })).toBeVisible();

  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: `Delete ${married}?` });
  await dialog.getByRole("button", { name: "Delete" }).click();

  await expect(page.getByRole("heading", { level: 1, name: "Directory" })).toBeVisible();
  await page.getByRole("searchbox").fill(married);
  await expect(page.getByRole("heading", { name: `Nobody matches “${married}”` })).toBeVisible();
});

test("a form that isn't right says so at each field and loses nothing", async ({ page }) => {
  await openAs(page, "editor", "/employees/new");
  await page.getByRole("textbox", { name: "Full name" }).fill("  ");
  await page.getByRole("textbox", { name: "Location" }).fill("Oslo");
  await photoInput(page).setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hi") });

  await expect(photoInput(page)).toHaveAccessibleDescription(/is no picture that this browser can read/);
  await page.getByRole("button", { name: "Add employee" }).click();

  const name = page.getByRole("textbox", { name: "Full name" });
  await expect(name).toHaveAccessibleDescription("Is empty; enter at least one character.");
  await expect(name).toBeFocused();
  await expect(page.getByRole("textbox", { name: "Location" })).toHaveValue("Oslo");
});

test("a picture that the API refuses is refused at its field, and the details are kept", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/employees/new");
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Oslo");
  await photoInput(page).setInputFiles(picture());
  await expect(page.getByRole("application", { name: "Part of the picture" })).toBeVisible();
  const photos = "**/api/employees/*/photo";
  const problem = { type: "about:blank", title: "Invalid", status: 422, detail: "The photo is not valid.", request_id: "1" };
  const errors = [{ field: "photo", detail: "is damaged and cannot be decoded; save it anew" }];
  await page.route(photos, (route) => route.fulfill({ status: 422, json: { ...problem, errors } }));
  await page.getByRole("button", { name: "Add employee" }).click();

  await expect(photoInput(page)).toHaveAccessibleDescription(/The details are saved, the photo is not: is damaged/);

  await page.unroute(photos);
  await page.getByRole("button", { name: "Add employee" }).click();
  await expect(page.getByRole("img", { name: `Photo of ${name}` })).toBeVisible();
  await page.getByRole("link", { name: "Directory" }).first().click();
  await page.getByRole("searchbox").fill(name);
  await expect(page.getByRole("heading", { level: 2 })).toHaveText([name]);
});

test("whoever adds someone while the network loses the answer has added them once", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/");
  const sent = [];
  await page.route("**/api/employees", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    const headers = await route.request().allHeaders();
    sent.push(headers["idempotency-key"]);
    if (sent.length > 1) return route.continue();
    // A change counts only from the site itself; what is sent on from here says so.
    const done = await route.fetch({ headers: { ...headers, origin: cloud.url } });
    expect(done.status()).toBe(201);
    return route.abort();
  });
  await add(page, name);

  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  expect(sent).toHaveLength(2);
  expect(sent[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(sent[1]).toBe(sent[0]);
  await page.getByRole("link", { name: "Directory" }).first().click();
  await page.getByRole("searchbox").fill(name);
  await expect(page.getByRole("heading", { level: 2 })).toHaveText([name]);
});

test("who may not edit sees the buttons, and why they can't be used", async ({ page }) => {
  await openAs(page, "reader", "/");

  const button = page.getByRole("link", { name: "Add employee" });
  await expect(button).toHaveAttribute("aria-disabled", "true");
  await expect(button).toHaveAccessibleDescription("Only members of the group Editors may change employees.");

  await page.goto("/employees/new");
  await expect(page.getByRole("heading", { name: "Not allowed" })).toBeVisible();
  await expect(page.getByText("Only members of the group Editors")).toBeVisible();
});

test("the dialog is answered by keyboard alone, and the focus comes back", async ({ page }) => {
  await openAs(page, "editor", "/");
  await page.getByRole("heading", { level: 2 }).first().getByRole("link").focus();
  await page.keyboard.press("Enter");
  const heading = page.getByRole("heading", { level: 1 });
  await expect(page.getByRole("button", { name: "Delete" })).not.toHaveAttribute("aria-disabled", "true");
  await expect(heading).toBeFocused();

  // Past the chart, the card and the form.
  for (let at = 0; at < 4; at += 1) await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Delete" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expect(page.getByRole("dialog").getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Escape");

  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("button", { name: "Delete" })).toBeFocused();
});

test("a failing directory says so and can be tried again", async ({ page }) => {
  const route = "**/api/employees?*";
  await page.route(route, (request) =>
    request.fulfill({
      status: 503,
      contentType: "application/problem+json",
      json: { type: "urn:x", title: "Unavailable", status: 503, detail: "The table rests.", request_id: "r-7" },
    }),
  );
  await page.goto("/");

  const failure = page.getByRole("main").getByRole("alert");
  await expect(failure).toContainText("The table rests.");
  await expect(failure).toContainText("r-7");

  await page.unroute(route);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
});

test("a badge that is newer than the page leaves the directory readable", async ({ page }) => {
  await page.route("**/api/employees?*", async (request) => {
    const response = await request.fetch();
    const answer = await response.json();
    answer.employees[0].badges = ["astronaut", "bug"];
    await request.fulfill({ response, json: answer });
  });

  await page.goto("/");

  await expect(page.getByRole("status").filter({ hasText: /^\d+ people$/ })).toBeVisible();
  await expect(page.getByRole("heading", { level: 2 })).not.toHaveCount(0);
});

test("what API Gateway itself refuses is said in plain words", async ({ page }) => {
  for (const [status, message, said] of [
    [429, "Too Many Requests", "There are too many requests at the moment"],
    [503, "Service Unavailable", "The server can’t take the request at the moment"],
  ]) {
    await page.unrouteAll();
    await page.route("**/api/employees?*", (request) => request.fulfill({ status, json: { message } }));
    await page.goto("/");
    await expect(page.getByRole("main").getByRole("alert")).toContainText(said);
  }
});

test("a person who isn't there is not found, also after a reload", async ({ page }) => {
  await page.goto("/employees/3f2b0c52-0000-4000-8000-000000000000");

  await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
});
