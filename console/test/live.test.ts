import type { Page } from "@playwright/test";

import { expect, scene, test } from "./console";

/** After a change is done, the page shows it within this time. */
const WITHIN_MS = 1_000;

// The emulator and the other tests share this machine's processors, and may hold one change up.
test.describe.configure({ retries: 2 });

async function isLive(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Overview" }).click();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
}

/** Mark the page, so that a reload would show. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
}

async function expectSame(page: Page): Promise<void> {
  expect(await page.evaluate(() => "isSamePage" in window)).toBe(true);
}

test("a command of somebody else is seen within a second of its end", async ({ console }) => {
  const { page, open, api } = console;
  const id = `live-${test.info().retry}`;
  await api.send("PUT", `/items/NOTE/${id}?sync=true`, { name: "One", attributes: {} });
  await open(["overview"]);
  await isLive(page);
  await mark(page);
  await page.evaluate((place) => (window.location.hash = place), `#/${scene.tenant}/items/NOTE/${id}`);
  const lane = page.getByRole("list", { name: "Chain of versions" });
  await expect(lane.getByRole("button", { name: /^1 Applied/ })).toBeVisible();

  for (const version of [2, 3, 4]) {
    await api.send("PUT", `/items/NOTE/${id}?sync=true`, { name: `No ${version}`, attributes: {} });
    // The first one shows that the item is followed by now.
    const timeout = version === 2 ? 15_000 : WITHIN_MS;
    await expect(lane.getByRole("button", { name: new RegExp(`^${version} Applied`) })).toBeVisible({ timeout });
  }
  await expectSame(page);
});

test("the overview tells what happens, and counts it", async ({ console }) => {
  const { page, open, api } = console;
  await open(["overview"]);
  await isLive(page);
  await mark(page);
  const id = `told-${test.info().retry}`;
  await api.send("PUT", `/items/NOTE/${id}?sync=true`, { name: "One", attributes: {} });
  const told = page.getByRole("link", { name: `NOTE#${id}@1` });
  await expect(told).toBeVisible({ timeout: WITHIN_MS });
  await expect(page.locator(".figure").first()).not.toHaveText("0", { timeout: WITHIN_MS });
  await told.click();
  await expect(page.getByRole("heading", { level: 1, name: `NOTE ${id}` })).toBeVisible();
  await expectSame(page);
});

test("a task's end is seen within a second", async ({ console }) => {
  const { page, open, api } = console;
  await open(["tasks"]);
  await mark(page);
  const made = await api.send("POST", "/tasks", { type: "route_distances", input: { origin: "HND" } });
  const { id } = made.body as { id: string };
  await page.evaluate((place) => (window.location.hash = place), `#/${scene.tenant}/tasks/${id}`);
  const ended = async () => ((await api.send("GET", `/tasks/${id}`)).body as { status: string }).status;
  await expect.poll(ended, { timeout: 30_000, intervals: [100] }).toBe("COMPLETED");
  await expect(page.getByText("COMPLETED")).toBeVisible({ timeout: WITHIN_MS });
  await expectSame(page);
});

test("when the channel is away the page asks by itself, and says so", async ({ console }) => {
  const { page, api } = console;
  // The page's own network refuses WebSockets, as some proxies do.
  await page.routeWebSocket(/.*/, (socket) => socket.close());
  await page.goto(`${scene.url}/?role=administrator&tenant=${scene.tenant}#/${scene.tenant}/overview`);
  await expect(page.getByText("Reconnecting; asks every 5 seconds")).toBeVisible();
  await page.evaluate((place) => (window.location.hash = place), `#/${scene.tenant}/tasks`);
  await expect(page.getByRole("heading", { name: "Tasks" }).first()).toBeVisible();
  const made = await api.send("POST", "/tasks", { type: "route_distances", input: { origin: "ITM" } });
  const { id } = made.body as { id: string };
  await expect(page.getByRole("link", { name: id })).toBeVisible({ timeout: 12_000 });
});
