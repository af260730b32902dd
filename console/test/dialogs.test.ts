import { expect, nameNextVersion, scene, test } from "./console";

test("a version is published of the item whose page it is, spaces included", async ({ console }) => {
  const { page, open, api } = console;
  for (const id of ["%20spaced", "spaced"]) {
    const { status } = await api.send("PUT", `/items/NOTE/${id}?sync=true`, { name: "One", attributes: {} });
    expect(status).toBeLessThan(300);
  }
  await open(["items", "NOTE", " spaced"]);
  await nameNextVersion(page, "Two", 2);

  expect((await api.send("GET", "/items/NOTE/%20spaced")).body).toMatchObject({ name: "Two", version: 2 });
  expect((await api.send("GET", "/items/NOTE/spaced")).body).toMatchObject({ name: "One", version: 1 });
});

test("an item is not deleted over a version that nobody has seen", async ({ console }) => {
  const { page, open, api } = console;
  const put = (name: string) => api.send("PUT", "/items/NOTE/deleted?sync=true", { name, attributes: {} });
  await put("One");
  await open(["items", "NOTE", "deleted"]);
  await page.getByRole("button", { name: "Delete the item" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("The version after 1 says that deleted is deleted.")).toBeVisible();
  await put("Two");
  await dialog.getByRole("button", { name: "Delete the item" }).click();
  await expect(dialog.getByText(/is at version 2/)).toBeVisible();
  expect((await api.send("GET", "/items/NOTE/deleted")).body).toMatchObject({ name: "Two", is_deleted: false });

  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Delete the item" }).click();
  await dialog.getByRole("button", { name: "Delete the item" }).click();
  await expect(page.getByRole("list", { name: "Chain of versions" }).getByRole("button", { name: /^3 Applied/ })).toBeVisible();
});

test("a dialog stays while it runs, and closes with what it has done", async ({ console }) => {
  const { page, open } = console;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await page.route(`**/v1/tenants/${scene.tenant}/items/NOTE/slow*`, async (route) => {
    if (route.request().method() === "PUT") await answered;
    await route.continue();
  });
  await open(["items"]);
  await page.getByRole("button", { name: "Publish a new item" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Type", { exact: true }).fill("NOTE");
  await form.getByLabel("Id", { exact: true }).fill("slow");
  const sent = page.waitForRequest((request) => request.method() === "PUT");
  await page.keyboard.press("Enter");
  await sent;
  await expect(form.getByRole("button", { name: "Cancel" })).toBeDisabled();
  await page.keyboard.press("Escape");
  await expect(form).toBeVisible();
  answer();
  await expect(form).toBeHidden();
  await expect(page.getByRole("heading", { level: 1, name: "NOTE slow" })).toBeVisible();
});

test("an attribute that has a field is entered there alone", async ({ console }) => {
  const { page, open } = console;
  await open(["items", "AIRPORT", "HND"]);
  await page.getByRole("button", { name: "Publish a version" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Other attributes").fill('{"city": "twice"}');
  await form.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(form.getByText("city has a field of its own above. Enter it there.")).toBeVisible();
});
