import type { Page, Route } from "@playwright/test";

import { expect, scene, test } from "./console";

/** Let no answer come before the word; what is returned gives it. */
async function hold(page: Page, url: string): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(url, async (route) => {
    await released;
    await route.fallback();
  });
  return release;
}

function answer(body: unknown, status = 200): (route: Route) => Promise<void> {
  const contentType = status === 200 ? "application/json" : "application/problem+json";
  return (route) => route.fulfill({ status, contentType, body: JSON.stringify(body) });
}

test("findings are counted once they are read, and a first load is told once", async ({ console }) => {
  const { page, open } = console;
  const main = page.getByRole("main");
  const read = await hold(page, "**/v1/environment/findings?**");
  await open(["doctor"]);
  await expect(main.getByText("Loading", { exact: true })).toHaveCount(1);
  await expect(page.getByRole("heading", { level: 2, name: "Findings", exact: true })).toBeVisible();
  read();
  await expect(page.getByRole("heading", { level: 2, name: /^Findings \(/ })).toBeVisible({ timeout: 45_000 });

  const list = await hold(page, `**/v1/tenants/${scene.tenant}/tasks?**`);
  await open(["tasks"]);
  await expect(main.getByText("Loading", { exact: true })).toHaveCount(1);
  list();
  await expect(main.getByText("Loading", { exact: true })).toHaveCount(0);
});

test("an answer without a reason says so", async ({ console }) => {
  const { page, open, api } = console;
  const answered = { status: "APPROVED", answered_by: "anna", is_answer_verified: true, answered_at: "2026-01-01T00:00:00.000Z", reason: "", cause: "" };
  const { body } = await api.send("GET", `/approvals/${scene.approval}`);
  await page.route(`**/v1/tenants/${scene.tenant}/approvals/${scene.approval}`, answer({ ...(body as object), ...answered }));
  const summary = { id: "closed", title: "Close it", created_at: "2026-01-01T00:00:00.000Z", expires_at: null, ...answered };
  await page.route(`**/v1/tenants/${scene.tenant}/approvals?**`, answer({ requests: [summary], cursor: null, damaged: [] }));
  await open(["approvals", scene.approval]);
  await expect(page.locator("dt", { hasText: "Reason" }).locator("xpath=following-sibling::dd[1]")).toHaveText("–");
  await open(["approvals"]);
  await page.getByRole("button", { name: "Answered" }).click();
  await expect(page.getByRole("row", { name: /Close it/ }).getByRole("cell").last()).toHaveText("–");
});

test("an input that is no JSON is not told beside an old refusal", async ({ console }) => {
  const { page, open } = console;
  const refusal = { type: "urn:cqrs:problem:invalid", title: "Bad", status: 422, detail: "It is refused.", instance: "x" };
  await page.route(`**/v1/tenants/${scene.tenant}/tasks`, answer(refusal, 422));
  await open(["tasks"]);
  await page.getByRole("button", { name: "Make a task" }).click();
  const form = page.getByRole("dialog");
  const make = form.getByRole("button", { name: "Make", exact: true });
  await form.getByLabel("Input").fill("{}");
  await make.click();
  await expect(form.getByText("It is refused.")).toBeVisible();
  await form.getByLabel("Input").fill("nothing");
  await make.click();
  await expect(form.getByText(/This is not JSON/)).toBeVisible();
  await expect(form.getByText("It is refused.")).toBeHidden();
});

test("a machine without executions has none at all", async ({ console }) => {
  const { page, open } = console;
  await page.route("**/workflows/airport-closure/executions?**", answer({ executions: [], cursor: null }));
  await open(["executions", "airport-closure"]);
  await expect(page.getByText("There are no executions.", { exact: true })).toBeVisible();
});
