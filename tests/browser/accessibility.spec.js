import { answerConformance } from "./conformance.js";
import { expect, expectAccessible, openAs, test } from "./support.js";

const PAGES = [
  ["/", "Directory"],
  ["/employees/new", "Add employee"],
  ["/duplicates", "Possible duplicates"],
  ["/former", "Former people"],
  ["/several", "Selected people"],
  ["/sessions", "Your sessions"],
  ["/operations", "Host"],
  ["/operations/revisions", "Revisions"],
  ["/operations/revisions/new", "New revision"],
  ["/operations/relaunches", "Relaunches"],
  ["/operations/schedules", "Schedules"],
  ["/operations/schedules/new", "New schedule"],
  ["/operations/audit", "Audit log"],
  ["/operations/conformance", "Conformance"],
  ["/operations/search", "Search index"],
  ["/operations/provisioning", "Provisioning"],
  ["/nowhere", "Page not found"],
  ["/operations/nowhere", "Page not found"],
];

/** A plan and a relaunch with everything in them that can be, whatever the host under test has been through. */
async function answerWithEverything(page) {
  const id = "0190a0a0-0000-7000-8000-000000000fff";
  const waiting = "0190a0a0-0000-7000-8000-000000000eee";
  const at = "2026-11-24T06:00:00Z";
  const long = `echo ${"a-long-line-".repeat(20)}`;
  const step = (name, outcome) => ({ name, outcome, started_at: at, ended_at: at, message: "So it went.", resources: ["i-0abc1234567890def"] });
  const line = (change, text) => ({ change, text });
  await page.route("**/api/operations/plans", (route) =>
    route.fulfill({
      json: {
        kind: "relaunch",
        host: "i-0abc1234567890def",
        from_revision: 1,
        to_revision: 2,
        changes: true,
        user_data_diff: [
          { before: 1, after: 1, lines: [line("same", "#!/bin/bash"), line("removed", "echo before"), line("added", "echo after")] },
          { before: 20, after: 20, lines: [{ ...line("added", long), unterminated: true }] },
        ],
        drift: [
          { name: "state", recorded: "running", live: "stopped", how: "Client.UserInitiatedShutdown: User initiated shutdown" },
          { name: "user_data", recorded: "a".repeat(64), live: "b".repeat(64) },
        ],
        recorded_by: id,
        in_progress: waiting,
        settings: [
          { name: "recipe", recorded: "al2023-flask-rpm-lock", from: "al2023-flask", to: "al2023-flask" },
          { name: "variables.photos_bucket", from: "before", to: "after-".repeat(15) },
        ],
        preflight: ["passed", "failed", "unknown"].map((outcome) => ({ name: `Check ${outcome}`, outcome, detail: "Found so." })),
        steps: [{ name: "preflight", what: "The checks are made again." }],
      },
    }),
  );
  await page.route(`**/api/operations/relaunches/${id}`, (route) =>
    route.fulfill({
      json: {
        id,
        kind: "relaunch",
        from_revision: 1,
        to_revision: 2,
        outcome: "rolled_back",
        started_at: at,
        ended_at: at,
        requested_by: { person: { name: "operator" } },
        cancelled_by: { person: { name: "operator" } },
        cancellable: false,
        undoing: false,
        steps: [step("preflight", "succeeded"), step("launch", "succeeded"), step("boot", "failed"), step("switch", "skipped")],
      },
    }),
  );
  await page.route(`**/api/operations/relaunches/${waiting}`, (route) =>
    route.fulfill({
      json: {
        id: waiting,
        kind: "relaunch",
        from_revision: 1,
        to_revision: 3,
        outcome: null,
        started_at: at,
        ended_at: null,
        requested_by: { person: { name: "operator" } },
        reason: `Since ${"it-is-so-".repeat(20)}`,
        approval: { hours: 96, until: "2126-11-24T06:00:00Z", look_at: "http://192.0.2.7/", given_by: null },
        cancelled_by: null,
        cancellable: true,
        undoing: false,
        steps: [step("preflight", "succeeded"), { ...step("approve", null), ended_at: null, message: null }],
      },
    }),
  );
  await page.route(`**/api/operations/relaunches/${id}/boot-log`, (route) =>
    route.fulfill({
      json: {
        report: { outcome: "script_failed", exit_code: 1, seconds: 72 },
        cloud_init_log: `+ first\n+ ${long}\nerror: it broke\n`,
        console_output: "kernel: up\n",
        answers: [{ asked_at: at, url: `http://192.0.2.7/${"path/".repeat(20)}`, said: `it answers 500:\n<html>${long}` }],
      },
    }),
  );
  const held = { rollback: id, to_revision: 1, by: { person: { name: "operator" } } };
  const nightly = { name: "nightly", held, expression: "cron(0 3 * * ? *)", time_zone: "Europe/Oslo", enabled: true, revision: null, next_runs: [at, at, at] };
  await page.route("**/api/operations/schedules/nightly", (route) => route.fulfill({ json: nightly }));
  await page.route("**/api/operations/schedules", (route) =>
    route.fulfill({
      json: {
        schedules: [
          nightly,
          { name: "w".repeat(64), expression: "rate(7 days)", time_zone: "UTC", enabled: false, revision: 3, next_runs: [] },
        ],
      },
    }),
  );
  await answerConformance(page);
  return [
    ["/operations/conformance", "Conformance"],
    ["/operations/plan?revision=2", "Plan: relaunch to revision 2"],
    [`/operations/relaunches/${id}?find=error`, "Relaunch to revision 2"],
    [`/operations/relaunches/${waiting}`, "Relaunch to revision 3"],
    ["/operations/schedules", "Schedules"],
    ["/operations/schedules/nightly/edit", "Edit nightly"],
  ];
}

for (const scheme of ["light", "dark"]) {
  test(`axe finds nothing wrong with a plan, a boot log and schedules in ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await openAs(page, "operator", "/");
    for (const [path, heading] of await answerWithEverything(page)) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
      await expect(page.getByText(/^Loading|^Asking/)).toHaveCount(0);
      await expectAccessible(page, path);
    }
    await page.goto("/operations/schedules");
    await page.getByRole("button", { name: "Delete nightly" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectAccessible(page, "the question before a schedule goes");
  });

  test(`axe finds nothing wrong with any page in ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await openAs(page, "operator", "/");
    for (const [path, heading] of PAGES) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
      await expect(page.getByText(/^Loading|^Asking/)).toHaveCount(0);
      await expectAccessible(page, path);
    }
  });

  test(`axe finds nothing wrong with an employee and the dialog in ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await openAs(page, "editor", "/");
    await page.getByRole("heading", { level: 2 }).first().getByRole("link").click();
    await expect(page.getByRole("term").first()).toBeVisible();
    await expectAccessible(page, "an employee");

    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await expect(page.getByRole("textbox", { name: "Full name" })).toBeVisible();
    await expectAccessible(page, "the form");

    await page.goBack();
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectAccessible(page, "the dialog");
  });
}

test("on a phone nothing has to be scrolled sideways", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await openAs(page, "operator", "/");
  for (const [path, heading] of [...PAGES, ...(await answerWithEverything(page))]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    await expect(page.getByText(/^Loading|^Asking/)).toHaveCount(0);
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overhang, path).toBeLessThanOrEqual(0);
  }
});

test("going to another page puts the focus on its heading and changes the title", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Directory" })).not.toBeFocused();

  const employee = page.getByRole("heading", { level: 2 }).first().getByRole("link");
  const name = await employee.innerText();
  await employee.click();

  await expect(page.getByRole("heading", { level: 1, name })).toBeFocused();
  await expect(page).toHaveTitle(`${name} · Rollcall`);
});

test("the skip link leads past the header", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Directory" })).toBeVisible();

  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");

  await expect(page.getByRole("main")).toBeFocused();
});

test("a chosen theme is kept", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);

  await page.getByRole("button", { name: "Colour theme: system. Switch to light" }).click();
  await page.getByRole("button", { name: "Colour theme: light. Switch to dark" }).click();

  expect(await scheme()).toBe("dark");
  await page.reload();
  expect(await scheme()).toBe("dark");
});
