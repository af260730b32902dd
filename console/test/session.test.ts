import type { Page } from "@playwright/test";

import { complaintsOf, expect, scene, test } from "./console";

/** A place that somebody was led to, as a link in a mail does. */
const PLACE = `#/${scene.tenant}/items/AIRPORT/HND`;

async function signIn(page: Page, link = `${scene.pool_url}/${PLACE}`, title = "AIRPORT HND"): Promise<void> {
  const [address, password] = scene.person;
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Username").fill(address);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
}

test("people sign in at the user pool by PKCE, and come back to the place they were led to", async ({ page }) => {
  const asked: URLSearchParams[] = [];
  page.on("request", (sent) => {
    const url = new URL(sent.url());
    if (url.pathname === "/oauth2/authorize") asked.push(url.searchParams);
    if (url.pathname === "/oauth2/token") asked.push(new URLSearchParams(sent.postData() ?? ""));
  });
  await signIn(page);
  const complaints = complaintsOf(page);

  const [authorize, token] = asked;
  expect(authorize?.get("response_type")).toBe("code");
  expect(authorize?.get("code_challenge_method")).toBe("S256");
  expect(token?.get("grant_type")).toBe("authorization_code");
  expect(token?.get("code_verifier")?.length).toBeGreaterThan(42);
  expect(token?.has("client_secret")).toBe(false);
  // Neither the address nor the history keeps the code.
  expect(page.url()).toBe(`${scene.pool_url}/${PLACE}`);
  await expect(page.getByRole("button", { name: /^Carla/ })).toBeVisible();

  await page.reload();
  await expect(page.getByRole("heading", { name: "AIRPORT HND" })).toBeVisible();
  expect(complaints).toEqual([]);
});

test("the link of a notice leads past the sign-in to its request", async ({ page }) => {
  await signIn(page, scene.link, "Close Airport UKY");

  expect(page.url()).toBe(scene.link);
  await expect(page.getByRole("button", { name: "Approve" })).toBeVisible();
});

test("a code that nobody here has asked for signs nobody in", async ({ page }) => {
  await page.goto(`${scene.pool_url}/?code=somebody-elses&state=unknown`);
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  expect(page.url()).not.toContain("code=");
});

test("a token is renewed before it ends, and a session that has ended says so", async ({ page }) => {
  await signIn(page);
  const grants: (string | null)[] = [];
  page.on("request", (sent) => {
    if (sent.url().endsWith("/oauth2/token")) grants.push(new URLSearchParams(sent.postData() ?? "").get("grant_type"));
  });
  await page.clock.setSystemTime(Date.now() + 59.5 * 60_000);
  const answered = page.waitForResponse((response) => response.url().includes("/tasks?"));
  await page.getByRole("link", { name: "Tasks" }).first().click();
  // Emulator difference: MiniStack gives renewed tokens no groups, so that they have no role.
  expect([200, 403]).toContain((await answered).status());
  expect(grants).toEqual(["refresh_token"]);

  await page.evaluate(() => {
    const held = JSON.parse(sessionStorage.getItem("console.tokens") ?? "{}") as Record<string, string>;
    sessionStorage.setItem("console.tokens", JSON.stringify({ ...held, refresh_token: "taken back" }));
  });
  await page.clock.setSystemTime(Date.now() + 4 * 3_600_000);
  // What the page asks by itself may have shown the dialog already, which lets nobody click beside it.
  await page.evaluate((place) => (window.location.hash = place), `#/${scene.tenant}/imports`);
  await expect(page.getByText("Your session has ended")).toBeVisible();
  await page.getByRole("button", { name: "Sign in again" }).click();
  await expect(page.getByLabel("Password")).toBeVisible();
});
