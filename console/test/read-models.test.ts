import type { Locator } from "@playwright/test";

import { expect, prefer, scene, test } from "./console";

const MODEL = "airports_by_country";
/** A rebuild waits for the commands that were under way at its beginning. */
const FILLED_MS = 120_000;

/** A generation that nobody has begun. */
const NOT_THERE = 999;

/** How a rebuild of it is told that is under way. */
function rebuilding(counts: Record<string, Record<string, number>>) {
  const at = "2026-01-31T09:00:00.000Z";
  const run = {
    model: MODEL,
    run: "01JD3Q8ZB1T6R4N7Y0S2V5W9XA",
    kind: "rebuild",
    phase: "fill",
    begun_at: at,
    phase_at: at,
    generation: NOT_THERE,
    from_history: false,
    segments: 4,
    rate: 0,
    hold: false,
    counts,
    examples: [],
  };
  return { building: { generation: NOT_THERE, version: 1 }, run };
}

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

test("a replay that chooses no item says so, and what is no tenant is not asked for", async ({ console }) => {
  const { page, open } = console;
  await open(["read-models"], { tenant: "*" });
  const model = page.getByRole("region", { name: MODEL, exact: true });
  await page.getByRole("button", { name: `Replay: ${MODEL}` }).click();
  const form = page.getByRole("dialog");
  for (const none of ["*", "a#b"]) {
    await form.getByLabel("Tenant code").fill(none);
    await form.getByRole("button", { name: "Replay", exact: true }).click();
    await expect(form.getByText("A tenant code has no #, and * is none.")).toBeVisible();
  }
  await form.getByLabel("Tenant code").fill("nobody");
  await form.getByRole("button", { name: "Replay", exact: true }).click();
  await expect(form).toBeHidden();
  await expect(model.getByText("No item was chosen.")).toBeVisible({ timeout: 45_000 });
  await model.getByRole("button", { name: "What the counts say" }).click();
  await expect(model.getByText("Items of the data table that were read, of whatever type")).toBeVisible();
});

test("a run is told in Japanese, with the API's words behind", async ({ console, context }) => {
  await prefer(context, "light", "ja");
  const { page, open } = console;
  await open(["read-models"], { tenant: "*" });
  const model = page.getByRole("region", { name: MODEL, exact: true });
  await expect(valueOf(model, "最新の処理").getByTitle("replay")).toHaveText("再送");
  await expect(valueOf(model, "フェーズ").getByTitle("done")).toHaveText("完了");
  await expect(valueOf(model, "書き込み の件数").getByTitle("scanned")).toHaveText(/^走査 [\d,]+$/);
});

test("a read model is rebuilt, taken over, rolled back and dropped from its page", async ({ console }) => {
  test.setTimeout(FILLED_MS + 60_000);
  const { page, open, api } = console;
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
  await expect(page.getByRole("button", { name: `Go on: ${MODEL}` })).toHaveCount(0);

  // The rebuild that waits is what the API tells; the replay is beside it.
  await page.getByRole("button", { name: `Replay: ${MODEL}` }).click();
  await form.getByRole("button", { name: "Replay", exact: true }).click();
  await expect(form).toBeHidden();
  await expect(valueOf(model, "Newest run")).toHaveText("rebuild");
  await expect(valueOf(model, "Replay from here")).toHaveText("replay");
  await expect(model.locator("dt", { hasText: "Phase" })).toHaveCount(2);
  await expect(model.locator('dd [title="done"]')).toHaveText("done", { timeout: 45_000 });

  await act("Take over");
  await expect(valueOf(model, "Is read")).toContainText(`Generation ${living + 1},`);

  // Somebody else rolls back between the question and its answer, and then somebody drops.
  await page.getByRole("button", { name: `Drop the one before: ${MODEL}` }).click();
  await expect(form.getByRole("heading", { name: `Drop generation ${living}: ${MODEL}` })).toBeVisible();
  const { status } = await api.sendToAll("POST", `/read-models/${MODEL}/roll-back`, { generation: living });
  expect(status).toBe(200);
  await form.getByRole("button", { name: "Drop the one before", exact: true }).click();
  const now = `Now generation ${living} is read, ${living + 1} was read before.`;
  await expect(form.getByText(`Generation ${living} of ${MODEL} is not the one that was read before. ${now}`)).toBeVisible();
  await form.getByRole("button", { name: "Cancel" }).click();
  await expect(valueOf(model, "Is read")).toContainText(`Generation ${living},`, { timeout: 5_000 });
  await expect(valueOf(model, "Was read before")).toContainText(`Generation ${living + 1},`);

  await act("Roll back");
  await expect(valueOf(model, "Is read")).toContainText(`Generation ${living + 1},`);
  await act("Roll back");
  await expect(valueOf(model, "Is read")).toContainText(`Generation ${living},`);
  await expect(valueOf(model, "Was read before")).toContainText(`Generation ${living + 1},`);
  await act("Drop the one before");
  await expect(valueOf(model, "Was read before")).toHaveText("–");
  await expect(valueOf(model, "Newest run")).toHaveText(/rebuild|drop/);
});

test("a rebuild is gone on with if it stands still, and by the word of its generation", async ({ console }) => {
  const { page, open } = console;
  let counts = { fill: { scanned: 1 } };
  await page.route("**/v1/environment/read-models", async (route) => {
    const answer = await route.fetch();
    const told = JSON.parse(await answer.text()) as { read_models: { name: string }[] };
    const models = told.read_models.map((model) => (model.name === MODEL ? { ...model, ...rebuilding(counts) } : model));
    await route.fulfill({ response: answer, json: { read_models: models } });
  });
  await page.clock.install();
  await open(["read-models"], { tenant: "*" });
  const model = page.getByRole("region", { name: MODEL, exact: true });
  const goOn = page.getByRole("button", { name: `Go on: ${MODEL}` });
  await expect(valueOf(model, "Counted in fill")).toHaveText("scanned 1");
  await expect(goOn).toHaveCount(0);

  await page.clock.fastForward(61_000);
  await expect(goOn).toBeVisible();
  counts = { fill: { scanned: 2 } };
  await page.clock.fastForward(3_000);
  await expect(valueOf(model, "Counted in fill")).toHaveText("scanned 2");
  await expect(goOn).toHaveCount(0);

  await page.clock.fastForward(61_000);
  await goOn.click();
  const form = page.getByRole("dialog");
  await expect(form.getByRole("heading", { name: `Go on with generation ${NOT_THERE}: ${MODEL}` })).toBeVisible();
  await form.getByRole("button", { name: "Go on", exact: true }).click();
  await expect(form.getByText(`Generation ${NOT_THERE} of ${MODEL} is not being filled. Now generation`)).toBeVisible();
  await page.unrouteAll({ behavior: "wait" });
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
