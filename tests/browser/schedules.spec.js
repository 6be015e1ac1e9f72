import { cloud } from "./cloud.js";
import { apiOf, expect, openAs, test } from "./support.js";

/** Fills the form for a schedule and sends it. */
async function save(page, fields, button) {
  for (const [name, value] of Object.entries(fields)) await page.getByLabel(name).fill(value);
  await page.getByRole("button", { name: button }).click();
}

test("a schedule is made, changed, disabled and deleted", async ({ page }) => {
  const name = `browser-${process.pid}`;
  await openAs(page, "operator", "/operations/schedules");
  await page.getByRole("link", { name: "New schedule" }).first().click();
  await save(page, { Name: name, Due: "cron(0 3 ? * SUN *)", "Time zone": "Europe/Oslo" }, "Create schedule");

  await expect(page).toHaveURL("/operations/schedules");
  const schedule = page.getByRole("region", { name, exact: true });
  await expect(schedule).toContainText("Enabled");
  await expect(schedule).toContainText("The newest at that time");
  await expect(schedule.getByRole("listitem")).toHaveCount(3);
  await expect(schedule.getByRole("listitem").first()).toContainText(/Sun.*0?3:00/);

  await schedule.getByRole("link", { name: `Edit ${name}` }).click();
  await expect(page.getByLabel("Due")).toHaveValue("cron(0 3 ? * SUN *)");
  await save(page, { Due: "rate(7 days)" }, "Save changes");
  await expect(schedule).toContainText("rate(7 days)");

  const toggle = schedule.getByRole("button", { name: `Disable ${name}` });
  await toggle.click();
  await expect(schedule).toContainText("None while it is disabled");
  await expect(schedule.getByRole("button", { name: `Enable ${name}` })).toBeFocused();
  await page.reload();
  await expect(schedule).toContainText("Disabled");

  await schedule.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByRole("dialog", { name: `Delete the schedule ${name}?` }).getByRole("button", { name: "Delete" }).click();
  await expect(schedule).toBeHidden();
  await expect(page.getByRole("heading", { level: 1, name: "Schedules" })).toBeFocused();
});

test("what someone else changed of a schedule meanwhile is shown beside what one typed", async ({ page }) => {
  const name = `meanwhile-${process.pid}`;
  await openAs(page, "operator", "/operations/schedules");
  const api = apiOf(page);
  await api("POST", "/api/operations/schedules", { name, expression: "rate(7 days)", enabled: true });
  await page.goto(`/operations/schedules/${name}/edit`);
  await expect(page.getByLabel("Due")).toHaveValue("rate(7 days)");
  await api("PUT", `/api/operations/schedules/${name}`, { expression: "rate(8 days)", enabled: false });

  await save(page, { Due: "rate(9 days)" }, "Save changes");
  const told = page.getByRole("main").getByRole("alert");
  await expect(told).toContainText("Due: theirs is rate(8 days), yours rate(9 days).");
  await expect(told).toContainText("Enabled: theirs is no, taken over here.");
  await expect(page.getByLabel("Enabled")).not.toBeChecked();
  await page.getByRole("button", { name: "Save changes" }).click();

  await expect(page).toHaveURL("/operations/schedules");
  const schedule = page.getByRole("region", { name, exact: true });
  await expect(schedule).toContainText("rate(9 days)");
  await expect(schedule).toContainText("None while it is disabled");

  // What is done in the list is meant for what the list shows.
  await api("PUT", `/api/operations/schedules/${name}`, { expression: "rate(10 days)" });
  await schedule.getByRole("button", { name: `Enable ${name}` }).click();
  await expect(page.getByText(`${name} was not changed.`)).toBeVisible();
  await expect(schedule).toContainText("rate(10 days)");
  await api("DELETE", `/api/operations/schedules/${name}`);
});

/** Relaunches to a revision by the API, and waits until it has succeeded. */
async function relaunch(call, revision) {
  const { id } = await call("POST", "relaunches", { revision, force: true });
  const outcome = async () => (await call("GET", `relaunches/${id}`)).outcome;
  await expect.poll(outcome, { timeout: 120_000 }).toBe("succeeded");
  return id;
}

test("a schedule that a rollback holds is taken up again", async ({ page }) => {
  test.skip(Boolean(cloud.hosts_refused), `no host boots here: ${cloud.hosts_refused}`);
  test.setTimeout(400_000);
  const name = `held-${process.pid}`;
  await openAs(page, "operator", "/operations/schedules");
  const api = apiOf(page);
  const call = (method, path, data) => api(method, `/api/operations/${path}`, data);
  await call("POST", "schedules", { name, expression: "rate(30 days)" });
  const { recipes } = await call("GET", "recipes");
  const { variables } = recipes.find((recipe) => recipe.name === "al2023-flask");
  const values = Object.fromEntries(variables.map((variable) => [variable.name, variable.default ?? "bucket"]));
  const revise = async (bucket) =>
    (await call("POST", "revisions", { recipe: "al2023-flask", variables: { ...values, photos_bucket: bucket } })).number;
  const [earlier, later] = [await revise(`${name}-earlier`), await revise(`${name}-later`)];
  await relaunch(call, later);
  const rollback = await relaunch(call, earlier);

  await page.reload();
  const schedule = page.getByRole("region", { name, exact: true });
  await expect(schedule).toContainText(`Held: it would undo the rollback to revision ${earlier} by operator`);
  await expect(schedule.getByRole("link", { name: /^rollback/ })).toHaveAttribute("href", `/operations/relaunches/${rollback}`);
  await schedule.getByRole("button", { name: `Take up again ${name}` }).click();
  await page.getByRole("dialog", { name: `Take ${name} up again?` }).getByRole("button", { name: "Take up again" }).click();

  await expect(schedule.getByText("Held:")).toBeHidden();
  await expect(page.getByRole("heading", { level: 1, name: "Schedules" })).toBeFocused();
  await page.reload();
  await expect(schedule).toBeVisible();
  await expect(schedule.getByText("Held:")).toBeHidden();
  await call("DELETE", `schedules/${name}`);
});

test("what is wrong with a schedule is said at its field", async ({ page }) => {
  await openAs(page, "operator", "/operations/schedules/new");

  await page.getByRole("button", { name: "Create schedule" }).click();
  await expect(page.getByLabel("Name")).toHaveAccessibleDescription(/^Give it a name/);
  await expect(page.getByLabel("Name")).toBeFocused();

  await save(page, { Name: "wrong", Due: "every night", "Time zone": "Mars/Olympus" }, "Create schedule");
  await expect(page.getByLabel("Due")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Time zone")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Due")).toBeFocused();
  await expect(page.getByLabel("Name")).toHaveValue("wrong");
});

test("a schedule that isn't there is not found", async ({ page }) => {
  await openAs(page, "operator", "/operations/schedules");
  await page.goto("/operations/schedules/no-such-one/edit");
  await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
});

test("the audit log says who made a schedule, and leads to it", async ({ page }) => {
  const name = `audited-${process.pid}`;
  await openAs(page, "operator", "/operations/schedules/new");
  await save(page, { Name: name, Due: "rate(30 days)" }, "Create schedule");
  await expect(page.getByRole("region", { name, exact: true })).toBeVisible();

  await page.getByRole("link", { name: "Audit log" }).click();
  const entry = page.getByRole("row").filter({ hasText: name });
  await expect(entry).toContainText("Create schedule");
  await expect(entry).toContainText("operator");
  await entry.getByRole("link", { name: `Schedule ${name}` }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Edit ${name}` })).toBeVisible();

  await page.goto("/operations/schedules");
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("link", { name: "Audit log" }).click();
  await expect(page.getByRole("row").filter({ hasText: name }).first()).toContainText("Delete schedule");
});

test("older entries of the audit log are read when someone asks for them", async ({ page }) => {
  const who = { person: { name: "operator" } };
  const entry = (number) => ({ at: "2026-11-24T06:00:00Z", who, action: "create_revision", thing: `${number}`, outcome: "Made." });
  await page.route("**/api/operations/audit?*", (route) => {
    const older = new URL(route.request().url()).searchParams.get("cursor") === "older";
    route.fulfill({ json: older ? { entries: [entry(1)], next_cursor: null } : { entries: [entry(2)], next_cursor: "older" } });
  });
  await openAs(page, "operator", "/operations/audit");

  await page.getByRole("button", { name: "Show older" }).click();

  await expect(page.getByRole("link", { name: "Revision 1" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Revision 2" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Show older" })).toBeHidden();
});
