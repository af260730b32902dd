import type { Locator, Page } from "@playwright/test";

import { expect, scene, test } from "./console";

const ALARMS = "**/v1/environment/alarms*";
/** The overview asks every 15 seconds, as no channel tells of alarms. The function's first answers are slow. */
const NEXT_LOOK_MS = 45_000;

function raisedOn(page: Page): Locator {
  return page.getByRole("list", { name: "Alarms" }).getByRole("listitem");
}

async function answer(page: Page, status: number, body: unknown): Promise<void> {
  const contentType = status === 200 ? "application/json" : "application/problem+json";
  await page.route(ALARMS, (route) => route.fulfill({ status, contentType, body: JSON.stringify(body) }));
}

test("a raised alarm is seen without a reload, and goes when it is quiet", async ({ console, request }) => {
  test.setTimeout(180_000);
  const { page, open } = console;
  await open(["overview"]);
  await expect(page.getByText("No alarm is raised; quiet: 1")).toBeVisible({ timeout: NEXT_LOOK_MS });
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));

  await request.post(`${scene.bell}/ALARM`);
  const bell = raisedOn(page).filter({ hasText: "bell-console" });
  await expect(bell).toBeVisible({ timeout: NEXT_LOOK_MS });
  await expect(page.getByText("1 alarm is raised")).toBeVisible();
  await expect(bell.getByText("ALARM", { exact: true })).toBeVisible();
  await expect(bell).toContainText("Somebody rang console.");
  await expect(bell).toContainText(/Since \w+ \d+, \d{4}/);

  await request.post(`${scene.bell}/OK`);
  await expect(bell).toBeHidden({ timeout: NEXT_LOOK_MS });
  await expect(page.getByText("No alarm is raised; quiet: 1")).toBeVisible();
  expect(await page.evaluate(() => "isSamePage" in window)).toBe(true);
});

test("alarms that lack data are told apart, the raised ones come first", async ({ console }) => {
  const { page, open } = console;
  const one = (name: string, state: string, since: string) => ({ name, state, since, description: `Of ${name}.`, reason: "" });
  await answer(page, 200, {
    alarms: [
      one("young", "INSUFFICIENT_DATA", "2026-01-03T00:00:00.000Z"),
      one("old", "ALARM", "2026-01-01T00:00:00.000Z"),
      one("new", "ALARM", "2026-01-02T00:00:00.000Z"),
      ...["a", "b", "c"].map((name) => one(name, "INSUFFICIENT_DATA", "2026-01-01T00:00:00.000Z")),
    ],
    quiet: 3,
    cursor: null,
  });
  await open(["overview"]);
  await expect(page.getByText("2 alarms are raised")).toBeVisible();
  await expect(page.getByText("4 alarms lack data")).toBeVisible();
  await expect(raisedOn(page).getByRole("strong")).toHaveText(["new", "old", "young", "a", "b"]);
  await page.getByRole("button", { name: "Show more" }).click();
  await expect(raisedOn(page)).toHaveCount(6);
});

test("an environment without alarms says so", async ({ console }) => {
  const { page, open } = console;
  await answer(page, 200, { alarms: [], quiet: 0, cursor: null });
  await open(["overview"]);
  await expect(page.getByText("This environment has no alarms.")).toBeVisible();
});

test("a refusal of the alarms leaves the rest of the overview, and is tried again", async ({ console }) => {
  const { page, open } = console;
  await answer(page, 403, { type: "urn:cqrs:problem:role", title: "Forbidden", status: 403, detail: "Not for you.", instance: "1" });
  await open(["overview"]);
  const refusal = page.getByText("Not for you.");
  await expect(refusal).toBeVisible();
  await expect(page.getByRole("link", { name: `NOTE ${scene.chain}` }).or(page.getByText("No command has failed.")).first()).toBeVisible();
  await page.unroute(ALARMS);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(refusal).toBeHidden();
});

test("an operator of one tenant is not shown the alarms of all", async ({ console }) => {
  const { page, open } = console;
  await open(["overview"], { role: "operator", tenant: scene.tenant });
  await expect(page.getByRole("heading", { name: "Work", exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Alarms" })).toBeHidden();
});
