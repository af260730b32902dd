import { Api, expect, scene, test, tokenOf } from "./console";

const BEHIND = 21;

test("a chain that is longer than what is shown names the version that has failed", async ({ console, request }) => {
  const { page, open } = console;
  const api = new Api(request, await tokenOf(request, { tenant: "*" }), scene.other);
  const place = `/items/NOTE/${scene.alone}`;
  for (let n = 0; n < BEHIND; n += 1) {
    const { status, body } = await api.send("PUT", place, { name: `Note ${n}`, attributes: { n: n + 2 } });
    expect(status, JSON.stringify(body)).toBe(202);
  }
  const last = `${place}/commands/${BEHIND + 1}`;
  await expect
    .poll(async () => (await api.send("GET", last)).body, { timeout: 60_000 })
    .toMatchObject({ status: "FAILED" });
  await open(["items", "NOTE", scene.alone], {}, scene.other);

  const lane = page.getByRole("list", { name: "Chain of versions" });
  await expect(lane.getByRole("button", { name: `${BEHIND + 1} Failed because of version 1` })).toBeVisible();
  await expect(lane.getByRole("button", { name: /because of version (?!1$|1\b)/ })).toHaveCount(0);
  await page.getByRole("button", { name: "Retry the chain" }).click();
  await expect(page.getByRole("dialog").getByText(/from version 1 on/)).toBeVisible();

  // The doctor is told of so many by more than one page.
  await open(["doctor"]);
  const retries = page.getByRole("button", { name: `Retry: NOTE#${scene.other} NOTE#${scene.alone}@` });
  await expect(retries).toHaveAccessibleName(/@1$/, { timeout: 45_000 });
  await expect(page.getByText(`${BEHIND + 1} failed, first with Odd: A service was away.`).first()).toBeVisible();
});
