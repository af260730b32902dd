import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page, Route } from "@playwright/test";

import { type Console, expect, prefer, test } from "./console";

const LOGS = "**/v1/tenants/*/executions/*/*/log?**";
/** The emulator's log has a line once its invocation is over, and a failed handler is tried again. */
const LATE_MS = 60_000;

interface Line {
  id: string;
  at: string;
  level: string;
  message: string;
  traceback: string | null;
  keys: Record<string, unknown>;
}

function line(id: string, level: string, more: Partial<Line> = {}): Line & Record<string, unknown> {
  const about = { execution: "x", state: "check_version", invocation: null };
  return { id, at: `2026-01-01T00:00:0${id}.250Z`, level, message: `Line ${id}`, ...about, keys: {}, traceback: null, ...more };
}

async function answer(route: Route, lines: readonly object[], cursor: string | null = null): Promise<void> {
  const body = { lines, cursor, read_at: new Date().toISOString() };
  await route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
}

function logOn(page: Page): Locator {
  return page.getByRole("region", { name: /^(Log|ログ)$/ });
}

/** Publish an item, and open the execution of its command. */
async function openExecution({ page, open, api }: Console, type: string, id: string): Promise<Locator> {
  const { status } = await api.send("PUT", `/items/${type}/${id}`, { attributes: { country: "Japan" } });
  expect(status).toBe(202);
  await open(["executions", "of", type, id, "1"]);
  await page.getByRole("table").getByRole("link").first().click({ timeout: 30_000 });
  return page.getByRole("group", { name: /^(State machine|ステートマシン図)$/ });
}

async function choose(graph: Locator, state: string): Promise<void> {
  await expect(nodeOf(graph, state)).not.toHaveAttribute("data-status", "", { timeout: 45_000 });
  await press(graph, state);
}

/** Choose a state by keyboard. */
async function press(graph: Locator, state: string): Promise<void> {
  await nodeOf(graph, state).focus();
  await graph.page().keyboard.press("Enter");
}

function nodeOf(graph: Locator, state: string): Locator {
  return graph.getByRole("button", { name: new RegExp(`^${state},`) });
}

async function violationsOf(page: Page): Promise<string[]> {
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

test("the log of a failed step has the line of code at fault", async ({ console }) => {
  test.setTimeout(150_000);
  const { page } = console;
  const graph = await openExecution(console, "FAULTY", "log-1");
  await choose(graph, "fail_command");
  // An emulator's history has no states within a map, as none has those of a map of rows.
  await press(graph, "sync_data");

  const failed = logOn(page).getByRole("listitem").filter({ hasText: "Handler failed" }).first();
  await expect(failed).toBeVisible({ timeout: LATE_MS });
  await expect(failed).toContainText("ERROR");
  await expect(failed).toContainText("error=KeyError");
  await expect(failed.locator("pre")).toContainText('File "app/seat_map.py"');
  await expect(failed.locator("pre")).toContainText("KeyError: 'rows'");
  expect(await violationsOf(page)).toEqual([]);

  await press(graph, "check_version");
  await expect(logOn(page).getByRole("listitem").first()).toContainText("DEBUG Called");
  await expect(page.getByRole("region", { name: "Command for the terminal" })).toContainText("cqrs logs --execution");
  await logOn(page).focus();
  await expect(logOn(page)).toBeFocused();
});

test("levels, keys and a traceback are shown, and further lines when they are asked for", async ({ console }) => {
  const { page } = console;
  const trace = '  File "app/seats.py", line 3, in seats\nKeyError: 1';
  const asked: URLSearchParams[] = [];
  await page.route(LOGS, (route) => {
    const query = new URL(route.request().url()).searchParams;
    asked.push(query);
    const number = Number(query.get("cursor") ?? 0);
    // What is asked for anew, as the step has just ended, has come before.
    if (asked.length > 5) return answer(route, []);
    const levels = ["INFO", "WARNING", "ERROR", "DEBUG"];
    const more = number === 2 ? { traceback: trace, keys: { error: "KeyError", count: 2, of: { a: [1] } } } : {};
    return answer(route, [line(String(number), levels[number] ?? "CRITICAL", more)], number < 4 ? String(number + 1) : null);
  });
  const graph = await openExecution(console, "NOTE", "log-2");
  await choose(graph, "check_version");

  const lines = logOn(page).getByRole("listitem");
  await expect(lines).toHaveCount(3);
  await expect(lines.nth(1)).toContainText("WARNING Line 1");
  await expect(lines.nth(0).locator("time")).toHaveText("00:00:00.250");
  await expect(lines.nth(2)).toContainText('error=KeyError  count=2  of={"a":[1]}');
  await expect(lines.nth(2).locator("pre")).toHaveText(trace);
  await page.getByRole("button", { name: "Show more" }).click();
  await expect(lines).toHaveCount(5);
  await expect(lines.nth(4)).toContainText("CRITICAL");
  await expect(page.getByRole("button", { name: "Show more" })).toBeHidden();
  expect(asked.every((query) => query.get("state") === "check_version")).toBe(true);
  expect(asked.every((query) => Date.parse(query.get("since") ?? "") < Date.parse(query.get("until") ?? ""))).toBe(true);
  expect(await violationsOf(page)).toEqual([]);
});

test("a step that has ended says that nothing was logged, in Japanese too", async ({ console, context }) => {
  test.setTimeout(90_000);
  await prefer(context, "dark", "ja");
  const { page } = console;
  await page.route(LOGS, (route) => answer(route, []));
  const graph = await openExecution(console, "NOTE", "log-3");
  await choose(graph, "check_version");

  // For some seconds after its end a line may still come.
  await expect(page.getByText("まだログはありません。ログは数秒遅れて届きます。")).toBeVisible();
  await expect(page.getByText("ログはありません。", { exact: true })).toBeVisible({ timeout: 45_000 });
  expect(await violationsOf(page)).toEqual([]);
});

test("lines of a running step come without a reload", async ({ console }) => {
  const { page, open, api } = console;
  let lines: object[] = [];
  await page.route(LOGS, (route) => answer(route, lines));
  await api.send("PUT", "/items/AIRPORT/KKJ?sync=true", { name: "Kitakyushu", attributes: { country: "Japan" } });
  const body = { input: { airport: "KKJ", reason: "the log" } };
  const { body: started } = await api.send("POST", "/workflows/airport-closure/executions", body);
  await open(["executions", "airport-closure", (started as { name: string }).name]);
  const graph = page.getByRole("group", { name: "State machine" });
  await choose(graph, "request_approval");

  await expect(page.getByText("Nothing is logged yet. Lines come some seconds late.")).toBeVisible();
  lines = [line("1", "INFO", { message: "Somebody was asked" })];
  await expect(logOn(page)).toContainText("Somebody was asked");
  lines = [line("2", "INFO", { message: "And again" })];
  await expect(logOn(page)).toContainText("And again");
  await expect(logOn(page).getByRole("listitem")).toHaveCount(2);
});

test("a log that cannot be read says why, and is tried again", async ({ console }) => {
  const { page } = console;
  let isRefused = true;
  await page.route(LOGS, (route) => {
    if (!isRefused) return answer(route, [line("1", "INFO")]);
    const told = { type: "urn:cqrs:problem:role", title: "Forbidden", status: 403, detail: "Not for you.", instance: "1" };
    return route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(told) });
  });
  const graph = await openExecution(console, "NOTE", "log-4");
  await choose(graph, "check_version");

  await expect(page.getByText("Not for you.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Output" }).first()).toBeVisible();
  isRefused = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(logOn(page)).toContainText("Line 1");
  await expect(page.getByText("Not for you.")).toBeHidden();
});

test("a state that calls nothing has no log to ask for", async ({ console }) => {
  const { page } = console;
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/log?")) asked.push(request.url());
  });
  const graph = await openExecution(console, "NOTE", "log-5");
  await choose(graph, "check_version_result");

  await expect(page.getByText(/^A state of the type Choice does not call the function itself/)).toBeVisible();
  expect(asked).toEqual([]);
});
