import type { Page } from "@playwright/test";

import { expect, scene, test } from "./console";

/** Go to a place as somebody types it. */
async function enter(page: Page, fragment: string): Promise<void> {
  await page.evaluate((hash) => (window.location.hash = hash), fragment);
}

for (const place of ["nowhere", "doctor/nothing", "read-models/nothing", "items/NOTE/alone/nothing"]) {
  test(`${place} is told to be no page`, async ({ console }) => {
    const { page, open } = console;
    await open(["overview"], { tenant: "*" });
    await enter(page, `#/${scene.tenant}/${place}`);
    await expect(page.getByRole("heading", { level: 1, name: "There is no such page" })).toBeVisible();
    await expect(page.getByText("The address is mistyped, or was cut.")).toBeVisible();
    await expect(page).toHaveTitle(/^There is no such page/);
  });
}

for (const [place, title] of [
  ["imports/", "Imports"],
  ["items//", "Items"],
  ["approvals/", "Approvals"],
  ["executions/", "Executions"],
] as const) {
  test(`${place} is the page without what it does not name`, async ({ console }) => {
    const { page, open } = console;
    await open(["overview"]);
    await enter(page, `#/${scene.tenant}/${place}`);
    await expect(page.getByRole("heading", { level: 1, name: title, exact: true })).toBeVisible();
    await expect(page.getByText("The API refused that")).toBeHidden();
  });
}

test("a machine that does not exist is not started", async ({ console }) => {
  const { page, open } = console;
  await open(["executions", "airport-closure"]);
  const start = page.getByRole("button", { name: "Start", exact: true });
  await expect(start).toBeVisible();
  await enter(page, `#/${scene.tenant}/executions/nothing`);
  await expect(page.getByText("The API refused that")).toBeVisible();
  await expect(start).toBeHidden();
});

test("a tab says its page, its tenant and its environment; a foreign tenant's says so", async ({ console }) => {
  const { page, open } = console;
  await open(["tasks"], { tenant: scene.tenant });
  await expect(page).toHaveTitle(`Tasks · ${scene.tenant} · local`);
  await enter(page, "#/foreign/tasks");
  await expect(page.getByRole("heading", { level: 1, name: "Tenant foreign" })).toBeVisible();
  await expect(page.getByText("foreign is not one of your tenants.")).toBeVisible();
  await expect(page).toHaveTitle("Tenant foreign");
});

test("a page that a role does not include says its name and who may", async ({ console }) => {
  const { page, open } = console;
  await open(["overview"], { role: "reader" });
  await enter(page, `#/${scene.tenant}/approvals`);
  await expect(page.getByRole("heading", { level: 1, name: "Approvals" })).toBeVisible();
  await expect(page.getByText("Ask an administrator for one of these roles: approver, operator, administrator.")).toBeVisible();
});
