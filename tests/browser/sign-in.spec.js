import { expect, openAs, signIn, signOut, test } from "./support.js";

test("signing in leads back to where one was, and a reload keeps one signed in", async ({ page }) => {
  await openAs(page, "operator", "/operations/revisions");

  await expect(page).toHaveURL("/operations/revisions");
  await expect(page.getByRole("heading", { level: 1, name: "Revisions" })).toBeVisible();

  await page.reload();

  await expect(signOut(page)).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "Revisions" })).toBeVisible();
});

test("after signing out the panel is closed", async ({ page }) => {
  await openAs(page, "operator", "/operations");

  await signOut(page).click();

  await expect(page.getByRole("button", { name: "Sign in" }).first()).toBeVisible();
  await page.goto("/operations");
  await expect(page.getByText("You have to be signed in to operate the host.")).toBeVisible();
});

test("signing out and in again changes who one is", async ({ page }) => {
  await openAs(page, "reader", "/");
  await signOut(page).click();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();

  await signIn(page, "editor");

  await expect(page.getByText("editor", { exact: true })).toBeVisible();
});

test("a code that this tab did not ask for is not taken", async ({ page }) => {
  await page.goto("/signed-in?code=stolen&state=guessed");

  await expect(page.getByRole("heading", { level: 1, name: "Sign-in failed" })).toBeVisible();
  await expect(signOut(page)).toBeHidden();
});
