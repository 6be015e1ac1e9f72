import { expect, openAs, test } from "./support.js";

/** How long a relaunch may take here. */
const RELAUNCH = { timeout: 120_000 };

/** Makes a revision whose photo bucket is this, and answers its number. */
async function makeRevision(page, bucket) {
  await page.goto("/operations/revisions/new");
  await page.getByRole("radio", { name: "Amazon Linux 2023", exact: false }).first().check();
  await page.getByRole("textbox", { name: /bucket/i }).first().fill(bucket);
  await page.getByRole("textbox", { name: "Note" }).fill(`For ${bucket}`);
  await page.getByRole("button", { name: "Create revision" }).click();
  const heading = page.getByRole("heading", { level: 1, name: /^Revision \d+$/ });
  await expect(heading).toBeVisible();
  await expect(page.getByRole("region", { name: "User data" })).toContainText(bucket);
  return Number((await heading.innerText()).replace(/\D/g, ""));
}

/** Launches the revision that is shown, and answers the id of the host that serves then. */
async function launch(page, revision) {
  await page.getByRole("button", { name: new RegExp(`revision ${revision}$`) }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(`revision ${revision}`);
  await dialog.getByRole("button", { name: /^(Launch|Relaunch|Roll back)$/ }).click();

  await expect(page.getByRole("heading", { level: 1, name: new RegExp(`revision ${revision}$`) })).toBeVisible();
  await expect(page.getByText("The new host serves.").first()).toBeVisible(RELAUNCH);
  await expect(page.getByRole("listitem").filter({ hasText: "Boot" }).first()).toContainText("Succeeded");

  await page.getByRole("link", { name: "Host", exact: true }).click();
  await expect(page.getByRole("link", { name: `Revision ${revision}` }).first()).toBeVisible();
  await expect(page.getByText("running", { exact: true })).toBeVisible();
  return page.getByRole("heading", { level: 2, name: /^i-/ }).innerText();
}

test("a host is launched, a variable changed, the host relaunched, and the old one is gone", async ({ page }) => {
  test.setTimeout(300_000);
  await openAs(page, "operator", "/operations");

  const first = await makeRevision(page, "first-bucket");
  const old = await launch(page, first);
  const second = await makeRevision(page, "second-bucket");
  const current = await launch(page, second);

  expect(current).not.toBe(old);
  await expect(page.getByText(old)).toBeHidden();
  await page.getByRole("link", { name: "Relaunches", exact: true }).click();
  const newest = page.getByRole("row").nth(1);
  await expect(newest).toContainText("Succeeded");
  await expect(newest).toContainText("operator");

  await newest.getByRole("rowheader").getByRole("link").click();
  await expect(page.getByRole("listitem").filter({ hasText: "Retire" }).first()).toContainText(old);
  await page.reload();
  await expect(page.getByRole("listitem").filter({ hasText: "Retire" }).first()).toContainText(old);
});

test("while a relaunch is in progress another one can't be started, and why is said", async ({ page }) => {
  await openAs(page, "operator", "/operations");
  const relaunch = {
    id: "0190a0a0-0000-7000-8000-000000000000",
    kind: "relaunch",
    from_revision: 1,
    to_revision: 2,
    outcome: null,
    started_at: new Date().toISOString(),
    ended_at: null,
    requested_by: "someone",
    steps: [{ name: "boot", outcome: null, started_at: new Date().toISOString(), ended_at: null, message: null, resources: [] }],
  };
  await page.route("**/api/operations/relaunches", (route) =>
    route.fulfill({ json: { relaunches: [relaunch], next_cursor: null } }),
  );
  await page.route(`**/api/operations/relaunches/${relaunch.id}`, (route) => route.fulfill({ json: relaunch }));

  await page.reload();

  await expect(page.getByRole("listitem").filter({ hasText: "Boot" })).toContainText("Under way");
  const button = page.getByRole("button", { name: /launch/i }).first();
  await expect(button).toHaveAttribute("aria-disabled", "true");
  await expect(button).toHaveAccessibleDescription("A relaunch is in progress; there can be one at a time.");
});

test("a variable the API refuses is marked at its field", async ({ page }) => {
  await openAs(page, "operator", "/operations/revisions/new");
  const region = page.getByRole("textbox", { name: "Region" });
  await region.fill("");
  await page.getByRole("button", { name: "Create revision" }).click();

  await expect(region).toHaveAccessibleDescription(/Is empty; the recipe needs a value\./);
  await expect(region).toBeFocused();
});

test("a recipe past its end of life is offered, and marked so", async ({ page }) => {
  await openAs(page, "operator", "/operations/revisions/new");

  const recipes = page.getByRole("group", { name: "Recipe" });
  await expect(recipes.getByRole("radio")).toHaveCount(4);
  await expect(recipes.getByText("No updates since 30 June 2026")).toBeVisible();
});

for (const path of ["/operations", "/operations/revisions", "/operations/revisions/new", "/operations/relaunches"]) {
  test(`${path} is closed to a reader, who is told which group is needed`, async ({ page }) => {
    await openAs(page, "reader", path);

    await expect(page.getByRole("heading", { name: "Not allowed" })).toBeVisible();
    await expect(page.getByText("Only members of the group EC2Admins may operate the host.")).toBeVisible();
  });
}
