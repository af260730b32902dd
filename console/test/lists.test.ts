import type { Locator, Page } from "@playwright/test";

import { type Console, expect, scene, test } from "./console";

const PAGE = 50;

interface Task {
  id: string;
  status: string;
}

function taskOf(number: number): Task {
  return { id: `task-${String(number).padStart(4, "0")}`, status: "COMPLETED" };
}

/** So many tasks, the newest first. */
function tasksTo(newest: number): Task[] {
  return Array.from({ length: newest }, (_, index) => taskOf(newest - index));
}

/** Let the tasks of the page be those of the list as it is at each time, each page behind the last entry of the one before. */
async function serve(page: Page, tasks: readonly Task[]): Promise<void> {
  await page.route(`**/v1/tenants/${scene.tenant}/tasks?**`, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const status = query.get("status");
    const cursor = query.get("cursor");
    const wanted = tasks.filter((task) => (status === null || task.status === status) && (cursor === null || task.id < cursor));
    const entries = wanted.slice(0, PAGE).map((task) => ({
      ...task,
      type: "sample",
      kind: "SQS",
      counters: null,
      created_at: "2026-01-01T00:00:00.000Z",
      created_by: null,
    }));
    const body = { tasks: entries, cursor: wanted.length > PAGE ? entries.at(-1)?.id : null, damaged: [] };
    await route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
  });
}

/** Read again, as after a change that the channel tells. */
async function change(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
}

async function openTasks({ page, open }: Console): Promise<Locator> {
  await open(["tasks"]);
  const list = page.getByRole("region", { name: "Tasks" });
  await expect(list.getByRole("link").first()).toBeVisible();
  return list;
}

async function scrollTo(list: Locator, count: number): Promise<void> {
  await expect
    .poll(async () => {
      await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      return list.getByRole("table").getAttribute("aria-rowcount");
    }, { timeout: 30_000, intervals: [50] })
    .toBe(String(count + 1));
}

async function expectCount(list: Locator, count: number): Promise<void> {
  await expect(list.getByRole("table")).toHaveAttribute("aria-rowcount", String(count + 1));
}

/** All that a list shows to somebody who scrolls through it. */
async function shownIn(list: Locator): Promise<string[]> {
  return list.evaluate(async (element) => {
    const shown = new Map<number, string>();
    const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    for (let top = 0; top < element.scrollHeight; top += element.clientHeight / 2) {
      element.scrollTo(0, top);
      await painted();
      await painted();
      for (const row of element.querySelectorAll("tbody tr[aria-rowindex]")) {
        shown.set(Number(row.getAttribute("aria-rowindex")), row.querySelector("a")?.textContent ?? "");
      }
    }
    return [...shown].sort(([one], [other]) => one - other).map(([, id]) => id);
  });
}

function idsOf(tasks: readonly Task[]): string[] {
  return tasks.map(({ id }) => id);
}

for (const { listed, made } of [{ listed: 56, made: 4 }, { listed: 120, made: 70 }, { listed: 620, made: 30 }]) {
  test(`${made} new tasks push none of ${listed} out of the list`, async ({ console }) => {
    const { page } = console;
    const tasks = tasksTo(listed);
    await serve(page, tasks);
    const list = await openTasks(console);
    await scrollTo(list, listed);
    tasks.splice(0, listed, ...tasksTo(listed + made));
    await change(page);
    await expectCount(list, listed + made);
    expect(await shownIn(list)).toEqual(idsOf(tasks));
  });
}

test("more new tasks than are read again leave no gap", async ({ console }) => {
  const { page } = console;
  const tasks = tasksTo(60);
  await serve(page, tasks);
  const list = await openTasks(console);
  await scrollTo(list, 60);
  tasks.splice(0, 60, ...tasksTo(1_000));
  await change(page);
  await expect(list.getByRole("table")).not.toHaveAttribute("aria-rowcount", "61");
  await scrollTo(list, 1_000);
  expect(await shownIn(list)).toEqual(idsOf(tasks));
});

test("tasks that a filter lets through no more leave the list, those behind them stay", async ({ console }) => {
  const { page } = console;
  const tasks = tasksTo(130);
  await serve(page, tasks);
  const list = await openTasks(console);
  await page.getByRole("button", { name: /^Status/ }).click();
  await page.getByRole("option", { name: "COMPLETED" }).click();
  await scrollTo(list, 130);
  for (const [index, task] of tasks.entries()) {
    if (index % 20 === 3 || index === 49 || index === 129) task.status = "FAILED";
  }
  await change(page);
  const left = tasks.filter(({ status }) => status === "COMPLETED");
  await expectCount(list, left.length);
  expect(await shownIn(list)).toEqual(idsOf(left));
});

test("a list of which all is gone is empty", async ({ console }) => {
  const { page } = console;
  const tasks = tasksTo(60);
  await serve(page, tasks);
  const list = await openTasks(console);
  await scrollTo(list, 60);
  tasks.splice(0);
  await change(page);
  await expect(page.getByText("There are no tasks yet.")).toBeVisible();
});

test("what one reads stays in its place when rows come or go above, and the top stays the top", async ({ console }) => {
  const { page } = console;
  const tasks = tasksTo(120);
  await serve(page, tasks);
  const list = await openTasks(console);
  await list.evaluate((element) => element.scrollTo(0, 1_003));
  const read = page.getByRole("link", { name: "task-0090" });
  await expect(read).toBeInViewport();
  const before = await read.boundingBox();
  tasks.splice(0, 0, ...[...Array(30).keys()].map((index) => taskOf(150 - index)));
  await change(page);
  await expect(list.getByRole("row").filter({ has: read })).toHaveAttribute("aria-rowindex", String(2 + 60));
  expect(await read.boundingBox()).toEqual(before);

  tasks.splice(0, 10);
  await change(page);
  await expect(list.getByRole("row").filter({ has: read })).toHaveAttribute("aria-rowindex", String(2 + 50));
  expect(await read.boundingBox()).toEqual(before);

  await list.evaluate((element) => element.scrollTo(0, 0));
  await expect(list.getByText("task-0140")).toBeInViewport();
  tasks.unshift(taskOf(200));
  await change(page);
  await expect(list.getByText("task-0200")).toBeInViewport();
});
