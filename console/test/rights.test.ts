import { Api, expect, scene, test, tokenOf } from "./console";

test("a reader is offered nothing that changes something, and refused it all the same", async ({ console, request }) => {
  const { page, open } = console;
  await open(["items", "AIRPORT", "HND"], { role: "reader", tenant: scene.tenant });
  await expect(page.getByRole("list", { name: "Chain of versions" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Publish a version" })).toBeHidden();
  await expect(page.getByRole("link", { name: "Approvals" })).toBeHidden();
  await expect(page.getByRole("link", { name: "Doctor" })).toBeHidden();

  await open(["imports"], { role: "reader", tenant: scene.tenant });
  await expect(page.getByRole("button", { name: "Import", exact: true })).toBeHidden();
  await open(["doctor"], { role: "reader", tenant: scene.tenant }).catch(() => undefined);
  await expect(page.getByText("Your roles do not include this page")).toBeVisible();

  await open(["executions", "command-handler"], { role: "reader", tenant: scene.tenant });
  await expect(page.getByText(/The list of command-handler has the executions of the whole environment/)).toBeVisible();

  const reader = new Api(request, await tokenOf(request, { role: "reader" }));
  expect((await reader.send("PUT", "/items/NOTE/refused", { name: "No" })).status).toBe(403);
  expect((await reader.send("GET", "/approvals")).status).toBe(403);
});

test("an approver begins at the inbox", async ({ console }) => {
  const { page } = console;
  await page.goto(`${scene.url}/?role=approver&tenant=${scene.tenant}`);
  await expect(page.getByRole("heading", { level: 1, name: "Approvals" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Items" })).toBeHidden();
});

test("tenants are switched and never mixed", async ({ console, request }) => {
  const { page, open } = console;
  const both = [scene.tenant, scene.other];
  await open(["items", "AIRPORT"], { role: "publisher", tenant: both });
  await expect(page.getByRole("link", { name: "HND" })).toBeVisible();
  await expect(page.getByRole("link", { name: "CDG" })).toBeHidden();

  await page.getByRole("button", { name: `Tenant ${scene.tenant}` }).click();
  await page.getByRole("menuitem", { name: scene.other }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await page.getByRole("link", { name: "Items" }).first().click();
  await page.getByLabel("Type", { exact: true }).fill("AIRPORT");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("link", { name: "CDG" })).toBeVisible();
  await expect(page.getByRole("link", { name: "HND" })).toBeHidden();

  const stranger = new Api(request, await tokenOf(request, { tenant: scene.other }));
  expect((await stranger.send("GET", "/items/AIRPORT/HND")).status).toBe(403);
  await page.goto(`${scene.url}/?role=reader&tenant=${scene.other}#/${scene.tenant}/items`);
  await expect(page.getByText(`${scene.tenant} is not one of your tenants`)).toBeVisible();
});
