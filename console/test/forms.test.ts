import { expect, scene, test } from "./console";

test("a workflow gets every digit of its input, and an object alone", async ({ console }) => {
  const { page, open } = console;
  await open(["executions", "airport-closure"]);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Input").fill("[]");
  await form.getByRole("button", { name: "Start", exact: true }).click();
  await expect(form.getByText(/An object is needed, such as/)).toBeVisible();

  await form.getByLabel("Input").fill('{"airport": "NONE", "reason": "digits", "big": 12345678901234567891}');
  const asked = page.waitForRequest((request) => request.method() === "POST" && request.url().includes("/executions"));
  await form.getByRole("button", { name: "Start", exact: true }).click();
  expect((await asked).postData()).toContain("12345678901234567891");
});

test("a tenant is switched to by its code alone", async ({ console }) => {
  const { page, open } = console;
  await open(["items"], { tenant: "*" });
  await page.getByRole("button", { name: `Tenant ${scene.tenant}` }).click();
  await page.getByRole("menuitem", { name: "Switch tenant" }).click();
  const form = page.getByRole("dialog");
  for (const code of ["", "*"]) {
    await form.getByLabel("Tenant code").fill(code);
    await form.getByRole("button", { name: "Switch tenant" }).click();
    await expect(form.getByText("Enter the code of one tenant, such as acme; * stands for all.")).toBeVisible();
  }
});

test("Enter in a field does what the dialog's button does, but not while a type is chosen", async ({ console }) => {
  const { page, open } = console;
  await open(["items"]);
  await page.getByRole("button", { name: "Publish a new item" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Type", { exact: true }).fill("NOT");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(form.getByText("Enter an id.")).toBeHidden();

  await form.getByLabel("Type", { exact: true }).fill("NOTE");
  await form.getByLabel("Id", { exact: true }).fill("entered");
  await page.keyboard.press("Enter");
  const lane = page.getByRole("list", { name: "Chain of versions" });
  await expect(lane.getByRole("button", { name: /^1 Applied/ })).toBeVisible();
  await expect(form).toBeHidden();
});
