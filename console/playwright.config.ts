import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { defineConfig } from "@playwright/test";

/** The browser is the system's own, as Playwright's downloads do not come by npm. */
function chromium(): string {
  const named = process.env["CHROMIUM"];
  if (named) return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (found === undefined) throw new Error("There is no Chromium on PATH; name one in CHROMIUM.");
  return found;
}

export default defineConfig({
  testDir: "test",
  outputDir: "build/test-results",
  reporter: [["list"]],
  // Each test works on items of its own, so that they run side by side.
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    locale: "en-GB",
    timezoneId: "UTC",
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: chromium(),
      // Containers have no user namespaces for root.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
