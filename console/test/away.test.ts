import type { Locator, Page, Route } from "@playwright/test";

import { Api, type Console, expect, scene, test, tokenOf } from "./console";

/** A page asks so often while the channel is away. */
const POLLING_MS = 5_000;
const OLD = "The API cannot be reached. What you see may be old.";
const NOBODY_LISTENS = /^error: Failed to load resource: net::ERR_CONNECTION_REFUSED http\S+\/v1\//;

const PLACES = [
  "items/NOTE",
  "items/AIRPORT/HND",
  "executions",
  "executions/command-handler",
  "executions/of/AIRPORT/HND/1",
  "imports",
  "tasks",
  "approvals",
  "doctor",
  "doctor/letters",
  "doctor/discarded",
  "read-models",
  "overview",
];

type Answer = (route: Route) => Promise<void>;

const refuse: Answer = (route) => route.abort("connectionrefused");

/** Stand between the page and the API; what is returned says who answers, which is the API by default. */
async function standBefore(page: Page, url = "**/v1/**"): Promise<(answer?: Answer) => void> {
  let chosen: Answer | undefined;
  await page.route(url, (route) => (chosen === undefined ? route.fallback() : chosen(route)));
  return (answer) => (chosen = answer);
}

/** Open a page that asks by itself, as its network lets no WebSocket through. */
async function openWithoutChannel({ page, open }: Console, parts: readonly string[], tenant: string): Promise<void> {
  await page.clock.install();
  await page.routeWebSocket(/.*/, (socket) => socket.close());
  await open(["overview"], {}, tenant);
  await expect(page.getByText("Reconnecting; asks every 5 seconds")).toBeVisible();
  await page.evaluate((place) => (window.location.hash = place), `#/${[tenant, ...parts].join("/")}`);
}

/** Let the page ask by itself for nothing, as one in the background does: all that it asks for is asked by hand. */
async function putBehind(page: Page): Promise<void> {
  await page.addInitScript(() => Object.defineProperty(document, "visibilityState", { get: () => "hidden" }));
}

function oldOn(page: Page): Locator {
  return page.getByRole("status").filter({ hasText: OLD });
}

test("a list stays while the API is away, and is fresh without a reload when it is back", async ({ console, request }) => {
  const { page, foresee } = console;
  foresee(NOBODY_LISTENS);
  const tenant = `${scene.tenant}-list`;
  const api = new Api(request, await tokenOf(request, { tenant: "*" }), tenant);
  const publish = (id: string) => api.send("PUT", `/items/NOTE/${id}?sync=true`, { name: "One", attributes: {} });
  await publish("before");
  const answerBy = await standBefore(page);
  await openWithoutChannel(console, ["items", "NOTE"], tenant);
  const before = page.getByRole("link", { name: "before" });
  await expect(before).toBeVisible();
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));

  answerBy(refuse);
  await page.clock.runFor(POLLING_MS);
  await expect(oldOn(page)).toBeVisible();
  await expect(oldOn(page).getByRole("button", { name: "Try again" })).toBeVisible();
  await expect(before).toBeVisible();

  await publish("meanwhile");
  answerBy();
  await page.clock.runFor(POLLING_MS);
  await expect(page.getByRole("link", { name: "meanwhile" })).toBeVisible();
  await expect(oldOn(page)).toBeHidden();
  expect(await page.evaluate(() => "isSamePage" in window)).toBe(true);
});

test("each part of the overview says that it may be old", async ({ console }) => {
  const { page, foresee } = console;
  foresee(NOBODY_LISTENS);
  const answerBy = await standBefore(page);
  await openWithoutChannel(console, ["overview"], `${scene.tenant}-overview`);
  const work = page.getByRole("row", { name: /^Tasks 0 0 0/ });
  const doctor = page.getByRole("link", { name: /findings?$|^Nothing stands still$/ });
  const parts = [work, page.getByText("No command has failed."), doctor, page.getByText(/; quiet: |alarms? (is|are|lack)/).first()];
  // The function's first answers are slow.
  for (const part of [...parts, page.getByRole("link", { name: /dead letters?$/i })]) {
    await expect(part).toBeVisible({ timeout: 45_000 });
  }

  answerBy(refuse);
  // Alarms and dead letters are asked for less often than what the channel tells.
  await page.clock.runFor(3 * POLLING_MS);
  await expect(oldOn(page)).toHaveCount(parts.length);
  for (const part of parts) await expect(part).toBeVisible();

  answerBy();
  await page.clock.runFor(3 * POLLING_MS);
  await expect(oldOn(page)).toHaveCount(0);
});

test("a page without data says that the API cannot be reached, and not that there is nothing", async ({ console }) => {
  const { page, open, foresee } = console;
  foresee(NOBODY_LISTENS);
  await putBehind(page);
  await page.clock.install();
  const answerBy = await standBefore(page);
  answerBy(refuse);
  const away = page.getByText("The API cannot be reached", { exact: true }).first();
  await open(["overview"]);
  for (const place of PLACES) {
    await page.getByRole("heading", { level: 1 }).evaluate((element) => element.setAttribute("data-left", ""));
    await page.evaluate((hash) => (window.location.hash = hash), `#/${scene.tenant}/${place}`);
    await expect(page.locator("[data-left]")).toHaveCount(0);
    // It tries several times, with pauses between.
    await expect
      .poll(async () => {
        await page.clock.runFor(500);
        return away.isVisible();
      }, { message: place, intervals: [50] })
      .toBe(true);
    await expect(page.getByRole("main").getByText(/^(There are no|None was|Nothing |No )/), place).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Try again" }).first(), place).toBeVisible();
  }
});

test("what a gateway says counts as away, what the API itself says does not, and a press tries again", async ({ console }) => {
  const { page, open, foresee } = console;
  foresee(/^error: Failed to load resource: the server responded with a status of 50[234] .* http\S+\/v1\//);
  foresee(/^50[234] http\S+\/v1\//);
  await putBehind(page);
  const answerBy = await standBefore(page, "**/v1/environment/**");
  const again = page.getByRole("button", { name: "Try again" });
  const saying = (status: number, body: unknown, contentType = "application/json"): Answer => {
    return (route) => route.fulfill({ status, contentType, body: JSON.stringify(body) });
  };

  answerBy(saying(502, { message: "Status 502" }));
  await open(["doctor", "discarded"]);
  await expect(page.getByText("502: Status 502. Check your connection, then try again.")).toBeVisible();
  for (const status of [503, 504]) {
    answerBy(saying(status, { message: `Status ${status}` }));
    await again.click();
    await expect(page.getByText(new RegExp(`Status ${status}.*Check your connection`))).toBeVisible();
    await expect(page.getByText("The API cannot be reached", { exact: true })).toBeVisible();
  }

  const told = { type: "urn:cqrs:problem:unavailable", title: "Service Unavailable", status: 503, detail: "The table is away.", instance: "req-1" };
  answerBy(saying(503, told, "application/problem+json"));
  await again.click();
  await expect(page.getByText("The table is away.", { exact: true })).toBeVisible();
  await expect(page.getByText("The API refused that")).toBeVisible();
  await expect(page.getByText(/cqrs explain 'req-1'/)).toBeVisible();
  await expect(page.getByText(/Check your connection/)).toBeHidden();

  answerBy();
  await again.click();
  await expect(again).toBeHidden();
  await expect(page.getByText("None was discarded within the kept time.").or(page.getByRole("table"))).toBeVisible();
});

test("a page is fresh again by itself although its channel was never away", async ({ console, request }) => {
  const { page, open, foresee } = console;
  foresee(NOBODY_LISTENS);
  const tenant = `${scene.tenant}-channel`;
  const api = new Api(request, await tokenOf(request, { tenant: "*" }), tenant);
  await api.send("PUT", "/items/NOTE/told?sync=true", { name: "One", attributes: {} });
  let isFirst = true;
  const answerBy = await standBefore(page, `**/v1/tenants/${tenant}/items/NOTE?**`);
  // A page reads once more when it is followed. From then on nothing is told in this tenant.
  answerBy((route) => {
    if (!isFirst) return refuse(route);
    isFirst = false;
    return route.fallback();
  });
  await page.clock.install();
  await open(["items", "NOTE"], {}, tenant);
  await expect(page.getByRole("link", { name: "told" })).toBeVisible();
  await expect(oldOn(page)).toBeVisible();

  answerBy();
  await page.clock.runFor(POLLING_MS);
  await expect(oldOn(page)).toBeHidden();
});

test("a gateway that knows no such route is not the API's word that there is no such item", async ({ console }) => {
  const { page, open } = console;
  await page.route("**/v1/**", (route) =>
    route.fulfill({ status: 404, contentType: "application/json", body: JSON.stringify({ message: "Not Found" }) }),
  );
  await open(["items", "NOTE", scene.chain]);
  await expect(page.getByText("The API cannot be reached").first()).toBeVisible();
  await expect(page.getByText("Nothing of this item is applied yet.")).toBeHidden();
  await page.unroute("**/v1/**");
  await expect(page.getByRole("list", { name: "Chain of versions" })).toBeVisible();
});
