// Several people at once: they are selected in the list, and something is done with all of them on a page of its own.
import { readFileSync } from "node:fs";

import { cloud } from "./cloud.js";
import { apiOf, expect, expectAccessible, newName, openAs, test } from "./support.js";

const box = (page, name) => page.getByRole("checkbox", { name: `Select ${name}`, exact: true });
const card = (page, name) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) });
const told = (page, text) => page.getByRole("status").filter({ hasText: text });
const dialog = (page, name) => page.getByRole("dialog", { name });

/** Adds so many people in a place of their own, shows them as an editor, and takes them away in the end. */
async function withPeople(page, count, use) {
  const place = newName();
  await openAs(page, "editor", "/");
  const api = apiOf(page);
  const names = Array.from({ length: count }, (_, at) => `${place} ${String.fromCharCode(97 + (at / 26), 97 + (at % 26))}`);
  const people = [];
  for (const full_name of names) {
    people.push(await api("POST", "/api/employees", { full_name, job_title: "Tester", location: place, badges: ["bug"] }));
  }
  try {
    await expect(async () => {
      await page.goto(`/?location=${encodeURIComponent(place)}`);
      await expect(page.getByRole("status").filter({ hasText: new RegExp(`^${count} people$`) })).toBeVisible({ timeout: 2_000 });
    }).toPass();
    await use({ api, place, names, people });
  } finally {
    for (const { id } of people) await page.request.delete(`/api/employees/${id}`, { headers: { origin: cloud.url } });
  }
}

/** Selects everyone who is listed, and goes to where this is done with them. */
async function selectAll(page, names, deed) {
  await box(page, names[0]).check();
  await page.keyboard.press("Control+a");
  await expect(told(page, `${names.length} selected`)).toBeVisible();
  await page.getByRole("link", { name: `${deed}…` }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${names.length} people` })).toBeVisible();
}

/** Has each of them set to a place. */
async function setPlace(page, count, place) {
  await page.getByRole("combobox", { name: "Location" }).selectOption("Set to");
  await page.getByRole("combobox", { name: "New location" }).or(page.getByRole("textbox", { name: "New location" })).fill(place);
  await page.getByRole("button", { name: `Change ${count} people…` }).click();
  await expect(dialog(page, `Change ${count} people?`)).toContainText(`Location becomes ${place}.`);
  await dialog(page, `Change ${count} people?`).getByRole("button", { name: `Change ${count} people` }).click();
}

test("whoever may only read can select nobody", async ({ page }) => {
  await openAs(page, "reader", "/");
  await page.getByRole("heading", { level: 2 }).first().getByRole("link").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Control+a");
  await expect(page.getByRole("checkbox", { name: /^Select / })).toHaveCount(0);
  await expect(told(page, "selected")).toHaveCount(0);
  await page.goto("/several?do=delete");
  await expect(page.getByRole("heading", { name: "Not allowed" })).toBeVisible();
});

test("people are selected by click, with Shift and by keyboard, and let go again", async ({ page }) => {
  await withPeople(page, 8, async ({ names }) => {
    await box(page, names[0]).check();
    await expect(told(page, /^1 selected$/)).toBeVisible();
    await card(page, names[3]).click({ modifiers: ["Shift"], position: { x: 40, y: 40 } });
    await expect(told(page, /^4 selected$/)).toBeVisible();
    for (const name of names.slice(0, 4)) await expect(box(page, name)).toBeChecked();
    // Whoever is selected already stays so where a range ends on them.
    await box(page, names[1]).click({ modifiers: ["Shift"] });
    await expect(box(page, names[1])).toBeChecked();
    await expect(told(page, /^4 selected$/)).toBeVisible();

    await page.getByRole("link", { name: names[5] }).focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("End");
    await expect(page.getByRole("link", { name: names[7] })).toBeFocused();
    await page.keyboard.press("Shift+Space");
    await expect(told(page, /^7 selected$/)).toBeVisible();
    await page.keyboard.press("Space");
    await expect(told(page, /^6 selected$/)).toBeVisible();
    await page.keyboard.press("Control+a");
    await expect(told(page, /^8 selected$/)).toBeVisible();
    await expectAccessible(page, "a selection");
    await page.keyboard.press("Escape");
    await expect(told(page, "selected")).toHaveCount(0);
    await expect(box(page, names[0])).not.toBeChecked();

    // The same in the table.
    await page.getByRole("button", { name: "Table" }).click();
    await box(page, names[2]).check();
    await page.getByRole("row").filter({ hasText: names[4] }).click({ modifiers: ["Shift"] });
    await expect(told(page, /^3 selected$/)).toBeVisible();
    await expectAccessible(page, "a selection in the table");
  });
});

test("a selection outlasts other searches, other pages and a reload", async ({ page }) => {
  await withPeople(page, 3, async ({ names }) => {
    await box(page, names[0]).check();
    await box(page, names[2]).check();
    await page.getByRole("searchbox").fill(names[1]);
    await expect(page.getByRole("heading", { level: 2 })).toHaveText([names[1]]);
    await expect(told(page, "2 selected, 2 of them not in this list")).toBeVisible();
    await page.reload();
    await expect(told(page, "2 selected, 2 of them not in this list")).toBeVisible();
    await page.getByRole("searchbox").fill("");
    await page.getByRole("link", { name: names[1] }).click();
    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.getByRole("link", { name: "Directory" }).first().click();
    await expect(told(page, "2 selected")).toBeVisible();

    await page.getByRole("link", { name: "Change…" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "2 people" })).toBeVisible();
    await page.getByText(`${names[0]} and ${names[2]}`).click();
    await expect(page.getByRole("main").getByRole("listitem")).toHaveText([names[0], names[2]]);
    await page.goBack();
    await page.getByRole("button", { name: "Clear" }).click();
    await expect(told(page, "selected")).toHaveCount(0);
    await page.goto("/several?do=delete");
    await expect(page.getByRole("heading", { name: "Nobody is selected" })).toBeVisible();
    await expectAccessible(page, "nobody is selected");
  });
});

test("all that are listed are selected, also those who are out of the document, and stay so while one scrolls", async ({ page }) => {
  const person = (at) => ({ id: `e-${at}`, full_name: `Person ${String(at).padStart(3, "0")}`, location: "Oslo", job_title: "Tester", badges: [], photo_url: null });
  await page.route("**/api/employees?*", (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    const employees = Array.from({ length: 100 }, (_, at) => person(from + at));
    return route.fulfill({ json: { employees, total: 300, next_cursor: from < 200 ? String(from + 100) : null } });
  });
  await openAs(page, "editor", "/?view=table");
  await box(page, "Person 000").check();
  await page.keyboard.press("End");
  await expect(box(page, "Person 099")).toBeVisible();
  await expect(box(page, "Person 000")).toBeHidden();
  await page.keyboard.press("Shift+Space");
  await expect(told(page, "100 selected")).toBeVisible();
  await expect(box(page, "Person 099")).toBeChecked();
  await page.getByRole("button", { name: "Select all 200 listed" }).click();
  await expect(told(page, "200 selected")).toBeVisible();
  await page.evaluate(() => window.scrollTo(0, 0));
  await expect(box(page, "Person 000")).toBeChecked();
});

test("thirty people are set to a place, with one confirmation and one undo for all", async ({ page }) => {
  await withPeople(page, 30, async ({ api, place, names, people }) => {
    const goal = newName();
    await selectAll(page, names, "Change");
    await expectAccessible(page, "the change of several");
    const one = page.getByRole("button", { name: "Change 30 people…" });
    await expect(one).toHaveAccessibleDescription("Choose what to change.");
    await page.getByRole("combobox", { name: "Bugfixer" }).selectOption("Take away");
    await page.getByRole("combobox", { name: "Coffee Snob" }).selectOption("Give");
    await setPlace(page, 30, goal);
    await expect(told(page, "30 people were changed.")).toBeVisible();
    await expect(page.getByText("30 of 30")).toBeVisible();
    await expectAccessible(page, "several people were changed");
    for (const { id, full_name } of people) {
      const now = await api("GET", `/api/employees/${id}`);
      expect([now.full_name, now.job_title, now.location, now.badges]).toEqual([full_name, "Tester", goal, ["coffee"]]);
    }

    // Someone else moves one of them on meanwhile: that stays.
    await api("PUT", `/api/employees/${people[4].id}`, { full_name: names[4], job_title: "Tester", location: "Bergen", badges: ["coffee"] });
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(told(page, "29 people were set back. 1 person was left as someone else has changed them since.")).toBeVisible();
    for (const [at, { id }] of people.entries()) {
      const now = await api("GET", `/api/employees/${id}`);
      expect([now.location, now.badges]).toEqual([at === 4 ? "Bergen" : place, ["bug"]]);
    }
  });
});

test("several are deleted after one question, and brought back by one undo", async ({ page }) => {
  await withPeople(page, 5, async ({ api, names, people }) => {
    await selectAll(page, names, "Delete");
    await page.getByRole("button", { name: "Delete 5 people…" }).click();
    await expect(dialog(page, "Delete 5 people?")).toContainText(`${names[0]}, ${names[1]}, ${names[2]} and 2 others`);
    await expectAccessible(page, "the question before several are deleted");
    await dialog(page, "Delete 5 people?").getByRole("button", { name: "Delete 5 people" }).click();
    await expect(told(page, "5 people were deleted.")).toBeVisible();
    for (const { id } of people) expect((await page.request.get(`/api/employees/${id}`)).status()).toBe(404);

    await page.getByRole("button", { name: "Undo" }).click();
    await expect(told(page, "5 people were brought back.")).toBeVisible();
    for (const [at, { id }] of people.entries()) {
      expect(await api("GET", `/api/employees/${id}`)).toMatchObject({ full_name: names[at], badges: ["bug"] });
    }
    await page.getByRole("link", { name: "Back to the list" }).click();
    await expect(page.getByRole("heading", { level: 2, name: names[0] })).toBeVisible();
  });
});

test("whoever it fails with is told by name with the reason, and it is tried again", async ({ page }) => {
  await withPeople(page, 6, async ({ api, names, people }) => {
    const goal = newName();
    const refusal = { type: "urn:x", title: "In conflict", status: 409, detail: "Others are changing this employee.", request_id: "r-7" };
    await selectAll(page, names, "Change");
    await page.route(`**/api/employees/${people[2].id}`, (route) =>
      route.request().method() === "PUT"
        ? route.fulfill({ status: 409, contentType: "application/problem+json", json: refusal })
        : route.continue(),
    );
    await setPlace(page, 6, goal);
    await expect(told(page, "5 people were changed. 1 person was not; the reasons stand below.")).toBeVisible();
    await expect(page.getByRole("row").filter({ hasText: names[2] })).toContainText("Others are changing this employee.");
    await expectAccessible(page, "one that failed");

    await page.unrouteAll();
    await page.getByRole("button", { name: "Try those again" }).click();
    await expect(told(page, "6 people were changed.")).toBeVisible();
    for (const { id } of people) expect((await api("GET", `/api/employees/${id}`)).location).toBe(goal);
  });
});

test("what is being done can be stopped and gone on with, and whoever was not reached stays selected", async ({ page }) => {
  await withPeople(page, 12, async ({ names }) => {
    await selectAll(page, names, "Change");
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route("**/api/employees/*", async (route) => {
      if (route.request().method() === "PUT") await held;
      await route.continue();
    });
    await setPlace(page, 12, newName());
    await expect(page.getByText("0 of 12")).toBeVisible();
    await page.getByRole("button", { name: "Stop" }).click();
    release();
    await expect(told(page, "4 people were changed. 8 people were left as they are.")).toBeVisible();
    await page.unrouteAll();
    await page.getByRole("link", { name: "Back to the list" }).click();
    await expect(told(page, /^8 selected/)).toBeVisible();
    await page.goBack();
    await expect(page.getByRole("heading", { level: 1, name: "8 people" })).toBeVisible();
  });
});

test("a manager is picked from the list before anyone gets one", async ({ page }) => {
  await withPeople(page, 3, async ({ api, names, people }) => {
    await box(page, names[1]).check();
    await box(page, names[2]).check();
    await page.getByRole("link", { name: "Change…" }).click();
    await page.getByRole("combobox", { name: "Manager", exact: true }).selectOption("Set to");
    const picker = page.getByRole("combobox", { name: "New manager" });
    await picker.fill(names[0]);
    await page.getByRole("button", { name: "Change 2 people…" }).click();
    await expect(page.getByText("Pick someone from the list.", { exact: true })).toBeVisible();
    await expect(page.getByRole("dialog")).toBeHidden();
    await picker.fill(names[0]);
    await page.getByRole("option", { name: names[0] }).click();
    await page.getByRole("button", { name: "Change 2 people…" }).click();
    await expect(dialog(page, "Change 2 people?")).toContainText(`Manager becomes ${names[0]}.`);
    await dialog(page, "Change 2 people?").getByRole("button", { name: "Change 2 people" }).click();
    await expect(told(page, "2 people were changed.")).toBeVisible();
    for (const { id } of people.slice(1)) expect((await api("GET", `/api/employees/${id}`)).manager).toBe(people[0].id);
  });
});

test("those who are selected are saved as rows and as cards", async ({ page }) => {
  await withPeople(page, 3, async ({ names }) => {
    await box(page, names[0]).check();
    await box(page, names[2]).check();
    await page.getByRole("link", { name: "Export…" }).click();
    await expectAccessible(page, "the export of several");
    for (const [button, file, begins] of [["Save as CSV", "employees.csv", "\ufeffid,Full name,"], ["Save as vCards", "employees.vcf", "BEGIN:VCARD"]]) {
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: button }).click();
      const saved = await download;
      expect(saved.suggestedFilename()).toBe(file);
      const text = readFileSync(await saved.path(), "utf8");
      expect(text.startsWith(begins)).toBe(true);
      expect(names.map((name) => text.includes(name))).toEqual([true, false, true]);
    }
  });
});
