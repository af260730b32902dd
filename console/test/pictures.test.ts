import { Api, expect, prefer, test, tokenOf } from "./console";

/** Pictures for the documents, taken by `make test-console UPDATE=1`. */
const FOLDER = process.env["CONSOLE_PICTURES"] ? "../docs/pictures" : "build/pictures";
const TENANT = "acme";
const VIEW = { width: 1360, height: 850 };

const CSV = [
  "iata,name,city,state,country,latitude,longitude",
  "NRT,Narita,Tokyo,,Japan,35.76,140.39",
  "CTS,New Chitose,Sapporo,,Japan,95.2,141.69",
  "FUK,Fukuoka,Fukuoka,,Japan,33.58,east",
  "j1,Komatsu,Komatsu,,Japan,36.39,136.41",
  "",
].join("\r\n");

test.use({ viewport: VIEW, actionTimeout: 20_000 });

test("pictures of the main pages are taken", async ({ console, context, request }) => {
  test.setTimeout(180_000);
  await prefer(context, "light", "en");
  const { page } = console;
  const api = new Api(request, await tokenOf(request, { tenant: "*", name: "Anna" }), TENANT);
  const publish = (method: string, id: string, content: unknown) => api.send(method, `/items/AIRPORT/${id}?sync=true`, content);
  const open = async (parts: readonly string[], as = { tenant: "*", name: "Anna" }) => console.open(parts, as, TENANT);
  const take = async (name: string) => {
    await expect(page.getByText(/^(Loading|読み込み中)$/)).toHaveCount(0);
    await page.screenshot({ path: `${FOLDER}/console-${name}.png`, animations: "disabled" });
  };

  await publish("PUT", "HND", { name: "Haneda", attributes: { country: "Japan", latitude: 35.55, longitude: 139.78 } });
  await open(["items", "AIRPORT", "KIX"]);
  await page.getByRole("button", { name: /^3 Failed by itself/ }).click();
  await take("item");

  const { body } = await api.send("POST", "/workflows/airport-closure/executions", {
    input: { airport: "HND", reason: "the runway is under water" },
  });
  const { machine, name } = body as { machine: string; name: string };
  await open(["executions", machine, name]);
  const asks = page.getByRole("button", { name: /^request_approval, / });
  await expect(asks).toHaveAttribute("data-status", "RUNNING", { timeout: 30_000 });
  await asks.click();
  await take("execution");

  await open(["approvals"]);
  await page.getByRole("table").getByRole("link", { name: /^Close Haneda/ }).first().click();
  await expect(page.getByRole("button", { name: "Approve" })).toBeVisible();
  await take("approval");

  await open(["imports"]);
  await page.locator('input[type="file"]').setInputFiles({ name: "airports.csv", mimeType: "text/csv", buffer: Buffer.from(CSV) });
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "airports.csv" })).toBeVisible();
  await expect(page.getByText("COMPLETED_WITH_ERRORS")).toBeVisible({ timeout: 45_000 });
  await page.getByLabel("latitude of row 2").fill("42.77");
  await take("import");

  await open(["overview"]);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await publish("PUT", "ITM", { name: "Itami", attributes: { country: "Japan", seen: Date.now() } });
  await expect(page.getByText(/^AIRPORT#ITM@/).first()).toBeVisible();
  await take("overview");

  await prefer(context, "dark", "ja");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "概要" })).toBeVisible();
  await take("overview-dark-ja");
});
