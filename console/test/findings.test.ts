import type { Page } from "@playwright/test";

import { expect, scene, test } from "./console";

const FINDINGS = "**/v1/environment/findings?**";

function finding(subject: string, count: number, more: object = {}) {
  const id = `${subject} ${count}`;
  return {
    id,
    examination: "commands",
    problem: count > 1 ? "failed chain" : "failed command",
    subject,
    detail: `${count} failed, first with Odd: Version ${subject.split("@").at(-1) ?? ""} has failed.`,
    can_be_repaired: false,
    advice: "Retry it.",
    remedies: [{ does: "retry", method: "POST", path: `/v1/retry/${encodeURIComponent(subject)}` }],
    executions: null,
    ...more,
  };
}

/** Answer by pages, each of which says how to get the next one. */
async function answer(page: Page, pages: readonly (readonly object[])[], isMore = false): Promise<void> {
  await page.route(FINDINGS, (route) => {
    const at = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    const isLast = !isMore && at === pages.length - 1;
    const body = {
      findings: pages[at % pages.length],
      examined: isLast ? ["commands"] : [],
      not_examined: [],
      examinations: ["commands"],
      cursor: isLast ? null : String(at + 1),
    };
    return route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
  });
}

test("a failed chain that the API tells over pages is one finding, with the count of all", async ({ console }) => {
  const { page, open } = console;
  const chain = `NOTE#${scene.tenant} NOTE#long`;
  const two = `NOTE#${scene.tenant} NOTE#two`;
  const others = [
    finding(`NOTE#${scene.tenant} NOTE#longer@7`, 4),
    finding(`NOTE#${scene.other} NOTE#long@8`, 5),
    // Of the same command, but nothing about its chain.
    finding(`${chain}@1`, 1, { id: "stuck", problem: "command stuck", detail: "It waits since January." }),
  ];
  await answer(page, [
    [finding(`${chain}@21`, 20), finding(`${chain}@9`, 3)],
    [],
    [...others, finding(`${chain}@3`, 18)],
    [finding(`${chain}@41`, 1), finding(`${two}@2`, 1)],
    [finding(`${two}@1`, 1)],
  ]);
  await open(["doctor"]);

  await expect(page.getByRole("heading", { level: 2, name: "Findings (5)" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 3 })).toHaveText(["failed chain", "failed chain", "failed chain", "command stuck", "failed chain"]);
  await expect(page.getByText("42 failed, first with Odd: Version 3 has failed.", { exact: true })).toBeVisible();
  await expect(page.getByText("4 failed, first with Odd: Version 7 has failed.")).toBeVisible();
  await expect(page.getByText("5 failed, first with Odd: Version 8 has failed.")).toBeVisible();
  await expect(page.getByText("2 failed, first with Odd: Version 1 has failed.", { exact: true })).toBeVisible();
  await expect(page.getByText("It waits since January.")).toBeVisible();

  const item = page.getByRole("link", { name: "Open" }).first();
  await expect(item).toHaveAttribute("href", `#/${scene.tenant}/items/NOTE/long`);

  // What helps begins at the first version.
  await page.route("**/v1/retry/**", (route) => route.fulfill({ contentType: "application/json", body: "{}" }));
  const asked = page.waitForRequest("**/v1/retry/**");
  await page.getByRole("button", { name: `Retry: ${chain}@3` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
  expect(decodeURIComponent((await asked).url())).toMatch(/NOTE#long@3$/);
});

test("what is not read any more is said to be more, on the overview too", async ({ console }) => {
  const { page, open } = console;
  const chain = `NOTE#${scene.tenant} NOTE#endless`;
  const first = Array.from({ length: 20 }, (_, index) => finding(`${chain}@${index + 1}`, 1));
  await answer(page, [first, [finding(`NOTE#${scene.tenant} NOTE#other@1`, 1)]], true);
  await open(["overview"]);
  await expect(page.getByRole("link", { name: "1 or more findings" })).toBeVisible();
  await page.getByRole("link", { name: "1 or more findings" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "Findings (2 or more)" })).toBeVisible();

  await page.unroute(FINDINGS);
  await answer(page, [[]], true);
  await open(["overview"]);
  await expect(page.getByRole("link", { name: "0 or more findings" })).toBeVisible();
});
