/** The console in a browser, in which nothing may go wrong unseen. */

import { type APIRequestContext, test as base, type BrowserContext, expect, type Page } from "@playwright/test";

/** What `tests/console/scene.py` has prepared. */
export interface Scene {
  url: string;
  pool_url: string;
  person: readonly [string, string];
  tenant: string;
  other: string;
  chain: string;
  alone: string;
  stuck: string;
  letter: string;
  approval: string;
  link: string;
  bell: string;
}

export const scene = JSON.parse(process.env["CONSOLE_SCENE"] ?? "{}") as Scene;

export interface Person {
  role?: string | readonly string[];
  tenant?: string | readonly string[];
  name?: string;
}

/** Answers that say no for a reason; a browser's console tells of each. */
const REFUSALS = /status of (403|404|409|412|422)/;

/** Everything that a browser complains about, but for answers of the API that say no. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const { url } = message.location();
    const isAnswer = url.includes("/v1/") && REFUSALS.test(message.text());
    if (!isAnswer) complaints.push(`${message.type()}: ${message.text()} ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
  });
  return complaints;
}

export interface Console {
  page: Page;
  /** Open a page of the tenant, as an administrator of it. */
  open: (parts: readonly string[], as?: Person, tenant?: string) => Promise<void>;
  /** The API, as an administrator asks it beside the page. */
  api: Api;
  /** Let the browser complain of this, which it then has to. */
  foresee: (complaint: RegExp) => void;
}

interface Told {
  status: number;
  body: unknown;
}

export class Api {
  readonly #request: APIRequestContext;
  readonly #token: string;
  readonly #tenant: string;

  constructor(request: APIRequestContext, token: string, tenant = scene.tenant) {
    this.#request = request;
    this.#token = token;
    this.#tenant = tenant;
  }

  /** Ask for something of the tenant. */
  async send(method: string, path: string, data?: unknown): Promise<Told> {
    return this.#ask(method, `/v1/tenants/${this.#tenant}${path}`, data);
  }

  /** Ask for something of the environment as a whole. */
  async sendToAll(method: string, path: string, data?: unknown): Promise<Told> {
    return this.#ask(method, `/v1/environment${path}`, data);
  }

  async #ask(method: string, path: string, data?: unknown): Promise<Told> {
    const answer = await this.#request.fetch(scene.url + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}` },
      ...(data === undefined ? {} : { data }),
    });
    const text = await answer.text();
    return { status: answer.status(), body: text === "" ? undefined : JSON.parse(text) };
  }
}

export const test = base.extend<{ console: Console }>({
  console: async ({ page, request }, provide) => {
    const complaints = complaintsOf(page);
    const foreseen: RegExp[] = [];
    const api = new Api(request, await tokenOf(request, { tenant: "*" }));
    await provide({
      page,
      api,
      open: (parts, as = {}, tenant = scene.tenant) => open(page, parts, as, tenant),
      foresee: (complaint) => foreseen.push(complaint),
    });
    expect(complaints.filter((text) => !foreseen.some((one) => one.test(text)))).toEqual([]);
    expect(foreseen.filter((one) => !complaints.some((text) => one.test(text)))).toEqual([]);
  },
});

export { expect };

export async function tokenOf(request: APIRequestContext, as: Person): Promise<string> {
  const answer = await request.get(`${scene.url}/local/token${queryOf(as)}`);
  expect(answer.status(), await answer.text()).toBe(200);
  return answer.text();
}

async function open(page: Page, parts: readonly string[], as: Person, tenant: string): Promise<void> {
  const place = [tenant, ...parts].map(encodeURIComponent).join("/");
  await page.goto(`${scene.url}/${queryOf({ tenant: "*", ...as })}#/${place}`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

/** Publish a version with another name by the form of its item's page, and wait until it is applied. */
export async function nameNextVersion(page: Page, name: string, version: number): Promise<void> {
  await page.getByRole("button", { name: "Publish a version" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name", { exact: true }).fill(name);
  await form.getByRole("button", { name: "Publish", exact: true }).click();
  const lane = page.getByRole("list", { name: "Chain of versions" });
  await expect(lane.getByRole("button", { name: new RegExp(`^${version} Applied`) })).toBeVisible();
}

function queryOf(as: Person): string {
  const query = new URLSearchParams();
  for (const role of listOf(as.role ?? "administrator")) query.append("role", role);
  for (const tenant of listOf(as.tenant ?? scene.tenant)) query.append("tenant", tenant);
  query.set("name", as.name ?? "Anna");
  return `?${query.toString()}`;
}

function listOf(given: string | readonly string[]): readonly string[] {
  return typeof given === "string" ? [given] : given;
}

/** Let a context say which colours and language it wants, as a person's choice does. */
export async function prefer(context: BrowserContext, mode: "light" | "dark", language: "en" | "ja") {
  await context.addInitScript(
    ([chosenMode, chosenLanguage]) => {
      localStorage.setItem("console.mode", chosenMode);
      localStorage.setItem("console.language", chosenLanguage);
    },
    [mode, language] as const,
  );
}
