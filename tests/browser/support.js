// What the browser tests share: signing in, pictures to upload, and a page that may not complain.
import { deflateRawSync, deflateSync } from "node:zlib";
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base } from "@playwright/test";

import { cloud } from "./cloud.js";

// What the browser itself reports of an answer with an error status: the tests cause some on purpose.
// And what Playwright's recorder asks for in vain when the browser could not read a picture that someone chose.
const FAILED_REQUEST = /^(Failed to load resource|Connecting to 'blob:)/;

/** Playwright's test, in which any error of the page's own, such as a violated security policy, fails the test. */
export const test = base.extend({
  page: async ({ page }, use) => {
    const complaints = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !FAILED_REQUEST.test(message.text())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await use(page);
    expect(complaints, "errors in the browser's console").toEqual([]);
  },
});

export { expect };

/** Signs in at the hosted page, and comes back to the page where one was. */
export async function signIn(page, name) {
  await page.getByRole("button", { name: "Sign in" }).first().click();
  await page.getByRole("textbox", { name: "Username" }).fill(name);
  await page.getByLabel("Password").fill(cloud.passwords[name]);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(signOut(page)).toBeVisible();
}

/** The way out, which stands in the header of every page. */
export function signOut(page) {
  return page.getByRole("banner").getByRole("button", { name: "Sign out" });
}

/** Where the form takes a photo; a badge is called Photographer. */
export function photoInput(page) {
  return page.getByLabel(/^Photo\b/);
}

/** Opens a page as someone who has signed in there. */
export async function openAs(page, name, path) {
  await page.goto(path);
  await signIn(page, name);
}

/** The API as whoever is signed in on this page may use it: a function of method, path and body. */
export function apiOf(page) {
  return async (method, path, data) => {
    // A change counts only from the site itself; a page's own calls say so without being asked.
    const answer = await page.request.fetch(path, { method, data, headers: { origin: cloud.url } });
    expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
    return answer.status() === 204 ? null : answer.json();
  };
}

/** Fails when axe finds anything wrong with the page. */
export async function expectAccessible(page, what) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
  expect(told, `${what}: what axe finds`).toEqual([]);
}

/** A plain picture as a PNG file, for an input of type file. */
export function picture({ name = "photo.png", width = 90, height = 120 } = {}) {
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x66)]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const data = deflateSync(Buffer.concat(Array(height).fill(row)));
  const chunks = [["IHDR", header], ["IDAT", data], ["IEND", Buffer.alloc(0)]].map(([type, body]) => chunk(type, body));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return { name, mimeType: "image/png", buffer: Buffer.concat([signature, ...chunks]) };
}

/** A JPEG of four quarters, red, green, blue and yellow, for an input of type file. */
export async function drawn(page, width, height) {
  const base64 = await page.evaluate(async ([width, height]) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    ["#f00", "#0f0", "#00f", "#ff0"].forEach((colour, at) => {
      context.fillStyle = colour;
      context.fillRect((at % 2) * (width / 2), Math.floor(at / 2) * (height / 2), width / 2, height / 2);
    });
    const file = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  }, [width, height]);
  return { name: `${width}-${height}.jpg`, mimeType: "image/jpeg", buffer: Buffer.from(base64, "base64") };
}

/** A zip archive of these files, packed unless they are to be stored, for an input of type file. */
export function zip(files) {
  const [heads, list] = [[], []];
  let at = 0;
  for (const { name, data, stored = false, size = data.length, damaged = false } of files) {
    const packed = stored ? data : deflateRawSync(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt32LE(crc32(size < data.length || damaged ? Buffer.alloc(0) : data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const behind = Buffer.alloc(14);
    behind.writeUInt32LE(at, 10);
    list.push(Buffer.from("PK\x01\x02\x14\0"), common, behind, Buffer.from(name));
    const head = [Buffer.from("PK\x03\x04"), common, Buffer.from(name), packed];
    heads.push(...head);
    at += head.reduce((sum, part) => sum + part.length, 0);
  }
  const directory = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return { name: "photos.zip", mimeType: "application/zip", buffer: Buffer.concat([...heads, directory, end]) };
}

function chunk(type, body) {
  const typed = Buffer.concat([Buffer.from(type), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}

// PNG, annex D. node:zlib has it from Node 20 on.
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A name nobody else in the directory has, nor one that a slip of the pen could be for. */
export function newName() {
  const letters = Array.from({ length: 12 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26)));
  return `Zora T${letters.join("")}`;
}
