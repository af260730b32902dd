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
