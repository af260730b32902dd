import type { Page, Route } from "@playwright/test";

import { expect, scene, test } from "./console";

const JOB = new RegExp(`/v1/tenants/${scene.tenant}/imports/[^/?]+$`);
const EXECUTIONS = `**/v1/tenants/${scene.tenant}/imports/*/executions`;
/** The page of an import looks for its execution so often. */
const LOOKING_MS = 2_000;

async function importFile(page: Page, name: string): Promise<void> {
  await page.locator('input[type="file"]').setInputFiles({
    name: `${name}.csv`,
    mimeType: "text/csv",
    buffer: Buffer.from(`iata,name,city,state,country,latitude,longitude\r\n${name},Obihiro,Obihiro,,Japan,42.73,143.22\r\n`),
  });
  await page.getByRole("button", { name: /^Way/ }).click();
  await page.getByRole("option", { name: "STEP_FUNCTION" }).click();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${name}.csv` })).toBeVisible();
}

async function notYet(route: Route): Promise<void> {
  await route.fulfill({ contentType: "application/json", body: JSON.stringify({ executions: [] }) });
}

/** Let an import run for as long as is said, however soon it has ended. */
async function holdRunning(page: Page): Promise<{ release: () => void; isToldOver: () => boolean }> {
  let isHeld = true;
  let isToldOver = false;
  await page.route(JOB, async (route) => {
    const response = await route.fetch();
    const job = (await response.json()) as { status: string };
    if (!isHeld && job.status === "COMPLETED") isToldOver = true;
    await route.fulfill({ response, json: isHeld ? { ...job, status: "PROCESSING" } : job });
  });
  return { release: () => (isHeld = false), isToldOver: () => isToldOver };
}

test("an import's execution is shown while it runs, though it is there only at a later look", async ({ console }) => {
  const { page, open } = console;
  const held = await holdRunning(page);
  let looks = 0;
  await page.route(EXECUTIONS, (route) => {
    looks += 1;
    return looks === 1 ? notYet(route) : route.fallback();
  });
  await page.clock.install();
  await open(["imports"]);
  const looked = page.waitForResponse(EXECUTIONS);
  await importFile(page, "OBO");
  await looked;
  await page.clock.runFor(LOOKING_MS);

  const execution = page.getByRole("main").getByRole("link", { name: "import-csv" });
  await expect(execution).toBeVisible();
  await expect(page.getByText("PROCESSING", { exact: true })).toBeVisible();
  held.release();
  await expect(page.getByText("COMPLETED", { exact: true })).toBeVisible({ timeout: 45_000 });
  await execution.click();
  await expect(page.getByRole("group", { name: "State machine" })).toBeVisible();
  await expect(page.getByText("SUCCEEDED", { exact: true }).first()).toBeVisible();
});

test("an import that is over by the next look shows its execution too", async ({ console }) => {
  const { page, open } = console;
  const held = await holdRunning(page);
  await page.route(EXECUTIONS, (route) => (held.isToldOver() ? route.fallback() : notYet(route)));
  await open(["imports"]);
  const looked = page.waitForResponse(EXECUTIONS);
  await importFile(page, "MMB");
  await looked;
  await expect(page.getByText("PROCESSING", { exact: true })).toBeVisible();
  await expect(page.getByRole("main").getByRole("link", { name: "import-csv" })).toBeHidden();

  held.release();
  await expect(page.getByText("COMPLETED", { exact: true })).toBeVisible({ timeout: 45_000 });
  await expect(page.getByRole("main").getByRole("link", { name: "import-csv" })).toBeVisible();
});

interface Shown {
  status: string;
  counts: Readonly<Record<string, number>>;
}

/** Let the page of an import show what no import of these tests has come to. */
async function show(page: Page, id: string, shown: () => Shown): Promise<void> {
  await page.route(`**/v1/tenants/${scene.tenant}/imports/${id}`, async (route) => {
    const { status, counts } = shown();
    const isOver = status !== "PROCESSING";
    const job = {
      id,
      target: "airports",
      upload: "01ARZ3NDEKTSV4RRFFQ69G5FAV-airports.csv",
      mode: "DIRECT",
      publish_mode: "SYNC",
      status,
      counts,
      created_at: "2026-01-01T00:00:00.000Z",
      created_by: null,
      started_at: "2026-01-01T00:00:00.000Z",
      finished_at: isOver ? "2026-01-01T00:01:00.000Z" : null,
      error: null,
      cause: null,
      passed_over: 0,
      encoding: "UTF-8",
    };
    await route.fulfill({ contentType: "application/json", body: JSON.stringify(job) });
  });
  await page.route(`**/v1/tenants/${scene.tenant}/imports/${id}/executions`, notYet);
}

test("rows that a running import has rejected stay in sight while others come", async ({ console }) => {
  const { page, open } = console;
  let failed = 2;
  let answer = () => {};
  await show(page, "running", () => ({ status: "PROCESSING", counts: { succeeded: 7, failed } }));
  await page.route("**/imports/running/rejected-rows?**", async (route) => {
    const count = failed;
    if (count > 2) await new Promise<void>((resolve) => (answer = resolve));
    const rows = Array.from({ length: count }, (_, index) => ({ row: index + 1, reason: `Reason ${index + 1}.`, raw: "x" }));
    await route.fulfill({ contentType: "application/json", body: JSON.stringify({ rows }) });
  });
  await open(["imports", "running"]);
  const main = page.getByRole("main");
  await expect(main.getByText("Reason 2.")).toBeVisible();

  const again = page.waitForRequest("**/imports/running/rejected-rows?**");
  failed = 3;
  await again;
  await expect(main.getByText("Reason 2.")).toBeVisible();
  await expect(main.getByText("Loading", { exact: true })).toHaveCount(0);
  await expect.poll(() => { answer(); return main.getByText("Reason 3.").isVisible(); }).toBe(true);
});

for (const status of ["CANCELLED", "FAILED"]) {
  test(`an import that is ${status} is not told to be whole`, async ({ console }) => {
    const { page, open } = console;
    await show(page, status.toLowerCase(), () => ({ status, counts: { succeeded: 928 } }));
    await page.addInitScript((id) => sessionStorage.setItem(`console.rows.${id}`, "10000"), status.toLowerCase());
    await open(["imports", status.toLowerCase()]);
    await expect(page.getByText(/^928 of 10,000 rows/)).toBeVisible();
    await expect(page.getByRole("progressbar")).toHaveAttribute("value", "9");
  });
}

test("a file of Excel in Japanese is imported by its encoding", async ({ console }) => {
  const { page, open, api } = console;
  await open(["imports"]);
  await page.locator('input[type="file"]').setInputFiles({
    name: "japanese.csv",
    mimeType: "text/csv",
    buffer: Buffer.concat([
      Buffer.from("iata,name,city,state,country,latitude,longitude\r\nOBI,"),
      Buffer.from([0x91, 0xd1, 0x8d, 0x4c]),
      Buffer.from(",Obihiro,,Japan,42.73,143.22\r\n"),
    ]),
  });
  await page.getByRole("button", { name: /^Way STEP_FUNCTION/ }).click();
  await page.getByRole("option", { name: "DIRECT" }).click();
  await page.getByLabel(/^Encoding/).fill("cp932");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "japanese.csv" })).toBeVisible();
  await expect(page.getByText("COMPLETED", { exact: true })).toBeVisible({ timeout: 45_000 });
  const { body } = await api.send("GET", "/items/AIRPORT/OBI");
  expect(body).toMatchObject({ name: "帯広" });
});

test("changed cells keep their line breaks, and are there until they are imported again", async ({ console }) => {
  const { page, open, api } = console;
  await open(["imports"]);
  const row = (code: string, city: string) => `${code},Kushiro,"${city}",,Japan,95.2,144.19\r\n`;
  await page.locator('input[type="file"]').setInputFiles({
    name: "lines.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`iata,name,city,state,country,latitude,longitude\r\n${row("KUH", "two\nlines")}${row("KUI", "one line")}`),
  });
  await page.getByRole("button", { name: "Import", exact: true }).click();
  const rows = page.getByRole("table", { name: "Rejected rows" });
  const city = rows.getByLabel("city of row 1");
  await expect(city).toHaveValue("two\nlines", { timeout: 45_000 });
  const heights = await rows.locator("tbody tr").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  expect(new Set(heights).size).toBe(1);

  await city.fill("two\nlong lines");
  await rows.getByLabel("latitude of row 1").fill("43.04");
  await rows.getByLabel("Leave out row 2").check();
  await page.getByRole("link", { name: "Tasks" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Tasks" })).toBeVisible();
  await page.goBack();
  await expect(page.getByText("2 cells changed")).toBeVisible();
  await page.reload();
  await expect(page.getByText("2 cells changed")).toBeVisible();
  await expect(rows.getByLabel("Leave out row 2")).toBeChecked();
  const before = page.url();

  await page.getByRole("button", { name: "Import 1 row again" }).click();
  await expect(page.getByRole("heading", { name: /^lines-mended/ })).toBeVisible();
  await expect(page.getByText("COMPLETED", { exact: true })).toBeVisible({ timeout: 45_000 });
  const { body } = await api.send("GET", "/items/AIRPORT/KUH");
  expect(JSON.stringify(body)).toContain("two\\nlong lines");
  await page.goto(before);
  await expect(city).toHaveValue("two\nlines");
  await expect(page.getByText(/cells? changed/)).toBeHidden();
});

test("hours that are left are not told like a time of day", async ({ console }) => {
  const { page, open } = console;
  await show(page, "long", () => ({ status: "PROCESSING", counts: { succeeded: 7 } }));
  await page.addInitScript(() => sessionStorage.setItem("console.rows.long", "10000"));
  await open(["imports", "long"]);
  await expect(page.getByText(/^7 of 10,000 rows .* · [\d,]+ h \d+ min left$/)).toBeVisible();
});
