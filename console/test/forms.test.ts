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
