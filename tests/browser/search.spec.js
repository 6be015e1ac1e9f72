import { expect, expectAccessible, newName, openAs, test } from "./support.js";

const people = (page) => page.getByRole("main").getByRole("heading", { level: 2 }).filter({ has: page.getByRole("link") });
const box = (page) => page.getByRole("searchbox");

function person(number, more = {}) {
  const full_name = `Person ${String(number).padStart(6, "0")}`;
  return { id: `id-${number}`, full_name, location: "Oslo", job_title: "Engineer", badges: [], photo_url: null, ...more };
}

/** Lets the API tell of so many people; each page holds as many as it is asked for. */
async function answerWithPeople(page, count) {
  await page.route("**/api/employees?*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [from, limit] = [Number(query.get("cursor") ?? 0), Number(query.get("limit"))];
    const employees = Array.from({ length: Math.min(limit, count - from) }, (_, at) => person(from + at));
    const next = from + limit < count ? String(from + limit) : null;
    return route.fulfill({ json: { employees, total: count, next_cursor: next } });
  });
}

test("filters are chosen beside the list, stand in the address, and are taken away again", async ({ page }) => {
  await page.goto("/");
  await expect(people(page).first()).toBeVisible();
  // By number: those who are far down are not in the document.
  const found = page.getByRole("status").filter({ hasText: /^\d+ people$/ });
  const everyone = await found.innerText();
  // Where the fewest are, all of whom are on the page.
  const choice = page.getByRole("group", { name: "Location" }).getByRole("checkbox").last();
  const label = await choice.locator("..").innerText();
  const [place, count] = [label.split("\n")[0], Number(label.split("\n").at(-1))];

  await choice.check();

  await expect(people(page)).toHaveCount(count);
  expect(count).toBeLessThan(Number.parseInt(everyone, 10));
  await expect(page).toHaveURL(new RegExp(`\\?location=${encodeURIComponent(place).replaceAll("%20", "\\+")}`));
  await page.reload();
  await expect(people(page)).toHaveCount(count);
  await page.getByRole("button", { name: `Remove filter Location: ${place}` }).click();
  await expect(found).toHaveText(everyone);
  await expect(page).toHaveURL("/");
});

test("a filter that is chosen by keyboard keeps the focus and its place", async ({ page }) => {
  await page.goto("/");
  const choices = page.getByRole("group", { name: "Location" }).getByRole("checkbox");
  const order = () => page.getByRole("group", { name: "Location" }).locator(".choice-words").allInnerTexts();
  await expect(choices.nth(1)).toBeVisible();
  const before = await order();
  await choices.nth(1).focus();

  await page.keyboard.press("Space");

  await expect(page.getByRole("list", { name: "Active filters" })).toContainText(before[1]);
  await expect(page).toHaveURL(/location=/);
  await expect(choices.nth(1)).toBeFocused();
  await expect(choices.nth(1)).toBeChecked();
  expect(await order()).toEqual(before);
});

test("people are a table as well, sorted by name in either direction", async ({ page }) => {
  // So few that all of them are on the page.
  await page.goto("/?badge=umbrella");
  await expect(people(page).first()).toBeVisible();
  await page.getByRole("button", { name: "Table" }).click();
  const rows = page.getByRole("rowheader");
  await expect(page.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "ascending");
  const forwards = await rows.allInnerTexts();

  await page.getByRole("button", { name: "Name" }).click();

  await expect(page.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "descending");
  await expect(rows.first()).toHaveText(forwards.at(-1));
  await expect(page).toHaveURL("/?badge=umbrella&sort=-name&view=table");
  await expectAccessible(page, "the table of people");
});

test("the box, the list and a person are reached by keyboard alone", async ({ page }) => {
  await page.goto("/");
  await expect(people(page).first()).toBeVisible();
  await page.keyboard.press("/");
  await expect(box(page)).toBeFocused();

  await page.keyboard.press("ArrowDown");
  await expect(people(page).first().getByRole("link")).toBeFocused();
  await page.keyboard.press("End");
  await expect(people(page).last().getByRole("link")).toBeFocused();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(people(page).nth(1).getByRole("link")).toBeFocused();

  const name = await people(page).nth(1).innerText();
  await page.keyboard.press("/");
  await page.keyboard.type(name);
  await expect(people(page)).toHaveText([name]);
  await expect(page.locator("mark").first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(people(page)).not.toHaveCount(1);
  await page.keyboard.type(name);
  await expect(people(page)).toHaveText([name]);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
});

test("the last answer stays until the next is there, and one that comes late is dropped", async ({ page }) => {
  const held = [];
  await page.route("**/api/employees?*", async (route) => {
    const typed = new URL(route.request().url()).searchParams.get("q");
    if (typed === "sl") await new Promise((release) => held.push(release));
    const employees = [person(1, { full_name: typed ? `Found by ${typed}` : "Everyone" })];
    await route.fulfill({ json: { employees, total: 1, next_cursor: null } }).catch(() => {});
  });
  await page.goto("/");
  await expect(people(page)).toHaveText(["Everyone"]);

  await box(page).fill("sl");
  await expect.poll(() => held.length).toBe(1);
  await expect(people(page)).toHaveText(["Everyone"]);
  await box(page).fill("slow");
  await expect(people(page)).toHaveText(["Found by slow"]);
  held[0]();
  await box(page).fill("slower");
  await expect(people(page)).toHaveText(["Found by slower"]);
});

test("of a hundred thousand people no more than a hundred are in the document, and none is missing", async ({ page }) => {
  test.setTimeout(180_000);
  await answerWithPeople(page, 100_000);
  await page.goto("/?view=table");
  const rows = page.locator("[data-index]");
  await expect(rows.first()).toBeVisible();

  await page.getByRole("rowheader").first().getByRole("link").focus();
  let last = -1;
  for (let step = 0; step < 30; step += 1) {
    await page.keyboard.press("End");
    await expect.poll(() => rows.last().getAttribute("data-index").then(Number)).toBeGreaterThan(last);
    last = Number(await rows.last().getAttribute("data-index"));
    expect(await rows.count()).toBeLessThanOrEqual(100);
    // What is in view is there.
    const covered = await page.evaluate(() => {
      const seen = [...document.querySelectorAll("[data-index]")].map((row) => row.getBoundingClientRect());
      return Math.max(...seen.map((it) => it.bottom)) >= Math.min(innerHeight, document.querySelector("tbody").getBoundingClientRect().bottom);
    });
    expect(covered).toBe(true);
  }
  expect(last).toBeGreaterThan(1_000);
  await expect(page.getByRole("status").filter({ hasText: /^100.000 people$/ })).toBeVisible();
});

test("a search that is limited says why", async ({ page }) => {
  await page.route("**/api/employees?*", (route) =>
    route.fulfill({
      json: { employees: [person(1)], total: null, next_cursor: null, limited: "The search index can't be read at the moment." },
    }),
  );
  await page.goto("/");

  await expect(page.getByRole("status").filter({ hasText: "can't be read" })).toBeVisible();
  await expect(people(page)).toHaveCount(1);
});

test("where nobody matches, the filter to drop is offered", async ({ page }) => {
  await page.goto("/");
  const first = await people(page).first().innerText();
  await people(page).first().getByRole("link").click();
  await page.goto("/");
  await expect(page.getByRole("list", { name: "Recent" })).toBeHidden();

  await page.goto(`/?q=${encodeURIComponent(first)}&location=Atlantis`);

  await expect(page.getByRole("heading", { name: `Nobody matches “${first}” with these filters` })).toBeVisible();
  await page.getByRole("button", { name: "Any location" }).click();
  await expect(people(page)).toHaveText([first]);
});

test("where nobody matches, who comes close is shown, and what may have been meant is a press away", async ({ page }) => {
  const zoe = [person(1, { full_name: "Zoe" })];
  await page.route("**/api/employees?*", (route) => {
    const typed = new URL(route.request().url()).searchParams.get("q");
    const found = { employees: zoe, total: 1, next_cursor: null };
    return route.fulfill({ json: typed === "zoe" ? found : { employees: [], total: 0, next_cursor: null, meant: "zoe", close: zoe } });
  });
  await page.goto("/?q=zeo");
  await expect(page.getByRole("heading", { name: "Nobody matches “zeo”" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Close to it" }).getByRole("link")).toHaveText(["Zoe"]);
  await expectAccessible(page, "who comes close");

  await page.getByRole("button", { name: "Search for “zoe”" }).click();

  await expect(people(page)).toHaveText(["Zoe"]);
  await expect(page).toHaveURL("/?q=zoe");
});

test("who was added here is listed at once, and found", async ({ page }) => {
  // First in the list, since of a long one only what is near is in the document.
  const name = `Aa ${newName()}`;
  await openAs(page, "editor", "/employees/new");
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Oslo");
  await page.getByRole("button", { name: "Add employee" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();

  await page.getByRole("link", { name: "Directory" }).first().click();

  await expect(people(page).filter({ hasText: name })).toHaveCount(1);
  await box(page).fill(name);
  await expect(people(page)).toHaveText([name]);
});

test("on a phone the filters are a sheet", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto("/");
  const filters = page.getByRole("region", { name: "Filter" });
  await expect(filters).toBeHidden();

  await page.getByRole("button", { name: "Filter" }).click();
  await filters.getByRole("checkbox").first().check();
  await expectAccessible(page, "the sheet of filters");
  await filters.getByRole("button", { name: "Done" }).click();

  await expect(filters).toBeHidden();
  await expect(page.getByRole("button", { name: "Filter (1)" })).toBeVisible();
});
