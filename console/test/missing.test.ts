import { expect, test } from "./console";

for (const kind of ["items", "imports", "executions"]) {
  test(`what does not exist of ${kind} is not asked for again and again`, async ({ console }) => {
    const { page, open } = console;
    const name = "0".repeat(26);
    const between = { items: ["NOTE"], imports: [], executions: ["airport-closure"] }[kind] ?? [];
    await page.clock.install();
    const first = page.waitForResponse((response) => response.status() === 404 && response.url().includes(name));
    await open([kind, ...between, name]);
    await first;
    await page.waitForLoadState("networkidle");
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes(name)) asked.push(request.url());
    });
    await page.clock.runFor(60_000);
    await page.waitForLoadState("networkidle");
    expect(asked).toEqual([]);
  });
}
