import { cloud } from "./cloud.js";
import { expect, expectAccessible, openAs, test } from "./support.js";

/** How long a relaunch may take here. */
const RELAUNCH = { timeout: 120_000 };

/** The field of the variable that every recipe has. */
const BUCKET = "Photos bucket";

/** Makes a revision of a recipe with these values in its fields, and answers its number. */
async function makeRevision(page, fields, recipe = "al2023-flask") {
  await page.goto("/operations/revisions/new");
  await page.locator(`input[name=recipe][value=${recipe}]`).check();
  // Else the wait of the newest revision would be carried over, and nobody comes.
  await page.getByRole("textbox", { name: "Wait for approval" }).fill("");
  for (const [name, value] of Object.entries(fields)) await page.getByRole("textbox", { name }).fill(value);
  await page.getByRole("textbox", { name: "Note" }).fill(`For ${Object.values(fields).join(", ")}`);
  await page.getByRole("button", { name: "Create revision" }).click();
  const heading = page.getByRole("heading", { level: 1, name: /^Revision \d+$/ });
  await expect(heading).toBeVisible();
  for (const value of Object.values(fields)) {
    await expect(page.getByRole("region", { name: "User data" }).first()).toContainText(value);
  }
  return Number((await heading.innerText()).replace(/\D/g, ""));
}

/** From the page of a revision through its plan to its relaunch, which is shown then, for a reason if one is given. */
async function start(page, revision, reason) {
  await page.getByRole("link", { name: new RegExp(`^(Launch|Relaunch to|Roll back to) revision ${revision}$`) }).click();
  await expect(page).toHaveURL(`/operations/plan?revision=${revision}`);
  await expect(page.getByRole("region", { name: "Preflight checks" })).toBeVisible();

  await page.getByRole("button", { name: new RegExp(`revision ${revision}$|^Relaunch anyway$`) }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(`revision ${revision}`);
  if (reason) await dialog.getByRole("textbox", { name: "Reason" }).fill(reason);
  await dialog.getByRole("button", { name: /^(Launch|Relaunch|Roll back|Relaunch anyway)$/ }).click();
  await expect(page).toHaveURL(/\/operations\/relaunches\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1, name: new RegExp(`revision ${revision}$`) })).toBeVisible();
}

/** A step of the relaunch that is shown. */
const step = (page, name) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) });

/** Launches the revision that is shown, and answers the id of the host that serves then. Skips where no host boots. */
async function launch(page, revision) {
  test.skip(Boolean(cloud.hosts_refused), `no host boots here: ${cloud.hosts_refused}`);
  await start(page, revision);
  await expect(page.getByText("The new host serves.").first()).toBeVisible(RELAUNCH);
  for (const name of ["Preflight", "Launch", "Boot", "Report", "Probe", "Switch", "Bake"]) {
    await expect(step(page, name)).toContainText("Succeeded");
  }

  await page.getByRole("link", { name: "Host", exact: true }).click();
  await expect(page.getByRole("link", { name: `Revision ${revision}` }).first()).toBeVisible();
  await expect(page.getByText("running", { exact: true })).toBeVisible();
  return page.getByRole("heading", { level: 2, name: /^i-/ }).innerText();
}

/** A relaunch of someone else's that has got as far as this step. */
function inProgress(current) {
  const names = ["preflight", "launch", "boot", "report", "probe", "switch", "bake", "retire"];
  const now = new Date().toISOString();
  const at = names.indexOf(current);
  return {
    id: "0190a0a0-0000-7000-8000-000000000000",
    kind: "relaunch",
    from_revision: 1,
    to_revision: 2,
    outcome: null,
    started_at: now,
    ended_at: null,
    requested_by: { person: { name: "someone" } },
    cancelled_by: null,
    cancellable: at < names.indexOf("switch"),
    undoing: false,
    steps: names.map((name, index) => ({
      name,
      outcome: index < at ? "succeeded" : null,
      started_at: index <= at ? now : null,
      ended_at: index < at ? now : null,
      message: null,
      resources: [],
    })),
  };
}

/** Lets the API tell of this relaunch; what it answers with shows it further on. */
async function answerWith(page, relaunch) {
  let shown = relaunch;
  await page.route("**/api/operations/relaunches", (route) =>
    route.fulfill({ json: { relaunches: [shown], next_cursor: null } }),
  );
  await page.route(`**/api/operations/relaunches/${relaunch.id}`, (route) => route.fulfill({ json: shown }));
  await page.route(`**/api/operations/relaunches/${relaunch.id}/boot-log`, (route) =>
    route.fulfill({ json: { report: null, cloud_init_log: null, console_output: null } }),
  );
  return (next) => {
    shown = next;
  };
}

test("a host is launched, a variable changed, the host relaunched, and the old one is gone", async ({ page }) => {
  test.setTimeout(300_000);
  await openAs(page, "operator", "/operations");

  const first = await makeRevision(page, { [BUCKET]: "first-bucket" });
  const old = await launch(page, first);
  const second = await makeRevision(page, { [BUCKET]: "second-bucket" });
  const current = await launch(page, second);

  expect(current).not.toBe(old);
  await expect(page.getByText(old)).toBeHidden();
  await page.getByRole("link", { name: "Relaunches", exact: true }).click();
  const newest = page.getByRole("row").nth(1);
  await expect(newest).toContainText("Succeeded");
  await expect(newest).toContainText("operator");

  await newest.getByRole("rowheader").getByRole("link").click();
  await expect(step(page, "Retire")).toContainText(old);
  await page.reload();
  await expect(step(page, "Retire")).toContainText(old);
});

test("the host's processors are kept busy until an operator stops it; a host of the original app is left alone", async ({ page }) => {
  test.setTimeout(300_000);
  await openAs(page, "operator", "/operations");
  const panel = page.getByRole("region", { name: "Stress test" });

  await launch(page, await makeRevision(page, {}, "al2023-rollcall"));
  await panel.getByRole("button", { name: "1 min", exact: true }).click();
  await expect(panel.getByRole("status")).toContainText("is kept busy for another 1 min");
  await expect(page.getByRole("contentinfo")).not.toContainText("stress test");
  await panel.getByRole("button", { name: "Stop" }).click();
  await expect(panel.getByRole("status")).toContainText("for some minutes");
  await expectAccessible(page);

  await launch(page, await makeRevision(page, {}));
  await expect(panel.getByRole("status")).toContainText("al2023-rollcall");
  await expect(panel.getByRole("button")).toBeHidden();
});

test("a host that does not answer is asked again, and can be stopped all the same", async ({ page }) => {
  const host = { instance_id: "i-0123456789abcdef0", state: "running" };
  const away = { type: "urn:rollcall:problem:unavailable", title: "Away", status: 503, detail: "The host does not answer." };
  let answer = { status: 503, contentType: "application/problem+json", json: away };
  await page.route("**/api/operations/host", (route) => route.fulfill({ json: { host } }));
  await page.route("**/api/host/stress", (route) => route.fulfill(answer));
  await openAs(page, "operator", "/operations");
  const panel = page.getByRole("region", { name: "Stress test" });

  await expect(panel.getByRole("status")).toHaveText("The host does not answer.");
  await expect(panel.getByRole("button", { name: "Stop" })).toBeEnabled();
  answer = { json: { version: "1", runs_on: "host", instance_id: host.instance_id } };
  await panel.getByRole("button", { name: "Try again" }).click();
  await expect(panel.getByRole("status")).toContainText("for some minutes");
});

test("a plan shows what changes, and its diff, before anything is done", async ({ page }) => {
  test.setTimeout(300_000);
  await openAs(page, "operator", "/operations");
  await launch(page, await makeRevision(page, { [BUCKET]: "bucket-before" }));
  const revision = await makeRevision(page, { [BUCKET]: "bucket-after" });

  await page.goto(`/operations/plan?revision=${revision}`);

  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Plan: relaunch to revision ${revision}`);
  await expect(page.getByText("Nothing has been changed yet.")).toBeVisible();
  const setting = page.getByRole("row").filter({ hasText: /Changed/ });
  await expect(setting).toContainText(/bucket-before\s*bucket-after/);
  const diff = page.getByRole("region", { name: "User data, line by line" });
  await expect(diff.getByRole("row", { name: /Removed.*bucket-before/ }).first()).toBeVisible();
  await expect(diff.getByRole("row", { name: /Added.*bucket-after/ }).first()).toBeVisible();

  // Its dialog is answered by keyboard, and leaves everything as it is.
  const button = page.getByRole("button", { name: `Relaunch to revision ${revision}` });
  await button.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: new RegExp(`^Relaunch i-\\w+ to revision ${revision}\\?$`) })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(button).toBeFocused();
  await expect(page).toHaveURL(`/operations/plan?revision=${revision}`);
});

test("a plan that changes nothing says so, and is carried out only when forced", async ({ page }) => {
  test.setTimeout(300_000);
  await openAs(page, "operator", "/operations");
  const revision = await makeRevision(page, { [BUCKET]: "bucket-again" });
  const old = await launch(page, revision);

  await page.goto(`/operations/plan?revision=${revision}`);

  await expect(page.getByText("Nothing would change")).toBeVisible();
  await page.getByRole("button", { name: "Relaunch anyway" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Relaunch anyway" }).click();
  await expect(page.getByText("The new host serves.").first()).toBeVisible(RELAUNCH);
  await expect(step(page, "Retire")).toContainText(old);
});

test("a broken recipe is rolled back, and the boot log says why", async ({ page }) => {
  test.setTimeout(400_000);
  await openAs(page, "operator", "/operations");
  const good = await makeRevision(page, { [BUCKET]: "bucket-of-the-good" });
  const host = await launch(page, good);
  const archive = "host/there-is-no-such-archive.tar.gz";
  const broken = await makeRevision(page, { "Host archive": archive }, "al2023-rollcall");

  await start(page, broken);

  await expect(page.getByText("It could not be done. The old host serves as before.").first()).toBeVisible(RELAUNCH);
  await expect(step(page, "Report")).toContainText("Failed");
  await expect(step(page, "Switch")).toContainText("Skipped");
  await expect(page.getByText(/The recipe’s script ended with exit code \d+/)).toBeVisible();
  const log = page.getByRole("region", { name: "cloud-init log" });
  await expect(log).toContainText(archive);

  await page.getByRole("searchbox", { name: "Find lines in the logs" }).fill("THERE-IS-NO-SUCH");
  await expect(page).toHaveURL(/\?find=THERE-IS-NO-SUCH$/);
  await page.reload();
  await expect(log.locator("mark").first()).toHaveText("there-is-no-such");

  await page.getByRole("link", { name: "Try again" }).click();
  await expect(page).toHaveURL(`/operations/plan?revision=${broken}`);
  await page.goto("/operations");
  await expect(page.getByRole("heading", { level: 2, name: host })).toBeVisible();
});

test("a relaunch is cancelled, and the old host serves on", async ({ page }) => {
  test.setTimeout(300_000);
  await openAs(page, "operator", "/operations");
  const host = await launch(page, await makeRevision(page, { [BUCKET]: "bucket-that-stays" }));
  const revision = await makeRevision(page, { [BUCKET]: "bucket-never-used" });

  await start(page, revision);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Cancel the relaunch to revision ${revision}?` });
  await dialog.getByRole("button", { name: "Cancel it" }).click();

  await expect(page.getByText("It was stopped. The old host serves as before.").first()).toBeVisible(RELAUNCH);
  await expect(page.getByText("Cancelled by")).toBeVisible();
  await page.goto("/operations");
  await expect(page.getByRole("heading", { level: 2, name: host })).toBeVisible();
});

test("a new host that waits for a person is looked at and approved, and why it was launched is read later", async ({ page }) => {
  test.setTimeout(300_000);
  await openAs(page, "operator", "/operations");
  await launch(page, await makeRevision(page, { [BUCKET]: "bucket-without-a-look" }));
  const revision = await makeRevision(page, { [BUCKET]: "bucket-to-look-at", "Wait for approval": "1" });
  await expect(page.getByText("1 hour", { exact: true })).toBeVisible();
  const reason = "The photos move to another bucket.\nTicket 42.";

  await start(page, revision, reason);

  await expect(step(page, "Approval")).toContainText("To come");
  const box = page.getByRole("region", { name: "The new host waits for your look" });
  await expect(box).toContainText(/It can be approved until .+ \(\d\d min left\)/, RELAUNCH);
  const link = box.getByRole("link", { name: /^http:/ });
  await expect(link).toHaveAttribute("href", /^http:\/\/[\d.]+\/$/);
  await expect(link).toHaveAttribute("target", "_blank");
  await expect(link).toHaveAttribute("rel", "noopener");
  await expect(box.getByRole("button", { name: "Undo" })).toBeVisible();
  await page.goto("/operations");
  await page.getByRole("link", { name: "The new host waits for your look" }).click();
  await box.getByRole("button", { name: "Approve: move the address" }).click();

  await expect(box).toBeHidden();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page.getByText("The new host serves.").first()).toBeVisible(RELAUNCH);
  await expect(step(page, "Approval")).toContainText('approved by "operator"');
  await expect(page.getByText("The photos move to another bucket.")).toContainText("Ticket 42.");
  await page.goto("/operations/relaunches");
  await expect(page.getByRole("row").nth(1).getByText("The photos move to another bucket.")).toHaveAttribute("title", reason);
});

test("an earlier revision is a plan away in the history", async ({ page }) => {
  test.setTimeout(300_000);
  await openAs(page, "operator", "/operations");
  const earlier = await makeRevision(page, { [BUCKET]: "bucket-of-old" });
  await launch(page, earlier);
  const later = await makeRevision(page, { [BUCKET]: "bucket-of-new" });
  await launch(page, later);

  await page.goto("/operations/relaunches");
  await page.getByRole("link", { name: `Roll back to revision ${earlier}` }).first().click();

  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Plan: roll back to revision ${earlier}`);
});

test("the host is terminated after a question that names it", async ({ page }) => {
  test.setTimeout(300_000);
  await openAs(page, "operator", "/operations");
  const host = await launch(page, await makeRevision(page, { [BUCKET]: "bucket-of-the-last" }));

  await page.getByRole("button", { name: "Terminate host" }).click();
  const dialog = page.getByRole("dialog", { name: `Terminate ${host}?` });
  await dialog.getByRole("textbox", { name: "Reason" }).fill("50% & more");
  await dialog.getByRole("button", { name: "Terminate" }).click();

  await expect(page.getByRole("heading", { level: 1, name: "Termination of the host" })).toBeVisible();
  await expect(page.getByText("50% & more", { exact: true })).toBeVisible();
  await expect(page.getByText("The host is terminated, and none takes its place.").first()).toBeVisible(RELAUNCH);
  await page.getByRole("link", { name: "Host", exact: true }).click();
  await expect(page.getByRole("heading", { name: "There is no host yet" })).toBeVisible();
  const button = page.getByRole("button", { name: "Terminate host" });
  await expect(button).toHaveAttribute("aria-disabled", "true");
  await expect(button).toHaveAccessibleDescription("There is no host.");
});

test("while a relaunch is in progress another one can't be started, and why is said", async ({ page }) => {
  await openAs(page, "operator", "/operations");
  await answerWith(page, inProgress("boot"));

  await page.reload();

  await expect(step(page, "Boot")).toContainText("Under way");
  for (const action of [page.getByRole("link", { name: /launch/i, disabled: true }), page.getByRole("button", { name: "Terminate host" })]) {
    await expect(action.first()).toHaveAttribute("aria-disabled", "true");
    await expect(action.first()).toHaveAccessibleDescription("A relaunch is in progress; there can be one at a time.");
  }
});

test("a reload in the middle of a relaunch loses nothing", async ({ page }) => {
  const relaunch = inProgress("report");
  await openAs(page, "operator", "/operations");
  const show = await answerWith(page, relaunch);

  await page.goto(`/operations/relaunches/${relaunch.id}`);
  await expect(step(page, "Report")).toContainText("Under way");
  await page.reload();

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Relaunch to revision 2");
  await expect(step(page, "Boot")).toContainText("Succeeded");
  await expect(step(page, "Report")).toContainText("Under way");
  await expect(page.getByRole("button", { name: "Cancel", exact: true })).not.toHaveAttribute("aria-disabled", "true");

  // The page goes on following it by itself.
  show(inProgress("bake"));
  await expect(step(page, "Bake")).toContainText("Under way");
  const cancel = page.getByRole("button", { name: "Cancel", exact: true });
  await expect(cancel).toHaveAttribute("aria-disabled", "true");
  await expect(cancel).toHaveAccessibleDescription(/^The address has begun to move/);

  show({ ...inProgress("report"), undoing: true, cancellable: false, cancelled_by: { person: { name: "someone else" } } });
  await expect(page.getByText("Being undone", { exact: true })).toBeVisible();
  await expect(page.getByText("someone else")).toBeVisible();
  await expect(cancel).toHaveAccessibleDescription("It is being undone already.");
});

test("what a new host answered is shown as text", async ({ page }) => {
  const relaunch = inProgress("probe");
  await openAs(page, "operator", "/operations");
  await answerWith(page, relaunch);
  const said = "it answers 500 in place of 200: <b>out of order</b>";
  const answers = [{ asked_at: new Date().toISOString(), url: "http://192.0.2.7/", said }];
  await page.route(`**/api/operations/relaunches/${relaunch.id}/boot-log`, (route) =>
    route.fulfill({ json: { report: null, cloud_init_log: null, console_output: null, answers } }),
  );

  await page.goto(`/operations/relaunches/${relaunch.id}`);

  await expect(page.getByRole("heading", { name: "What it answered" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Answer of http://192.0.2.7/" })).toHaveText(said);
});

test("a preflight check that fails stands in the way, and is named", async ({ page }) => {
  await openAs(page, "operator", "/operations");
  await page.route("**/api/operations/plans", (route) =>
    route.fulfill({
      json: {
        kind: "launch",
        host: null,
        from_revision: null,
        to_revision: 1,
        changes: true,
        user_data_diff: [],
        settings: [],
        preflight: [{ name: "Image", outcome: "failed", detail: "ami-1 is gone." }],
        steps: [{ name: "preflight", what: "Checks." }],
      },
    }),
  );
  await page.route("**/api/operations/relaunches", (route) => route.fulfill({ json: { relaunches: [], next_cursor: null } }));

  await page.goto("/operations/plan?revision=1");

  await expect(page.getByText("ami-1 is gone.")).toBeVisible();
  const button = page.getByRole("button", { name: "Launch revision 1" });
  await expect(button).toHaveAttribute("aria-disabled", "true");
  await expect(button).toHaveAccessibleDescription("A preflight check failed: Image.");
});

test("a plan says where the host is not as it is recorded, and which relaunch has to end first", async ({ page }) => {
  const running = inProgress("boot");
  await openAs(page, "operator", "/operations");
  await answerWith(page, running);
  await page.route("**/api/operations/plans", (route) =>
    route.fulfill({
      json: {
        kind: "relaunch",
        host: "i-1",
        from_revision: 1,
        to_revision: 2,
        changes: true,
        user_data_diff: [],
        drift: [{ name: "instance_type", recorded: "t2.micro", live: "t3.large" }, { name: "state", recorded: "running", live: "stopped", how: "Client.UserInitiatedShutdown" }],
        recorded_by: "0190a0a0-0000-7000-8000-00000000abcd",
        in_progress: running.id,
        settings: [{ name: "instance_type", recorded: "t2.micro", from: "t3.large", to: "t3.micro" }],
        preflight: [],
        steps: [],
      },
    }),
  );

  await page.goto("/operations/plan?revision=2");

  await expect(page.getByRole("link", { name: "A relaunch is in progress" })).toHaveAttribute("href", `/operations/relaunches/${running.id}`);
  const button = page.getByRole("button", { name: "Relaunch to revision 2" });
  await expect(button).toHaveAccessibleDescription("A relaunch is in progress; there can be one at a time.");
  const drift = page.getByRole("region", { name: "Drift", exact: true });
  await expect(drift.getByRole("row", { name: /^Instance type t2\.micro t3\.large/ })).toBeVisible();
  await expect(drift.getByRole("row", { name: /^State running stopped Client\.UserInitiatedShutdown/ })).toBeVisible();
  await expect(drift.getByRole("link")).toHaveAttribute("href", /abcd$/);
  await expect(page.getByRole("row", { name: /t2\.micro t3\.large t3\.micro/ })).toBeVisible();
});

test("a reason that is too long is marked at its field, and nothing is done", async ({ page }) => {
  await openAs(page, "operator", "/operations");
  await page.route("**/api/operations/host", (route) =>
    route.fulfill({ json: { host: { instance_id: "i-0123456789abcdef0", state: "running", revision: 1 } } }),
  );
  await page.route("**/api/operations/relaunches", (route) => route.fulfill({ json: { relaunches: [], next_cursor: null } }));
  await page.reload();

  await page.getByRole("button", { name: "Terminate host" }).click();
  const dialog = page.getByRole("dialog");
  const reason = dialog.getByRole("textbox", { name: "Reason" });
  await reason.fill("x".repeat(501));
  await dialog.getByRole("button", { name: "Terminate" }).click();

  await expect(reason).toHaveAccessibleDescription(/^Has 501 characters; shorten it to 500 at most\./);
  await expect(reason).toBeFocused();
});

test("a plan for a revision that isn't there is not found", async ({ page }) => {
  await openAs(page, "operator", "/operations");
  await page.goto("/operations/plan?revision=4000000");
  await expect(page.getByRole("heading", { name: "Not found" })).toBeVisible();
});

test("a variable the API refuses is marked at its field", async ({ page }) => {
  await openAs(page, "operator", "/operations/revisions/new");
  const region = page.getByRole("textbox", { name: "Region" });
  await region.fill("");
  await page.getByRole("button", { name: "Create revision" }).click();

  await expect(region).toHaveAccessibleDescription(/Is empty; the recipe needs a value\./);
  await expect(region).toBeFocused();
});

test("how long approval is waited for is a number, and what a new host is asked is listed", async ({ page }) => {
  await openAs(page, "operator", "/operations/revisions/new");
  const hours = page.getByRole("textbox", { name: "Wait for approval" });
  for (const [text, fault] of [["a day", /^Is no number of hours/], ["97", /^Is 97; it takes 1 to 96 hours/]]) {
    await hours.fill(text);
    await page.getByRole("button", { name: "Create revision" }).click();
    await expect(hours).toHaveAccessibleDescription(fault);
    await expect(hours).toBeFocused();
  }
  await expect(page.getByRole("region", { name: "What a new host is asked" })).toContainText(/answers with 200.*(required|wanted)/);
});

test("a recipe past its end of life is offered, and marked so", async ({ page }) => {
  await openAs(page, "operator", "/operations/revisions/new");

  const recipes = page.getByRole("group", { name: "Recipe" });
  await expect(recipes.getByRole("radio")).toHaveCount(4);
  await expect(recipes.getByText("No updates since 30 June 2026")).toBeVisible();
});

for (const path of [
  "/operations",
  "/operations/revisions",
  "/operations/revisions/new",
  "/operations/relaunches",
  "/operations/plan?revision=1",
  "/operations/schedules",
  "/operations/schedules/new",
  "/operations/audit",
  "/operations/conformance",
]) {
  test(`${path} is closed to a reader, who is told which group is needed`, async ({ page }) => {
    await openAs(page, "reader", path);

    await expect(page.getByRole("heading", { name: "Not allowed" })).toBeVisible();
    await expect(page.getByText("Only members of the group EC2Admins may operate the host.")).toBeVisible();
  });
}

test("who signed in too long ago does so once more, and comes back to the question with what was typed", async ({ page }) => {
  await openAs(page, "operator", "/operations");
  const revision = await makeRevision(page, { [BUCKET]: "bucket-asked-for" });
  await page.route("**/api/operations/relaunches", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({
          status: 401,
          contentType: "application/problem+json",
          body: JSON.stringify({
            type: "urn:rollcall:problem:sign-in-again",
            title: "A fresh sign-in is needed",
            status: 401,
            detail: "This takes a sign-in that is not older than 15 min.",
          }),
        })
      : route.continue(),
  );
  await page.route("**/api/operations/plans", async (route) => {
    const answer = await route.fetch();
    const plan = await answer.json();
    await route.fulfill({ response: answer, json: { ...plan, in_progress: null, preflight: [] } });
  });
  await page.goto(`/operations/plan?revision=${revision}`);
  const start = page.getByRole("main").getByRole("button", { name: /^(Launch|Relaunch)/ });
  await start.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Reason" }).fill("A & B");
  await dialog.getByRole("button", { name: /^(Launch|Relaunch)/ }).click();
  await expect(dialog.getByRole("alert")).toContainText("not older than 15 min");
  await expectAccessible(page, "the question for a fresh sign-in");

  await dialog.getByRole("button", { name: "Sign in again" }).click();
  await page.getByRole("textbox", { name: "Username" }).fill("operator");
  await page.getByLabel("Password").fill(cloud.passwords.operator);
  await page.getByRole("button", { name: "Sign in" }).click();

  await expect(page).toHaveURL(`/operations/plan?revision=${revision}`);
  await expect(dialog.getByRole("textbox", { name: "Reason" })).toHaveValue("A & B");
  await expect(dialog.getByRole("alert")).toHaveCount(0);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.reload();
  await expect(start).toBeVisible();
  await expect(dialog).toBeHidden();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
