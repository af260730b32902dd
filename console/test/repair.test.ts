import { expect, scene, test } from "./console";

test("a failed chain is found, understood and repaired", async ({ console }) => {
  const { page, open } = console;
  await open(["overview"]);
  await page.getByRole("link", { name: `NOTE ${scene.chain}` }).first().click();

  const lane = page.getByRole("list", { name: "Chain of versions" });
  await expect(lane.getByRole("button", { name: /^1 Failed by itself/ })).toContainText("A service was away.");
  await expect(lane.getByRole("button", { name: /^2 Failed because of version 1/ })).toBeVisible();
  await expect(lane.getByRole("button", { name: /^3 Failed because of version 1/ })).toBeVisible();

  await page.getByRole("button", { name: "Retry the chain" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retry the chain" }).click();

  for (const version of [1, 2, 3]) {
    await expect(lane.getByRole("button", { name: new RegExp(`^${version} Applied`) })).toBeVisible({ timeout: 45_000 });
  }
});

test("the doctor's finding is repaired", async ({ console }) => {
  const { page, open } = console;
  await open(["doctor"]);
  const repair = page.getByRole("button", { name: `Repair: ${scene.stuck}` });
  await expect(repair).toBeVisible({ timeout: 45_000 });
  await repair.click();
  await expect(page.getByRole("dialog").getByText(/sends POST/)).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Repair" }).click();

  await expect(page.getByText(`Repair: ${scene.stuck}`, { exact: true })).toBeVisible();
  await expect(repair).toBeHidden({ timeout: 45_000 });
});

test("a dead letter is discarded with a reason that is kept", async ({ console }) => {
  const { page, open } = console;
  await open(["doctor", "letters"]);
  const letter = page.getByRole("region", { name: /^Body/ }).filter({ hasText: scene.letter });
  await expect(letter).toBeVisible({ timeout: 45_000 });
  await page.getByRole("button", { name: /^Discard/ }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("Nobody can read it.");
  await dialog.getByRole("button", { name: "Discard" }).click();
  await expect(letter).toBeHidden({ timeout: 45_000 });

  await page.getByRole("tab", { name: "Discarded letters" }).click();
  await expect(page.getByText("Nobody can read it.")).toBeVisible();
});
