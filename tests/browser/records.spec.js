import { readFileSync } from "node:fs";

import { apiOf, expect, expectAccessible, newName, openAs, test } from "./support.js";

/** Adds someone by the form, as an editor who has signed in, and shows their page. */
async function add(page, name, manager) {
  await page.goto("/employees/new");
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Reykjavík");
  if (manager) await pick(page, manager);
  await page.getByRole("button", { name: "Add employee" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

/** Chooses a manager by keyboard. The search index knows someone new after a moment. */
async function pick(page, manager) {
  const box = page.getByRole("combobox", { name: "Manager" });
  const option = page.getByRole("option", { name: manager });
  await expect(async () => {
    await box.fill("");
    await box.fill(manager);
    await expect(option).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await box.press("ArrowDown");
  await expect(option).toHaveAttribute("aria-selected", "true");
  await box.press("Enter");
  await expect(box).toHaveValue(manager);
}

/** The person in the chart. */
function inChart(page, name) {
  return page.getByRole("treeitem", { name: new RegExp(`^${name},`) });
}

test("what an identity provider keeps can't be typed into, and the form says why", async ({ page }) => {
  const name = newName();
  await openAs(page, "operator", "/");
  const api = await apiOf(page);
  const { token } = await api("POST", "/api/scim-tokens", { name: "Browser tests" });
  const made = await page.request.post("/scim/v2/Users", {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    data: JSON.stringify({ userName: crypto.randomUUID(), displayName: name, title: "Tester" }),
  });
  const { id } = await made.json();
  await page.goto(`/employees/${id}/edit`);
  for (const kept of ["Full name", "Job title"]) {
    await expect(page.getByRole("textbox", { name: kept })).toBeDisabled();
  }
  await expect(page.getByText("Kept by the identity provider.")).toHaveCount(2);
  await expectAccessible(page, "the form about someone whom a provider keeps");
  await page.getByRole("textbox", { name: "Location" }).fill("Reykjavík");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByRole("main").getByText("Reykjavík").first()).toBeVisible();
});

test("a profile shows what is known, each in the form that serves", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/employees/new");
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Oslo");
  await page.getByRole("textbox", { name: "Other names" }).fill("Gus\nAugusta");
  const address = `${name.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}@example.org`;
  await page.getByRole("textbox", { name: "E-mail" }).fill(address);
  await page.getByRole("textbox", { name: "Phone" }).fill("030 901820");
  await page.getByRole("combobox", { name: "Time zone" }).fill("Europe/Oslo");
  await page.getByRole("button", { name: "Add employee" }).click();

  // What is refused is told at the field, and nothing typed is lost.
  await expect(page.getByRole("textbox", { name: "Phone" })).toBeFocused();
  await expect(page.getByText("write it with its country code")).toBeVisible();
  await expectAccessible(page, "the form");
  await page.getByRole("textbox", { name: "Phone" }).fill("+49 30 901820");
  await page.getByRole("button", { name: "Add employee" }).click();

  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByRole("link", { name: address })).toHaveAttribute("href", `mailto:${address}`);
  await expect(page.getByRole("link", { name: "+49 30 901820" })).toHaveAttribute("href", "tel:+4930901820");
  await expect(page.getByRole("main")).toContainText(/\d\d:\d\d.*Europe\/Oslo/);
  await expect(page.getByRole("main").getByText("Augusta")).toBeVisible();
  await expectAccessible(page, "a profile");

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  for (const [what, text] of [["e-mail address", address], ["phone number", "+49 30 901820"]]) {
    await page.getByRole("button", { name: `Copy ${what}` }).click();
    await expect.poll(copied).toBe(text);
  }
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "vCard" }).click();
  const card = await download;
  expect(card.suggestedFilename()).toBe(`${name}.vcf`);
  const lines = readFileSync(await card.path(), "utf8").split("\r\n");
  expect(lines).toContain(`FN:${name}`);
  expect(lines).toContain("TEL;TYPE=work;VALUE=uri:tel:+4930901820");
});

test("a card that can't be had is told of, to a reader too", async ({ page }) => {
  await openAs(page, "reader", "/");
  await page.getByRole("heading", { level: 2 }).first().getByRole("link").click();
  await page.route("**/vcard", (route) => route.fulfill({ status: 503, json: { message: "Service Unavailable" } }));
  await page.getByRole("button", { name: "vCard" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "could not be saved" })).toContainText("status 503");
});

test("the chart is gone through by keyboard, from the top to whoever is below", async ({ page }) => {
  const [top, middle, below] = [newName(), newName(), newName()];
  await openAs(page, "editor", "/employees/new");
  await add(page, top);
  await add(page, middle, top);
  await add(page, below, middle);
  await expect(page.getByRole("main").getByRole("link", { name: middle })).toBeVisible();

  await page.getByRole("link", { name: "Show in the chart" }).click();

  await expect(page.getByRole("heading", { level: 1, name: "Who reports to whom" })).toBeVisible();
  await expect(inChart(page, below)).toHaveAttribute("aria-current", "true");
  await expect(inChart(page, top)).toHaveAttribute("aria-expanded", "true");
  await expectAccessible(page, "the chart");
  await inChart(page, top).focus();
  await page.keyboard.press("ArrowRight");
  await expect(inChart(page, middle)).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(inChart(page, below)).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(inChart(page, middle)).toHaveAttribute("aria-expanded", "false");
  await expect(inChart(page, below)).toHaveCount(0);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: middle })).toBeVisible();
});

test("the open part of the chart is saved as a picture and as rows", async ({ page }) => {
  const [top, below] = [newName(), newName()];
  await openAs(page, "editor", "/employees/new");
  await add(page, top);
  await add(page, below, top);
  await page.getByRole("link", { name: "Show in the chart" }).click();
  await expect(inChart(page, below)).toBeVisible();

  for (const [button, file] of [["Save as picture", "chart.svg"], ["Save as CSV", "chart.csv"]]) {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe(file);
    expect(readFileSync(await saved.path(), "utf8")).toContain(below);
  }
});

test("people are imported after a look at what would happen, and a bad row is mended", async ({ page }) => {
  const [one, two] = [newName(), newName()];
  await openAs(page, "editor", "/import");
  const file = (mail) => ({
    name: "people.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`Name;Ort;Role;Mail\r\n${one};Köln;Ärztin;\r\n${two};Oslo;Tester;${mail}\r\n`, "latin1"),
  });

  await page.getByLabel("CSV file").setInputFiles(file("nobody"));

  // A column that nobody knows is left out until someone says what it is.
  await expect(page.getByRole("combobox", { name: "Ort" })).toHaveValue("");
  await expect(page.getByText("would be refused")).toBeVisible();
  await page.getByRole("combobox", { name: "Ort" }).selectOption("Location");
  await expect(page.getByText("This is what would happen.")).toBeVisible();
  await expect(page.getByRole("row", { name: new RegExp(two) })).toContainText(/nobody.*no e-mail address/);
  await expectAccessible(page, "the import");
  await page.getByRole("button", { name: "Import" }).click();
  await expect(page.getByText("Done.")).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save refused rows as CSV" }).click();
  expect(readFileSync(await (await download).path(), "utf8")).toContain(`${two};Oslo;Tester;nobody;`);

  await page.getByLabel("CSV file").setInputFiles(file(""));
  await page.getByRole("combobox", { name: "Ort" }).selectOption("Location");
  await expect(page.getByText("This is what would happen.")).toBeVisible();
  await page.getByRole("button", { name: "Import" }).click();
  await expect(page.getByText("Done.")).toBeVisible();
  await page.goto("/");
  for (const name of [one, two]) {
    await expect(async () => {
      await page.getByRole("searchbox").fill("");
      await page.getByRole("searchbox").fill(name);
      await expect(page.getByRole("heading", { level: 2, name })).toBeVisible({ timeout: 1_000 });
    }).toPass();
  }
});

test("those who are looked for are saved as a file", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/employees/new");
  await add(page, name);
  await page.goto("/");
  await expect(async () => {
    await page.getByRole("searchbox").fill("");
    await page.getByRole("searchbox").fill(name);
    await expect(page.getByRole("heading", { level: 2, name })).toBeVisible({ timeout: 1_000 });
  }).toPass();

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();

  const rows = readFileSync(await (await download).path(), "utf8").trimEnd().split("\r\n");
  expect(rows[0]).toMatch(/^\ufeffid,Full name,/);
  expect(rows).toHaveLength(2);
  expect(rows[1]).toContain(name);
});

test("whoever may not edit is told so where people are imported", async ({ page }) => {
  await openAs(page, "reader", "/import");
  await expect(page.getByRole("main")).toContainText("Only members of the group Editors");
  await expectAccessible(page, "the import, forbidden");
});

test("what someone else changed meanwhile is shown beside what was typed, and nothing is lost", async ({ page }) => {
  const name = newName();
  await openAs(page, "editor", "/");
  const api = apiOf(page);
  const { id } = await api("POST", "/api/employees", { full_name: name, job_title: "Tester", location: "Oslo" });
  await page.goto(`/employees/${id}/edit`);
  await page.getByRole("textbox", { name: "Job title" }).fill("Captain");
  await page.getByRole("textbox", { name: "Department" }).fill("Ships");
  const theirs = { full_name: name, job_title: "Cook", location: "Bergen", badges: ["bug"] };
  await api("PUT", `/api/employees/${id}`, theirs);

  await page.getByRole("button", { name: "Save changes" }).click();

  const note = page.getByText("Someone else has changed this employee meanwhile.");
  await expect(note).toBeFocused();
  await expect(page.getByText("The form now has what they changed where you had not: Location, Badges.")).toBeVisible();
  await expect(page.getByRole("row", { name: /^Job title/ })).toContainText(/Cook.*Captain/);
  await expect(page.getByRole("textbox", { name: "Location" })).toHaveValue("Bergen");
  await expectAccessible(page, "both versions of an employee");
  expect((await api("GET", `/api/employees/${id}`)).job_title).toBe("Cook");

  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
  const { job_title, location, department, badges } = await api("GET", `/api/employees/${id}`);
  expect({ job_title, location, department, badges }).toEqual({
    job_title: "Captain",
    location: "Bergen",
    department: "Ships",
    badges: ["bug"],
  });
});

test("the chart opens on whoever is signed in, by the e-mail address of their sign-in", async ({ page }) => {
  const [manager, name] = [newName(), newName()];
  await openAs(page, "editor", "/");
  const api = apiOf(page);
  const person = (full_name, more) => ({ full_name, job_title: "Tester", location: "Oslo", ...more });
  const above = await api("POST", "/api/employees", person(manager));
  const more = { email: "editor@example.com", manager: above.id };
  const { id } = await api("POST", "/api/employees", person(name, more));
  try {
    await expect(async () => {
      await page.goto("/chart");
      await expect(inChart(page, name)).toBeVisible({ timeout: 3_000 });
    }).toPass();
    await expect(inChart(page, name)).toHaveAttribute("aria-current", "true");
    await expect(inChart(page, manager)).toHaveAttribute("aria-expanded", "true");
  } finally {
    await api("PUT", `/api/employees/${id}`, person(name));
  }
});
