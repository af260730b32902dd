import { expect, nameNextVersion, scene, test } from "./console";

test("an item is published by a form, changed, and shown with what changed", async ({ console }) => {
  const { page, open } = console;
  await open(["items"]);

  await page.getByRole("button", { name: "Publish a new item" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(form.getByText("Enter a type.")).toBeVisible();
  await expect(form.getByText("Enter an id.")).toBeVisible();
  await form.getByLabel("Type", { exact: true }).fill("AIRPORT");
  await form.getByLabel("Id", { exact: true }).fill("KIX");
  await form.getByLabel("Name", { exact: true }).fill("Kansai");
  await form.getByLabel(/^country/).fill("Japan");
  await form.getByLabel(/^latitude/).fill("not a number");
  await form.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(form.getByText("This is not a number.")).toBeVisible();
  await form.getByLabel(/^latitude/).fill("34.43");
  await form.getByLabel(/^longitude/).fill("135.23");
  await form.getByRole("button", { name: "Publish", exact: true }).click();

  const lane = page.getByRole("list", { name: "Chain of versions" });
  await expect(lane.getByRole("button", { name: /^1 Applied/ })).toBeVisible();

  await page.getByRole("button", { name: "Publish a version" }).click();
  await expect(form.getByLabel(/^country/)).toHaveValue("Japan");
  await form.getByLabel(/^city/).fill("Osaka");
  await form.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(lane.getByRole("button", { name: /^2 Applied/ })).toBeVisible();

  const difference = page.getByRole("table", { name: /Version 2, beside/ });
  await expect(difference.getByRole("row", { name: "attributes.city Osaka" })).toBeVisible();
  await expect(difference.getByRole("row")).toHaveCount(2);
});

test("somebody who was faster is not overwritten", async ({ console }) => {
  const { page, open, api } = console;
  await api.send("PUT", "/items/NOTE/raced?sync=true", { name: "One", attributes: { n: 1 } });
  await open(["items", "NOTE", "raced"]);
  await page.getByRole("button", { name: "Publish a version" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name", { exact: true }).fill("Mine");

  await api.send("PUT", "/items/NOTE/raced?sync=true", { name: "Theirs", attributes: { n: 2 } });
  await form.getByRole("button", { name: "Publish", exact: true }).click();

  await expect(form.getByText(/Version 2 came while|version 2 is the newest now/).first()).toBeVisible();
  await form.getByRole("button", { name: "Read again" }).click();
  await expect(form.getByText("now: Theirs")).toBeVisible();
  await form.getByRole("button", { name: "Publish", exact: true }).click();
  const lane = page.getByRole("list", { name: "Chain of versions" });
  await expect(lane.getByRole("button", { name: /^3 Applied/ })).toBeVisible();
  const { body } = await api.send("GET", "/items/NOTE/raced");
  expect(body).toMatchObject({ name: "Mine", attributes: { n: 2 } });
});

test("what somebody else has published meanwhile is merged field by field", async ({ console }) => {
  const { page, open, api } = console;
  const theirs = (city: string, country: string, more: object) =>
    api.send("PUT", "/items/AIRPORT/MERGED?sync=true", { name: "One", attributes: { city, country, ...more } });
  await theirs("first", "Japan", { kept: 1, both: 1 });
  await open(["items", "AIRPORT", "MERGED"]);
  await page.getByRole("button", { name: "Publish a version" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel(/^city/).fill("mine");
  await form.getByLabel("Other attributes").fill('{"kept": 1, "both": 2, "own": 3}');

  await theirs("theirs", "France", { kept: 5, both: 6, added: 7 });
  await expect(form.getByText(/Version 2 came while/)).toBeVisible({ timeout: 20_000 });
  await form.getByRole("button", { name: "Read again" }).click();

  await expect(form.getByText("now: theirs")).toBeVisible();
  await expect(form.getByText("now: both: 6")).toBeVisible();
  await expect(form.getByLabel(/^city/)).toHaveValue("mine");
  await expect(form.getByLabel(/^country/)).toHaveValue("France");
  await form.getByRole("button", { name: "Publish", exact: true }).click();
  const lane = page.getByRole("list", { name: "Chain of versions" });
  await expect(lane.getByRole("button", { name: /^3 Applied/ })).toBeVisible();
  const { body } = await api.send("GET", "/items/AIRPORT/MERGED");
  expect((body as { attributes: unknown }).attributes).toEqual({
    city: "mine", country: "France", kept: 5, both: 2, own: 3, added: 7,
  });
});

test("what the API refuses is told in its own words", async ({ console }) => {
  const { page, open } = console;
  await open(["items"]);
  await page.getByRole("button", { name: "Publish a new item" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Type", { exact: true }).fill("AIRPORT");
  await form.getByLabel("Id", { exact: true }).fill("BAD");
  await form.getByLabel(/^latitude/).fill("95");
  await form.getByRole("button", { name: "Publish", exact: true }).click();

  await expect(form.getByText("The API refused that")).toBeVisible();
  const latitude = form.getByLabel(/^latitude/);
  await expect(latitude).toHaveAttribute("aria-invalid", "true");
  await expect(latitude).toBeFocused();
  await expect(latitude).toBeInViewport();
  await expect(form.getByText(/95/).first()).toBeVisible();
  await expect(form.getByText("#/attributes")).toHaveCount(0);
  await latitude.fill("45");
  await expect(latitude).not.toHaveAttribute("aria-invalid", "true");
});

test("items are found by type and id", async ({ console }) => {
  const { page, open } = console;
  await open(["items"]);
  await page.getByLabel("Type", { exact: true }).fill("AIRPORT");
  await page.getByRole("button", { name: "Show" }).click();

  const list = page.getByRole("table", { name: "Items of AIRPORT" });
  await list.getByRole("link", { name: "HND" }).click();

  await expect(page.getByRole("heading", { name: "AIRPORT HND" })).toBeVisible();
  expect(page.url()).toContain(`#/${scene.tenant}/items/AIRPORT/HND`);
});

test("what nobody has touched stays just as it is", async ({ console }) => {
  const { page, open, api } = console;
  const attributes = { city: null, state: "", country: "Japan", extra: { deep: [null, "", 1] }, none: null };
  const put = await api.send("PUT", "/items/AIRPORT/SAME?sync=true", { name: "One", attributes });
  expect(put.status, JSON.stringify(put.body)).toBeLessThan(300);
  await open(["items", "AIRPORT", "SAME"]);
  await nameNextVersion(page, "Two", 2);

  const { body } = await api.send("GET", "/items/AIRPORT/SAME");
  expect(body).toMatchObject({ name: "Two" });
  expect((body as { attributes: unknown }).attributes).toEqual(attributes);
});

test("a new item whose id is taken leads to the one that has it", async ({ console }) => {
  const { page, open } = console;
  await open(["items"]);
  await page.getByRole("button", { name: "Publish a new item" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Type", { exact: true }).fill("AIRPORT");
  await form.getByLabel("Id", { exact: true }).fill("ITM");
  await form.getByLabel("Name", { exact: true }).fill("Other");
  await form.getByRole("button", { name: "Publish", exact: true }).click();

  await expect(form.getByText(/AIRPORT ITM exists already/)).toBeVisible();
  await form.getByRole("link", { name: "Open it" }).click();
  await expect(page.getByRole("heading", { name: "AIRPORT ITM" })).toBeVisible();
  await expect(form).toBeHidden();
});
