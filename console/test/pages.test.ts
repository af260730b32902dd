import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, prefer, scene, test } from "./console";

const PAGES: readonly (readonly string[])[] = [
  ["overview"],
  ["items"],
  ["items", "AIRPORT"],
  ["items", "AIRPORT", "HND"],
  ["executions"],
  ["executions", "command-handler"],
  ["executions", "airport-closure"],
  ["imports"],
  ["tasks"],
  ["approvals"],
  ["read-models"],
  ["doctor"],
  ["doctor", "letters"],
  ["doctor", "discarded"],
];

/** WCAG 2.2, levels A and AA, and axe's own good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`));
}

/** Wait until nothing is read any more. */
async function settled(page: Page): Promise<void> {
  await expect(page.getByText(/^(Loading|読み込み中)$/)).toHaveCount(0);
}

for (const [mode, language] of [["light", "en"], ["dark", "ja"]] as const) {
  test(`axe finds nothing on any page, ${mode}, ${language}`, async ({ console, context }) => {
    test.setTimeout(120_000);
    await prefer(context, mode, language);
    const { page, open } = console;
    const found: string[] = [];
    for (const parts of PAGES) {
      await open(parts);
      await settled(page);
      found.push(...(await violationsOf(page)).map((one) => `${parts.join("/")}: ${one}`));
    }
    expect(found).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(language);
  });
}

test("axe finds nothing in the dialogs and in an execution", async ({ console }) => {
  const { page, open } = console;
  await open(["items", "AIRPORT", "HND"]);
  await page.getByRole("button", { name: "Publish a version" }).click();
  await expect(page.getByRole("dialog").getByLabel(/^country/)).toHaveValue("Japan");
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();

  await page.getByRole("link", { name: "Executions", exact: true }).last().click();
  await page.getByRole("table").getByRole("link").first().click();
  const graph = page.getByRole("group", { name: "State machine" });
  await graph.getByRole("button", { name: /^check_version,/ }).click();
  await expect(page.getByRole("region", { name: "Output" }).first()).toBeVisible();
  expect(await violationsOf(page)).toEqual([]);
});

test("a phone shows everything without a sideways scroll", async ({ console }) => {
  test.setTimeout(120_000);
  const { page, open, api } = console;
  const { body } = await api.send("POST", "/tasks", { type: "route_distances", items: [{ origin: "HND" }] });
  const { id } = body as { id: string };
  await api.send("PUT", "/items/NOTE/wide?sync=true", { name: "W".repeat(200), attributes: {} });
  await page.setViewportSize({ width: 360, height: 740 });
  const pages = [...PAGES, ["tasks", id], ["items", "NOTE"], ["items", "NOTE", "wide"], ["executions", "of", "AIRPORT", "HND", "1"]];
  for (const parts of pages) {
    await open(parts);
    await settled(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, parts.join("/")).toBeLessThanOrEqual(360);
  }
});

test("a phone shows the status of each row without a scroll of its table", async ({ console }) => {
  const { page, open } = console;
  await page.setViewportSize({ width: 360, height: 740 });
  const statuses = [
    { parts: ["executions", "command-handler"], text: "SUCCEEDED" },
    { parts: ["approvals"], text: "PENDING" },
    { parts: ["executions", "of", "AIRPORT", "HND", "1"], text: "SUCCEEDED" },
    { parts: ["overview"], text: "Failed" },
    { parts: ["overview"], text: "Odd" },
  ];
  for (const { parts, text } of statuses) {
    await open(parts);
    await settled(page);
    const status = page.getByRole("main").getByText(text, { exact: true }).first();
    await status.evaluate((element) => element.scrollIntoView({ block: "center", inline: "nearest" }));
    await expect(status, parts.join("/")).toBeInViewport({ ratio: 1 });
    const moved = await page.evaluate(() => [...document.querySelectorAll("*")].filter((one) => one.scrollLeft > 0).length);
    expect(moved, parts.join("/")).toBe(0);
  }
});

test("a phone tells tasks by their type, time and the end of their ids", async ({ console }) => {
  const { page, open, api } = console;
  const { body } = await api.send("POST", "/tasks", { type: "route_distances", input: { origin: "HND" } });
  const { id } = body as { id: string };
  await page.setViewportSize({ width: 360, height: 740 });
  await open(["tasks"]);
  const row = page.getByRole("row").filter({ hasText: `…${id.slice(-6)}` });
  await expect(row.getByText(/^\d+\/\d+\/\d+, \d+:\d\d [AP]M$/)).toBeVisible();
  await expect(row.getByText("COMPLETED")).toBeVisible();
  // Half a line is more than what a letter sticks out.
  const cut = await row.locator(".cell").evaluateAll((cells) => cells.filter((cell) => cell.scrollHeight > cell.clientHeight + 9).length);
  expect(cut).toBe(0);
  await row.getByRole("link", { name: "route_distances" }).click();
  await expect(page.getByText(id, { exact: true }).first()).toBeVisible();
});

test("the keyboard alone leads from page to page, and to the content", async ({ console }) => {
  const { page, open } = console;
  await open(["overview"]);
  await settled(page);
  await page.keyboard.press("Tab");
  await expect(page.getByText("Skip to content")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  const link = page.getByRole("link", { name: "Tasks" }).first();
  await link.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Tasks" })).toBeVisible();
  await page.getByRole("button", { name: "Make a task" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("button", { name: "Make a task" })).toBeFocused();
});

test("languages and colours are chosen and kept", async ({ console }) => {
  const { page, open } = console;
  await open(["overview"]);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("menuitem", { name: "日本語" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "概要" })).toBeVisible();
  await page.getByRole("button", { name: "設定" }).click();
  await page.getByRole("menuitem", { name: "ダークモードにする" }).click();
  await expect(page.locator("body.awsui-dark-mode")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "概要" })).toBeVisible();
  await expect(page.locator("body.awsui-dark-mode")).toBeVisible();
});

test("it says that it is offline, and reads again when it is not", async ({ console, context }) => {
  const { page, open } = console;
  await open(["tasks"]);
  await settled(page);
  await context.setOffline(true);
  await expect(page.getByText(/You are offline/)).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText(/You are offline/)).toBeHidden();
});

test("what fails is told with a way to try again", async ({ console }) => {
  const { page, open } = console;
  let isBroken = true;
  await page.route("**/v1/tenants/*/tasks?**", async (route) => {
    if (!isBroken) return route.continue();
    return route.fulfill({
      status: 404,
      contentType: "application/problem+json",
      body: JSON.stringify({ type: "urn:cqrs:problem:not-found", title: "Not Found", status: 404, detail: "It is broken.", instance: "x" }),
    });
  });
  await open(["tasks"]);
  await expect(page.getByText("It is broken.")).toBeVisible();
  isBroken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("It is broken.")).toBeHidden();
});

for (const { page: place, open: opens, does } of [
  { page: "tasks", open: "Make a task", does: "Make" },
  { page: "imports", open: undefined, does: "Import" },
]) {
  test(`${place} are made only when it is known of what`, async ({ console }) => {
    const { page, open } = console;
    let tell = () => {};
    const told = new Promise<void>((resolve) => (tell = resolve));
    await page.route("**/openapi.json", async (route) => {
      await told;
      await route.continue();
    });
    await open([place]);
    if (opens !== undefined) await page.getByRole("button", { name: opens }).click();
    const make = page.getByRole("main").or(page.getByRole("dialog")).getByRole("button", { name: does, exact: true });
    await expect(make).toBeDisabled();
    tell();
    await expect(make).toBeEnabled();
  });
}

test("a list looks beyond pages that have nothing of the tenant", async ({ console }) => {
  const { page, open } = console;
  const empty = 15;
  const execution = { machine: "airport-closure", status: "SUCCEEDED", started: "2026-01-01T00:00:00.000Z", stopped: null };
  await page.route("**/workflows/airport-closure/executions?**", async (route) => {
    const at = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    const isLast = at === empty;
    const body = { executions: isLast ? [{ ...execution, name: "far-behind" }] : [], cursor: isLast ? null : String(at + 1) };
    await route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
  });
  await open(["executions", "airport-closure"]);
  const more = page.getByRole("button", { name: "Show more" });
  await expect(more).toBeVisible();
  await expect(page.getByText("None was met so far.")).toBeVisible();
  await more.click();
  await expect(page.getByRole("link", { name: "far-behind" })).toBeVisible();
  await expect(more).toBeHidden();
});

test("10,000 rows scroll, and none of them moves what is read", async ({ console }) => {
  const { page, open } = console;
  const items = Array.from({ length: 10_000 }, (_, index) => ({
    type: "NOTE",
    id: `n${String(index).padStart(5, "0")}`,
    version: 1,
    name: `Note ${index}`,
    attributes: {},
    is_deleted: false,
    created_at: null,
    updated_at: "2026-01-01T00:00:00.000Z",
  }));
  await page.route(`**/v1/tenants/${scene.tenant}/items/NOTE?**`, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const start = Number(query.get("cursor") ?? 0);
    const end = start + Number(query.get("limit"));
    const body = { items: items.slice(start, end), cursor: end < items.length ? String(end) : null, damaged: [] };
    await route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
  });
  await open(["items", "NOTE"]);
  const list = page.getByRole("region", { name: "Items of NOTE" });
  await expect(list.getByText("n00000")).toBeVisible();
  const count = () => list.getByRole("table").getAttribute("aria-rowcount");
  await expect
    .poll(async () => {
      await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      return count();
    }, { timeout: 45_000, intervals: [50] })
    .toBe("10001");
  await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await expect(list.getByText("n09999")).toBeVisible();
  expect(await list.locator("tbody tr").count()).toBeLessThan(80);
});
