// How the browser tests run: by `make test` against a cloud of their own, or by
// `npx playwright test` in this folder against the one that `make run` serves.
import { defineConfig } from "@playwright/test";

import { cloud } from "./browser/cloud.js";

export default defineConfig({
  testDir: "browser",
  outputDir: "../target/browser-tests",
  // The tests share one directory and one host.
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  timeout: 90_000,
  expect: { timeout: 15_000 },
  use: {
    baseURL: cloud.url,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      // Chromium's sandbox refuses root; the rest keeps it from calling home.
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
