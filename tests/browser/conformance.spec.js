import { expect, expectAccessible, openAs, test } from "./support.js";
import { answerConformance, CONFORMANCE } from "./conformance.js";

const PATH = "/operations/conformance";

test("findings come first, with what was expected and how to mend it", async ({ page }) => {
  await answerConformance(page);
  await openAs(page, "operator", PATH);

  await expect(page.getByText("1 finding", { exact: true })).toBeVisible();
  await expect(page.getByText("1 unknown", { exact: true })).toBeVisible();
  await expect(page.getByText("3 as declared", { exact: true })).toBeVisible();
  const findings = page.getByRole("region", { name: "Findings" }).getByRole("listitem");
  await expect(findings).toHaveCount(2);
  await expect(findings.first().getByText("Differs")).toBeInViewport();
  await expect(findings.first()).toContainText("Differs");
  await expect(findings.first()).toContainText("tcp 80 from 0.0.0.0/0");
  await expect(findings.first()).toContainText("tcp 22 from 0.0.0.0/0");
  await expect(findings.first()).toContainText("Remove the rule by hand.");
  await expect(findings.last()).toContainText("Unknown");
});

test("the rest is a table for each area", async ({ page }) => {
  await answerConformance(page);
  await openAs(page, "operator", PATH);

  await page.getByText("2 of 2 as declared").click();

  const table = page.getByRole("region", { name: "Network", exact: true });
  await expect(table.getByRole("row", { name: "Routes of 10.1.1.0/24" })).toContainText("to the internet");
  await expect(page.getByText(/^\d of \d as declared$/)).toHaveText(["2 of 2 as declared", "1 of 1 as declared"]);
});

test("the picture says to who listens what it shows", async ({ page }) => {
  await answerConformance(page);
  await openAs(page, "operator", PATH);

  const picture = page.getByRole("img", { name: "Picture of the network" });
  await expect(picture).toHaveCount(1);
  await expect(picture).toHaveAccessibleDescription(/VPC vpc-\w+ with the addresses 10\.1\.0\.0\/16\..*Internet gateway igw-/);
  await expect(picture).toHaveAccessibleDescription(/Zone us-east-1a: public subnet subnet-\w+, 10\.1\.1\.0\/24, hosts: i-\w+\./);
  await expect(picture).toHaveAccessibleDescription(/Zone us-east-1b: private subnet .* no hosts\./);
  for (const text of ["Public 10.1.1.0/24", "Private 10.1.4.0/24", "Endpoint s3", "Host i-0abc1234567890def"]) {
    await expect(picture.getByText(text, { exact: true })).toBeVisible();
  }
});

test("on a phone the picture fits, and its words can be read", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await answerConformance(page);
  await openAs(page, "operator", PATH);

  const picture = page.getByRole("img", { name: "Picture of the network" });
  await expect(picture).toBeVisible();
  const frame = await picture.boundingBox();
  expect(frame.x + frame.width).toBeLessThanOrEqual(360);
  for (const text of await picture.locator("text").all()) {
    const box = await text.boundingBox();
    expect(box.height).toBeGreaterThan(10);
    expect(box.x + box.width).toBeLessThanOrEqual(frame.x + frame.width);
  }
});

test("where nothing differs that is said, and there is no list of findings", async ({ page }) => {
  const facts = CONFORMANCE.facts.filter(({ outcome }) => outcome === "conforms");
  await answerConformance(page, { ...CONFORMANCE, facts });
  await openAs(page, "operator", PATH);

  await expect(page.getByText("No findings", { exact: true })).toBeVisible();
  await expect(page.getByText("3 as declared", { exact: true })).toBeVisible();
  await expect(page.getByRole("region", { name: "Findings" })).toHaveCount(0);
});

test("without a VPC there is no picture, and why is said", async ({ page }) => {
  await answerConformance(page, { ...CONFORMANCE, topology: { vpc: null } });
  await openAs(page, "operator", PATH);

  await expect(page.getByText("There is no VPC to draw")).toBeVisible();
  await expect(page.getByRole("img", { name: "Picture of the network" })).toHaveCount(0);
});

test("the account is looked at again when someone asks for it", async ({ page }) => {
  await answerConformance(page);
  await openAs(page, "operator", PATH);
  await expect(page.getByText("1 finding", { exact: true })).toBeVisible();
  await page.getByText("2 of 2 as declared").click();

  await answerConformance(page, { ...CONFORMANCE, checked_at: new Date().toISOString() });
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(page.getByText("Checked just now")).toBeVisible();
  // What someone has opened stays open where nothing has changed.
  await expect(page.getByRole("row", { name: "Routes of 10.1.1.0/24" })).toBeVisible();

  const facts = CONFORMANCE.facts.filter(({ outcome }) => outcome === "conforms");
  await answerConformance(page, { ...CONFORMANCE, facts });
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(page.getByText("No findings", { exact: true })).toBeVisible();
});

test("a failure is told, and trying again helps", async ({ page }) => {
  await page.route("**/api/operations/conformance", (route) =>
    route.fulfill({ status: 502, json: { type: "about:blank", title: "Bad gateway", status: 502, detail: "EC2 gave no answer" } }),
  );
  await openAs(page, "operator", PATH);
  await expect(page.getByRole("main").getByRole("alert")).toContainText("EC2 gave no answer.");

  await answerConformance(page);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("1 finding", { exact: true })).toBeVisible();
});

for (const scheme of ["light", "dark"]) {
  test(`axe finds nothing wrong with findings, tables and the picture in ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await answerConformance(page);
    await openAs(page, "operator", PATH);
    await expect(page.getByText("1 finding", { exact: true })).toBeVisible();
    for (const summary of await page.locator("summary").all()) await summary.click();
    await expectAccessible(page, PATH);
  });
}
