// The tokens by which identity providers keep the directory.
import { cloud } from "./cloud.js";
import { expect, expectAccessible, newName, openAs, test } from "./support.js";

test("an operator makes a token, which is shown once and opens SCIM until it is revoked", async ({ page }) => {
  const name = newName();
  await openAs(page, "operator", "/operations/provisioning");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog", { name: "New token" });
  await dialog.getByRole("button", { name: "Make token" }).click();
  await expect(dialog.getByRole("textbox", { name: "Name" })).toHaveAttribute("aria-invalid", "true");
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByRole("button", { name: "Make token" }).click();

  const made = page.getByRole("region", { name: `The token for ${name}` });
  const token = (await made.locator("code").first().innerText()).trim();
  await expect(made.locator("code").last()).toHaveText(`${cloud.url}/scim/v2`);
  await expectAccessible(page, "a token that was just made");
  const users = () => page.request.get("/scim/v2/Users?count=1", { headers: { authorization: `Bearer ${token}` } });
  expect((await users()).status()).toBe(200);

  await page.reload();
  const listed = page.getByRole("listitem").filter({ hasText: name });
  await expect(listed).toContainText(/Made by operator just now · last used/);
  await expect(page.getByText(token)).toHaveCount(0);
  await listed.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog", { name: `Revoke the token for ${name}?` }).getByRole("button", { name: "Revoke" }).click();

  await expect(page.getByRole("status").filter({ hasText: `The token for ${name} was revoked.` })).toBeVisible();
  await expect(listed).toHaveCount(0);
  expect((await users()).status()).toBe(401);
});

test("whoever is no operator sees no tokens", async ({ page }) => {
  await openAs(page, "editor", "/operations/provisioning");
  await expect(page.getByText("Only members of the group EC2Admins may operate the host.")).toBeVisible();
});
