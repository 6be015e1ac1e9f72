import { readFileSync } from "node:fs";

import { drawn, expect, expectAccessible, newName, openAs, photoInput, picture, test, zip } from "./support.js";

/** Opens the form for someone new and fills in all but the photo. */
async function openForm(page) {
  const name = newName();
  await openAs(page, "editor", "/employees/new");
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Oslo");
  return name;
}

/** Saves the form, and gives what the page of someone shows: the photo's sides, and the colours in its quarters, near the middle. */
async function saved(page, name) {
  await page.getByRole("button", { name: "Add employee" }).click();
  return shown(page, name);
}

async function shown(page, name) {
  const photo = page.getByRole("img", { name: `Photo of ${name}` });
  await expect(photo).toBeVisible();
  return photo.evaluate(async (image) => {
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const at = (x, y) => {
      const [red, green, blue, alpha] = context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data;
      const is = (value) => (value > 128 ? 1 : 0);
      const names = { 100: "red", "010": "green", "001": "blue", 110: "yellow", "000": "black" };
      return alpha < 128 ? "clear" : names[`${is(red)}${is(green)}${is(blue)}`];
    };
    const quarters = [at(0.25, 0.4), at(0.75, 0.4), at(0.25, 0.6), at(0.75, 0.6)];
    return { sides: [canvas.width, canvas.height], quarters, above: at(0.5, 0.02), address: image.currentSrc };
  });
}

const frame = (page) => page.getByRole("application", { name: "Part of the picture" });

test("the middle of a picture becomes the photo, as sharp as it is shown large", async ({ page }) => {
  const name = await openForm(page);
  await photoInput(page).setInputFiles(await drawn(page, 1600, 1200));
  await expect(frame(page)).toBeVisible();
  await expectAccessible(page, "the frame");

  const photo = await saved(page, name);

  expect(photo).toMatchObject({ sides: [480, 640], quarters: ["red", "green", "blue", "yellow"] });
  expect(photo.address).toMatch(/\/photos\/[0-9a-f]{16}\.webp$/);
});

test("another part is chosen by keyboard", async ({ page }) => {
  const name = await openForm(page);
  await photoInput(page).setInputFiles(await drawn(page, 1600, 1200));
  await frame(page).focus();
  for (let press = 0; press < 20; press += 1) await page.keyboard.press("ArrowRight");

  expect((await saved(page, name)).quarters).toEqual(["red", "red", "blue", "blue"]);
});

test("another part is chosen by mouse, and a corner of it enlarged", async ({ page }) => {
  const name = await openForm(page);
  await photoInput(page).setInputFiles(await drawn(page, 1600, 1200));
  await frame(page).focus();
  for (let press = 0; press < 10; press += 1) await page.keyboard.press("+");
  const box = await frame(page).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x - 900, box.y - 900, { steps: 5 });
  await page.mouse.up();
  // Let go, it stays where it is.
  await page.mouse.move(box.x + 900, box.y + 900);

  expect((await saved(page, name)).quarters).toEqual(["yellow", "yellow", "yellow", "yellow"]);
});

test("all of a picture is taken where someone wants that", async ({ page }) => {
  const name = await openForm(page);
  await photoInput(page).setInputFiles(await drawn(page, 1600, 1200));
  const size = page.getByRole("slider", { name: "Size" });
  await expect(size).toHaveAttribute("aria-valuetext", "100 %");
  await size.focus();
  await page.keyboard.press("Home");
  await expect(size).toHaveAttribute("aria-valuetext", "56 %");

  const photo = await saved(page, name);
  expect(photo).toMatchObject({ sides: [480, 640], quarters: ["red", "green", "blue", "yellow"], above: "clear" });
});

test("a picture is turned by quarters", async ({ page }) => {
  const name = await openForm(page);
  await photoInput(page).setInputFiles(await drawn(page, 1600, 1200));
  await page.getByRole("button", { name: "Turn right" }).click();
  await page.getByRole("button", { name: "Turn left" }).click();
  await page.getByRole("button", { name: "Turn right" }).press("Enter");

  expect(await saved(page, name)).toMatchObject({ sides: [480, 640], quarters: ["blue", "red", "yellow", "green"] });
});

test("a picture of 48 million pixels is made small before it is sent", async ({ page }) => {
  const name = await openForm(page);
  const large = await drawn(page, 8064, 6048);
  await photoInput(page).setInputFiles(large);
  await expect(frame(page)).toBeVisible();
  const sent = page.waitForRequest((request) => request.method() === "PUT" && request.url().endsWith("/photo"));

  expect(await saved(page, name)).toMatchObject({ sides: [480, 640], quarters: ["red", "green", "blue", "yellow"] });
  expect((await (await sent).sizes()).requestBodySize).toBeLessThan(200_000);
});

test("a picture taken with the camera on its side stands upright in the frame", async ({ page }) => {
  const name = await openForm(page);
  const file = await drawn(page, 1600, 1200);
  // Turned right, as EXIF says it.
  const exif = Buffer.from("ffe100224578696600004d4d002a00000008000101120003000000010006000000000000", "hex");
  const turned = { ...file, buffer: Buffer.concat([file.buffer.subarray(0, 2), exif, file.buffer.subarray(2)]) };
  await photoInput(page).setInputFiles(turned);

  expect(await saved(page, name)).toMatchObject({ sides: [480, 640], quarters: ["blue", "red", "yellow", "green"] });
});

test("a small picture is not enlarged", async ({ page }) => {
  const name = await openForm(page);
  await photoInput(page).setInputFiles(picture({ width: 90, height: 120 }));
  await expect(frame(page)).toBeVisible();

  expect((await saved(page, name)).sides).toEqual([90, 120]);
});

test("of a photo that the original app took in the small picture is shown", async ({ page }) => {
  const name = "Amara Okafor";
  await page.goto("/?q=Amara");
  await page.getByRole("heading", { level: 2, name }).getByRole("link").click();

  expect((await shown(page, name)).sides).toEqual([120, 160]);
});

test("what the browser can't read is refused in a line, and another picture takes its place", async ({ page }) => {
  const name = await openForm(page);
  const refused = async (file, words) => {
    await photoInput(page).setInputFiles(file);
    await expect(photoInput(page)).toHaveAccessibleDescription(words);
    await expect(frame(page)).toBeHidden();
  };
  const heic = Buffer.concat([Buffer.from("0000001866747970", "hex"), Buffer.from("heic\0\0\0\0mif1heic")]);
  await refused(
    { name: "IMG_0007.HEIC", mimeType: "image/heic", buffer: heic },
    /^“IMG_0007\.HEIC” is a HEIC picture, which this browser can’t read; choose it as a JPEG, or use a browser such as Safari\./,
  );
  await refused({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hi") }, /^“notes\.txt” is no picture/);
  await refused({ name: "empty.png", mimeType: "image/png", buffer: Buffer.alloc(0) }, /^“empty\.png” is empty/);

  await photoInput(page).setInputFiles(await drawn(page, 300, 400));
  await expect(photoInput(page)).not.toHaveAttribute("aria-invalid", "true");
  expect((await saved(page, name)).sides).toEqual([300, 400]);
});

test("a choice is undone", async ({ page }) => {
  await openForm(page);
  await photoInput(page).setInputFiles(await drawn(page, 300, 400));
  await expect(frame(page)).toBeVisible();
  await page.getByRole("button", { name: "Undo the choice" }).click();
  await expect(frame(page)).toBeHidden();
  await expect(photoInput(page)).toHaveValue("");
});

/** Adds someone, and gives their id. */
async function someone(page, name, email) {
  await page.goto("/employees/new");
  await page.getByRole("textbox", { name: "Full name" }).fill(name);
  await page.getByRole("textbox", { name: "Job title" }).fill("Tester");
  await page.getByRole("textbox", { name: "Location" }).fill("Oslo");
  if (email) await page.getByRole("textbox", { name: "E-mail" }).fill(email);
  await page.getByRole("button", { name: "Add employee" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  return new URL(page.url()).pathname.split("/").at(-1);
}

const photosInput = (page) => page.getByLabel("Photos as a zip file");

test("photos come from a zip file, each to whoever it is named by, and the others are told", async ({ page }) => {
  const [one, two, three, four, five] = [newName(), newName(), newName(), newName(), newName()];
  const email = `${one.toLowerCase().replaceAll(/[^a-z]/g, "")}@example.org`;
  await openAs(page, "editor", "/");
  await someone(page, one, email);
  const [second, third, fourth] = [await someone(page, two), await someone(page, three), await someone(page, four)];
  const fifth = await someone(page, five);
  const wide = await drawn(page, 1600, 1200);
  const small = picture({ width: 90, height: 120 });
  await page.goto("/import");

  await photosInput(page).setInputFiles(
    zip([
      { name: `photos/${email.toUpperCase()}.JPG`, data: wide.buffer },
      { name: `photos/${second}.png`, data: small.buffer, stored: true },
      { name: `${second}.jpg`, data: wide.buffer },
      { name: `${third}.png`, data: Buffer.from("no picture") },
      // Says that it is small, and is 61 MB of nothing.
      { name: `${fourth}.png`, data: Buffer.alloc(61 * 1024 * 1024), size: 10 },
      { name: `${fifth}.png`, data: small.buffer, damaged: true },
      { name: "nobody@example.org.jpg", data: wide.buffer },
      { name: "__MACOSX/._x.jpg", data: Buffer.alloc(9) },
      { name: "photos/.DS_Store", data: Buffer.alloc(9) },
    ]),
  );

  await expect(page.getByText("This is what would happen.")).toBeVisible();
  const refused = page.getByRole("region", { name: "Refused files" }).getByRole("row");
  await expect(refused).toHaveText([
    /File/,
    new RegExp(`${second}.jpg\\s*Is of the same person as photos/${second}.png.`),
    /nobody@example.org.jpg\s*Nobody has this id or e-mail address./,
  ]);
  await expectAccessible(page, "photos from a file");

  await page.getByRole("button", { name: "Import photos" }).click();

  await expect(page.getByText("Done.")).toBeVisible();
  await expect(refused.nth(3)).toHaveText(new RegExp(`${third}.png\\s*Is no picture that this browser can read`));
  await expect(refused.nth(4)).toHaveText(new RegExp(`${fourth}.png\\s*Has more than 60 MB.`));
  await expect(refused.nth(5)).toHaveText(new RegExp(`${fifth}.png\\s*Is damaged in the archive.`));
  await expect(page.getByText("given", { exact: true }).locator("+ dd")).toHaveText("2");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save refused files as CSV" }).click();
  const rows = readFileSync(await (await download).path(), "utf8").trimEnd().split("\r\n");
  expect(rows[0]).toBe("\ufeffFile,Reason");
  expect(rows.slice(1)).toHaveLength(5);

  await page.goto(`/employees/${second}`);
  expect((await shown(page, two)).sides).toEqual([90, 120]);
  await page.goto("/");
  await page.getByRole("searchbox").fill(one);
  await page.getByRole("heading", { level: 2, name: one }).getByRole("link").click();
  // All of the picture, since nobody has chosen a part.
  expect(await shown(page, one)).toMatchObject({ sides: [480, 360], quarters: ["red", "green", "blue", "yellow"] });
});

test("an import of photos is stopped and goes on, whatever is in its way", async ({ page }) => {
  await openAs(page, "editor", "/");
  const names = [newName(), newName(), newName()];
  const ids = [];
  for (const name of names) ids.push(await someone(page, name));
  await page.goto("/import");
  const archive = zip(ids.map((id) => ({ name: `${id}.png`, data: picture().buffer })));
  await photosInput(page).setInputFiles(archive);
  const photos = "**/api/employees/*/photo";
  const stop = page.getByRole("button", { name: "Stop" });
  let sent = 0;
  await page.route(photos, async (route) => {
    sent += 1;
    if (sent === 1) await stop.click();
    if (sent === 2) return route.abort();
    return route.continue();
  });

  await page.getByRole("button", { name: "Import photos" }).click();
  await expect(page.getByText("Stopped.")).toBeVisible();
  await expect(page.getByRole("progressbar", { name: "Photos" })).toHaveJSProperty("value", 1);
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByText("The server can’t be reached.")).toBeVisible();
  await page.getByRole("button", { name: "Go on" }).click();

  await expect(page.getByText("Done.")).toBeVisible();
  await expect(page.getByText("given", { exact: true }).locator("+ dd")).toHaveText("3");
  for (const [at, id] of ids.entries()) {
    await page.goto(`/employees/${id}`);
    await expect(page.getByRole("img", { name: `Photo of ${names[at]}` })).toBeVisible();
  }
});

test("what is no zip file is told in a line", async ({ page }) => {
  await openAs(page, "editor", "/import");
  for (const [file, words] of [
    [{ name: "people.zip", buffer: Buffer.from("Name;Mail\r\n") }, /^“people\.zip” is no zip file/],
    [{ name: "half.zip", buffer: zip([{ name: "a.jpg", data: Buffer.alloc(900) }]).buffer.subarray(0, 60) }, /^“half\.zip” is no zip file/],
  ]) {
    await photosInput(page).setInputFiles({ ...file, mimeType: "application/zip" });
    await expect(photosInput(page)).toHaveAccessibleDescription(words);
  }
  await photosInput(page).setInputFiles(zip([]));
  await expect(page.getByRole("button", { name: "Import photos" })).toHaveAccessibleDescription("There is nobody to give a photo to.");
});
