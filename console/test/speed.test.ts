import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect, scene, test } from "./console";

/** What a first visit to the overview loads, as CloudFront would send it, in KB. */
const LARGEST_FIRST_LOAD_KB = 440;
/** All scripts and styles together. */
const LARGEST_IN_ALL_KB = 620;
/** On a phone: a processor four times as slow, 10 Mbit/s and 40 ms. Google calls 2.5 s good. */
const LATEST_PAINT_MS = 2_500;
/** Google calls 0.1 good. */
const LARGEST_SHIFT = 0.1;

const DIST = "dist";

function sizeOf(file: string): number {
  const content = readFileSync(join(DIST, file));
  return (file.endsWith(".woff2") ? content : gzipSync(content)).length / 1024;
}

/** The file that each page is built into, if it is one of its own. */
function filesOfPages(): Record<string, string | undefined> {
  const built = JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8")) as Record<string, { file: string }>;
  const pages = readdirSync("src/pages").filter((name) => name.endsWith(".tsx"));
  return Object.fromEntries(pages.map((name) => [name, built[`src/pages/${name}`]?.file]));
}

test("a first visit loads little", async ({ console }) => {
  const { page } = console;
  const files = new Set<string>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith("/assets/") || pathname === "/") files.add(pathname === "/" ? "index.html" : pathname.slice(1));
  });
  await page.goto(`${scene.url}/?role=administrator&tenant=${scene.tenant}#/${scene.tenant}/overview`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.waitForLoadState("networkidle");
  const loaded = [...files].reduce((sum, file) => sum + sizeOf(file), 0);
  const all = readdirSync(join(DIST, "assets")).filter((file) => /\.(js|css)$/.test(file));
  const whole = all.reduce((sum, file) => sum + sizeOf(join("assets", file)), 0);
  test.info().annotations.push({ type: "size", description: `first load ${loaded.toFixed(0)} KB, in all ${whole.toFixed(0)} KB` });
  process.stdout.write(`first load ${loaded.toFixed(0)} KB in ${files.size} files, scripts and styles ${whole.toFixed(0)} KB\n`);
  // A page that has no file of its own is part of what all of them load.
  const shown = Object.entries(filesOfPages()).filter(([, file]) => file === undefined || files.has(file));
  expect(shown.map(([name]) => name)).toEqual(["Overview.tsx"]);
  expect(loaded).toBeLessThan(LARGEST_FIRST_LOAD_KB);
  expect(whole).toBeLessThan(LARGEST_IN_ALL_KB);
});

test("the first paint comes soon on a phone, and nothing moves afterwards", async ({ console, context }) => {
  const { page } = console;
  // This machine's server does not compress, so the line has what CloudFront's gzip would save.
  await page.setViewportSize({ width: 412, height: 823 });
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 40,
    downloadThroughput: (4 * 10_000_000) / 8,
    uploadThroughput: 5_000_000 / 8,
  });
  await page.addInitScript(() => {
    const seen = { shift: 0, largest: 0 };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, hadRecentInput } = entry as unknown as { value: number; hadRecentInput: boolean };
        if (!hadRecentInput) seen.shift += value;
      }
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.largest = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
  });
  await page.goto(`${scene.url}/?role=administrator&tenant=${scene.tenant}#/${scene.tenant}/overview`);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  const seen = await page.evaluate(() => {
    const told = (window as unknown as { seen: { shift: number; largest: number } }).seen;
    return { ...told, first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity };
  });
  process.stdout.write(`first paint ${seen.first.toFixed(0)} ms, largest ${seen.largest.toFixed(0)} ms, shift ${seen.shift.toFixed(3)}\n`);
  expect(seen.first).toBeLessThan(LATEST_PAINT_MS);
  expect(seen.shift).toBeLessThan(LARGEST_SHIFT);
});

test("the page is what Lighthouse asks of one", async ({ console, request }) => {
  const { page, open } = console;
  const foreign: string[] = [];
  page.on("request", (sent) => {
    if (new URL(sent.url()).hostname !== "localhost") foreign.push(sent.url());
  });
  await open(["overview"]);
  expect(await page.title()).not.toBe("");
  expect(await page.locator('meta[name="viewport"]').getAttribute("content")).toContain("width=device-width");
  expect(await page.locator('meta[name="description"]').getAttribute("content")).toBeTruthy();
  expect(foreign).toEqual([]);

  const answer = await request.get(`${scene.url}/`);
  const headers = answer.headers();
  expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
  expect(headers["content-security-policy"]).not.toContain("unsafe");
  expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(await answer.text()).not.toMatch(/<script(?![^>]*src=)|style=|onload=/);
  const asset = readdirSync(join(DIST, "assets")).find((file) => file.endsWith(".js")) ?? "";
  expect((await request.get(`${scene.url}/assets/${asset}`)).headers()["cache-control"]).toContain("immutable");
});

test("a violation of the content security policy is seen", async ({ page }) => {
  // What the other tests rely on: the browser tells of it, and does not load it.
  const told: string[] = [];
  page.on("console", (message) => told.push(message.text()));
  await page.goto(`${scene.url}/?role=reader&tenant=${scene.tenant}`);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.isRun = true";
    document.body.append(script);
    void fetch("https://example.com/").catch(() => undefined);
  });
  await expect.poll(() => told.filter((text) => text.includes("Content Security Policy")).length).toBeGreaterThan(1);
  expect(await page.evaluate(() => "isRun" in window)).toBe(false);
});
