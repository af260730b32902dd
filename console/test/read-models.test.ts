import type { Locator } from "@playwright/test";

import { expect, scene, test } from "./console";

const MODEL = "airports_by_country";
/** A rebuild waits for the commands that were under way at its beginning. */
const FILLED_MS = 120_000;

/** What stands beside a label of a read model. */
function valueOf(model: Locator, label: string): Locator {
  return model.locator("dt", { hasText: label }).locator("xpath=following-sibling::dd[1]");
}

// One run of a read model at a time is told as the newest.
test.describe.configure({ mode: "serial" });

test("items of a tenant are told to a read model again", async ({ console }) => {
  const { page, open } = console;
  await open(["read-models"], { tenant: "*" });
  const model = page.getByRole("region", { name: MODEL, exact: true });
  await page.getByRole("button", { name: `Replay: ${MODEL}` }).click();
  const form = page.getByRole("dialog");
  await expect(form.getByLabel("Tenant code")).toHaveValue(scene.tenant);
  await form.getByRole("button", { name: "Replay", exact: true }).click();
  await expect(form).toBeHidden();
  await expect(valueOf(model, "Newest run")).toHaveText("replay");
  await expect(valueOf(model, "Phase")).toHaveText("done", { timeout: 45_000 });
  await expect(valueOf(model, "Counted in fill")).toContainText(/written \d+/);
});

test("a read model is rebuilt, taken over, rolled back and dropped from its page", async ({ console }) => {
  test.setTimeout(FILLED_MS + 60_000);
  const { page, open } = console;
  await open(["read-models"], { tenant: "*" });
  const model = page.getByRole("region", { name: MODEL, exact: true });
  const generation = async (label: string) => Number(/Generation (\d+)/.exec((await valueOf(model, label).textContent()) ?? "")?.[1]);
  await expect(valueOf(model, "Is read")).toContainText("Generation");
  const living = await generation("Is read");
  const act = async (what: string) => {
    await page.getByRole("button", { name: `${what}: ${MODEL}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: what, exact: true }).click();
  };

  await page.getByRole("button", { name: `Rebuild: ${MODEL}` }).click();
  const form = page.getByRole("dialog");
  await expect(form.getByText(/items?, .+ USD/)).toBeVisible();
  await form.getByRole("checkbox", { name: "Wait for the word" }).check();
  await form.getByRole("button", { name: "Rebuild", exact: true }).click();
  await expect(valueOf(model, "Is filled")).toContainText(`Generation ${living + 1}, version 1`);
  await expect(model.getByText("waits for the word to be read")).toBeVisible({ timeout: FILLED_MS });
  await expect(valueOf(model, "Counted in fill")).toContainText(/written \d+/);

  await act("Take over");
  await expect(valueOf(model, "Is read")).toContainText(`Generation ${living + 1},`);
  await act("Roll back");
  await expect(valueOf(model, "Is read")).toContainText(`Generation ${living},`);
  await expect(valueOf(model, "Was read before")).toContainText(`Generation ${living + 1},`);
  await act("Drop the one before");
  await expect(valueOf(model, "Was read before")).toHaveText("–");
  await expect(valueOf(model, "Newest run")).toHaveText(/rebuild|drop/);
});

test("an operator sees the read models, and changes none", async ({ console }) => {
  const { page, open } = console;
  await open(["read-models"], { role: "operator", tenant: "*" });
  await expect(page.getByRole("region", { name: MODEL, exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: /^(Rebuild|Replay)/ })).toHaveCount(0);
  await open(["overview"], { role: "administrator", tenant: scene.tenant });
  await expect(page.getByRole("link", { name: "Tasks" }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Read models" })).toHaveCount(0);
});
