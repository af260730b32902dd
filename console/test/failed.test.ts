import type { Locator, Page } from "@playwright/test";

import { expect, scene, test } from "./console";

const BEHIND = "PredecessorFailed";
/** The tenant of the pictures, in which nobody retries. */
const PICTURED = "acme";
/** As many are read at most. */
const MOST = 500;

function failed(id: string, version: number, error: string, ended: string | null, made = "2026-01-01T00:00:00.000Z") {
  return {
    type: "NOTE",
    id,
    version,
    status: "FAILED",
    sync_mode: "ASYNC",
    error,
    cause: "It was so.",
    attempt: 0,
    request_id: "1",
    created_at: made,
    created_by: "Bob",
    is_author_verified: true,
    finished_at: ended,
  };
}

async function answer(page: Page, pages: readonly (readonly object[])[], isMore = false): Promise<void> {
  await page.route(`**/v1/tenants/${scene.tenant}/failed-commands?**`, (route) => {
    const at = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    const isLast = !isMore && at === pages.length - 1;
    const body = { commands: pages[at % pages.length], damaged: [], cursor: isLast ? null : String(at + 1) };
    return route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
  });
}

function tableOn(page: Page): Locator {
  return page.getByRole("table").filter({ has: page.getByRole("columnheader", { name: "Version" }) });
}

test("a command that has failed by itself comes before the later one behind it", async ({ console }) => {
  const { page, open } = console;
  await open(["overview"], {}, PICTURED);
  const airport = tableOn(page).getByRole("row").filter({ hasText: "AIRPORT KIX" });
  await expect(airport).toHaveText([/AIRPORT KIX3SyncHandlerFailed/, /AIRPORT KIX4PredecessorFailed/]);
});

test("failed commands come by cause and time, over all pages", async ({ console }) => {
  const { page, open } = console;
  const on = (day: number) => `2026-01-${String(day).padStart(2, "0")}T00:00:00.000Z`;
  const more = Array.from({ length: 17 }, (_, index) => failed(`more-${index}`, 1, BEHIND, on(2)));
  await answer(page, [
    [failed("behind-new", 3, BEHIND, on(9)), failed("cause-old", 1, "Odd", on(3)), ...more],
    [failed("behind-last", 2, BEHIND, on(1)), failed("cause-untimed", 1, "Odd", null, on(6))],
    [failed("cause-new", 1, "KeyError", on(8)), failed("behind-newest", 2, BEHIND, on(9))],
  ]);
  await open(["overview"]);
  const named = tableOn(page).getByRole("rowheader");
  await expect(named).toHaveCount(20);
  const first = ["cause-new", "cause-untimed", "cause-old", "behind-newest", "behind-new", "more-0"];
  for (const [at, id] of first.entries()) await expect(named.nth(at)).toHaveText(`NOTE ${id}`);

  await page.getByRole("button", { name: "Show more" }).click();
  await expect(named).toHaveCount(23);
  await expect(named.last()).toHaveText("NOTE behind-last");
  await expect(page.getByText(/There are more/)).toBeHidden();
});

test("a list of failed commands without an end is read so far", async ({ console }) => {
  const { page, open } = console;
  const hundred = Array.from({ length: 100 }, (_, index) => failed(`one-${index}`, 1, "Odd", null));
  const pages = Array.from({ length: MOST / 100 }, (_, at) => hundred.map((one) => ({ ...one, version: at + 1 })));
  await answer(page, pages, true);
  await open(["overview"]);
  await expect(tableOn(page).getByRole("rowheader")).toHaveCount(20);
  await expect(page.getByRole("button", { name: "Show more" })).toBeVisible();
});
