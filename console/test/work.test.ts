import { expect, scene, test } from "./console";

const HEADER = "iata,name,city,state,country,latitude,longitude";
const ROWS = [
  "NRT,Narita,Tokyo,,Japan,35.76,140.39",
  "CTS,New Chitose,Sapporo,,Japan,95.2,141.69",
  'FUK,Fukuoka,Fukuoka,,Japan,33.58,"130.45"',
];

test("a file is imported, its rejected row mended, and imported again", async ({ console }) => {
  const { page, open, api } = console;
  await open(["imports"]);
  await page.locator('input[type="file"]').setInputFiles({
    name: "airports.csv",
    mimeType: "text/csv",
    buffer: Buffer.from([HEADER, ...ROWS, ""].join("\r\n")),
  });
  await page.getByRole("button", { name: "Import", exact: true }).click();

  await expect(page.getByRole("heading", { level: 1, name: "airports.csv" })).toBeVisible();
  await expect(page.getByText("COMPLETED_WITH_ERRORS")).toBeVisible({ timeout: 45_000 });
  await expect(page.getByText(/3 of 3 rows/)).toBeVisible();
  const rows = page.getByRole("table", { name: "Rejected rows" });
  await expect(rows.getByText(/latitude is '95.2'/)).toBeVisible();
  await rows.getByLabel("latitude of row 2").fill("96.3");
  await expect(page.getByText("1 cell changed")).toBeVisible();
  await page.getByRole("button", { name: "Import 1 row again" }).click();
  await expect(rows.getByText(/latitude is '96.3'/)).toBeVisible({ timeout: 45_000 });
  await expect(rows.getByRole("columnheader", { name: /^(row|reason)$/ })).toHaveCount(0);
  await rows.getByLabel(/^latitude of row/).fill("42.77");
  await page.getByRole("button", { name: "Import 1 row again" }).click();

  await expect(page.getByRole("heading", { name: /^airports-mended/ })).toBeVisible();
  await expect(page.getByText("COMPLETED", { exact: true })).toBeVisible({ timeout: 45_000 });
  const { body } = await api.send("GET", "/items/AIRPORT/CTS");
  expect(body).toMatchObject({ name: "New Chitose", attributes: { latitude: 42.77 } });
});

test("a task runs; its failures are grouped, and run again", async ({ console }) => {
  const { page, open } = console;
  await open(["tasks"]);
  // What is chosen is a name to axe, and not to somebody who hears it.
  await expect(page.getByRole("button", { name: /^Status/ })).toBeVisible();
  await page.getByRole("button", { name: "Make a task" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Input").fill("nothing");
  await form.getByRole("button", { name: "Make", exact: true }).click();
  await expect(form.getByText(/This is not JSON/)).toBeVisible();
  await form.getByLabel("Input").fill('[{"origin": "HND"}, {"origin": "ITM"}, {"origin": "NOWHERE"}]');
  await form.getByRole("button", { name: "Make", exact: true }).click();

  await expect(page.getByText("3 of 3 sub-tasks")).toBeVisible({ timeout: 45_000 });
  const failures = page.getByRole("table", { name: "" }).filter({ hasText: "For example" });
  await expect(failures.getByRole("row")).toHaveCount(2);
  const parts = page.getByRole("table", { name: "Sub-tasks" });
  await expect(parts.getByText("COMPLETED")).toHaveCount(2);
  await expect(parts.getByText("FAILED")).toHaveCount(1);
  const failed = parts.getByRole("row").filter({ hasText: "FAILED" });
  await failed.getByRole("button").click();
  await expect(failed).toHaveAttribute("aria-current", "true");
  await expect(page.getByRole("region", { name: "Result" })).toBeInViewport();

  await page.getByRole("button", { name: "Run the failed ones again" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run the failed ones again" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByText("3 of 3 sub-tasks")).toBeVisible({ timeout: 45_000 });
});

test("an airport is closed once somebody has approved it", async ({ console }) => {
  const { page, open, api } = console;
  const attributes = { country: "Japan" };
  await api.send("PUT", "/items/AIRPORT/OKJ?sync=true", { name: "Okayama", attributes });
  await open(["executions", "airport-closure"]);
  await page.getByRole("button", { name: "Start", exact: true }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Input").fill('{"airport": "OKJ", "reason": "flooded"}');
  await form.getByLabel(/^Name/).fill("close-okj");
  await form.getByRole("button", { name: "Start", exact: true }).click();

  const graph = page.getByRole("group", { name: "State machine" });
  const asks = graph.getByRole("button", { name: /^request_approval/ });
  await expect(asks).toHaveAttribute("data-status", "RUNNING", { timeout: 45_000 });
  await expect(graph.getByRole("button", { name: /^find_airport/ })).toHaveAttribute("data-status", "SUCCEEDED");
  const execution = page.url();

  await page.getByRole("link", { name: "Approvals" }).click();
  await page.getByRole("table").getByRole("link", { name: "Close Okayama: flooded", exact: true }).click();
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByRole("dialog").getByLabel(/^Reason/).fill("It is.");
  await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await expect(page.getByText("APPROVED")).toBeVisible();
  await expect(page.getByText("It is.")).toBeVisible();

  await page.goto(execution);
  await expect(graph.getByRole("button", { name: /^close_airport/ })).toHaveAttribute("data-status", "SUCCEEDED", { timeout: 45_000 });
  await graph.getByRole("button", { name: /^find_airport/ }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Input" }).first()).toContainText("OKJ");
  await expect.poll(async () => (await api.send("GET", "/items/AIRPORT/OKJ")).status).toBe(404);
});

test("a rejection needs a reason, and the answer stays in the list", async ({ console }) => {
  const { page, open } = console;
  await open(["approvals", scene.approval], { role: "approver", name: "Bob" });
  await page.getByRole("button", { name: "Reject" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Reject" }).click();
  await expect(dialog.getByText("Give a reason.")).toBeVisible();
  await dialog.getByLabel("Reason").fill("It is dry.");
  await dialog.getByRole("button", { name: "Reject" }).click();
  await expect(page.getByText("REJECTED")).toBeVisible();

  await page.getByRole("link", { name: "Approvals" }).first().click();
  await page.getByRole("button", { name: "Answered" }).click();
  await expect(page.getByRole("table").getByText("It is dry.")).toBeVisible();
  await expect(page.getByRole("table").getByText(/Bob/)).toBeVisible();
});
