import type { Page } from "@playwright/test";

import { expect, test } from "./console";

const LETTERS = "**/v1/environment/dead-letters";
const SOURCE = "orders";
const WHOLE = `{"text": "${"long ".repeat(100)}end of it"}`;

function letter(id: string, body: string) {
  return { id, source: SOURCE, item: null, sent_at: "2026-01-01T00:00:00.000Z", error: "Odd", reason: "It is odd.", body, set_aside: null };
}

/** Let a source have these letters, as lists tell them and each by itself. */
async function serve(page: Page, ids: readonly string[]): Promise<void> {
  const json = (body: unknown) => ({ contentType: "application/json", body: JSON.stringify(body) });
  await page.route(LETTERS, (route) => route.fulfill(json({ sources: [{ source: SOURCE, letters: ids.length }] })));
  await page.route(`${LETTERS}/${SOURCE}?**`, (route) => {
    return route.fulfill(json({ letters: ids.map((id) => letter(id, WHOLE.slice(0, 80))), not_shown: 0 }));
  });
  await page.route(`${LETTERS}/${SOURCE}/*`, (route) => {
    const id = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
    return route.fulfill(json(letter(id, WHOLE)));
  });
}

test("the whole of a dead letter is read by a press", async ({ console }) => {
  const { page, open } = console;
  await serve(page, ["one", "two"]);
  await open(["doctor", "letters"]);
  const body = page.getByRole("region", { name: "Body: two" });
  await expect(body).toContainText("long long");
  await expect(body).not.toContainText("end of it");
  const show = page.getByRole("button", { name: "Show the whole: two" });
  await show.click();
  await expect(body).toContainText("end of it");
  await expect(show).toBeHidden();
  await expect(page.getByRole("region", { name: "Body: one" })).not.toContainText("end of it");
});

test("to give all back names the source and how many, and tells what came of it", async ({ console }) => {
  const { page, open } = console;
  const ids = ["one", "two", "three"];
  await serve(page, ids);
  await page.route(`${LETTERS}/${SOURCE}/redrive`, (route) => {
    ids.splice(0, 2);
    const letters = [
      { id: "one", result: "given back", given_back: true },
      { id: "two", result: "Its queue is gone.", given_back: false },
    ];
    return route.fulfill({ contentType: "application/json", body: JSON.stringify({ letters, left: 1, stopped: "The time is over." }) });
  });
  await open(["doctor", "letters"]);
  await page.getByRole("button", { name: "Give all back" }).click();
  const dialog = page.getByRole("dialog", { name: "Give all back: orders" });
  await expect(dialog.getByText(/^3 letters of orders are handled again\./)).toBeVisible();
  await dialog.getByRole("button", { name: "Give all back" }).click();

  await expect(dialog).toBeHidden();
  await expect(page.getByText("orders: 1 of 2 letters are given back", { exact: true })).toBeVisible();
  await expect(page.getByText("1 was not tried yet. Give all back again.")).toBeVisible();
  await expect(page.getByText("The time is over.")).toBeVisible();
  await expect(page.getByText("two: Its queue is gone.")).toBeVisible();
  await expect(page.getByRole("region", { name: /^Body/ })).toHaveCount(1);
});

test("letters are read again after a refusal, as somebody else may have been faster", async ({ console }) => {
  const { page, open } = console;
  const ids = ["one", "two"];
  await serve(page, ids);
  await page.route(`${LETTERS}/${SOURCE}/one/discard`, (route) => {
    ids.splice(0, 1);
    const refusal = { type: "urn:cqrs:problem:not-found", title: "Not Found", status: 404, detail: "There is no such letter.", instance: "x" };
    return route.fulfill({ status: 404, contentType: "application/problem+json", body: JSON.stringify(refusal) });
  });
  await open(["doctor", "letters"]);
  await page.getByRole("button", { name: "Discard: one" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("Nobody needs it.");
  await dialog.getByRole("button", { name: "Discard" }).click();
  await expect(dialog.getByText("There is no such letter.")).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("region", { name: "Body: one" })).toBeHidden();
  await expect(page.getByRole("region", { name: "Body: two" })).toBeVisible();
});
