/** Requests over HTTP, each repeated as long as that may help. */

import { parseJson, stringifyJson } from "./numbers.js";
import { ProblemError } from "./problems.js";
import { isPassing, pause, pauseMs, RETRIES, type RetryOptions } from "./retries.js";

/** Gives the token for the next request; `isRefused` if the API did not take the last one. */
export type TokenProvider = (asked: { isRefused: boolean }) => string | Promise<string>;

export interface TransportOptions {
  /** The API's address, to which the paths are added. */
  baseUrl: string;
  token: TokenProvider;
  retries?: Partial<RetryOptions>;
  /** Milliseconds until a try is given up. API Gateway answers within 30 seconds. */
  timeoutMs?: number;
  /** Instead of the platform's own. */
  fetch?: typeof fetch;
}

/** A request; its path begins with `/`. */
export interface Sent {
  method: string;
  path: string;
  query?: Readonly<Record<string, unknown>> | undefined;
  headers?: Readonly<Record<string, string | undefined>> | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** An answer whose status is below 400. */
export interface Got {
  status: number;
  headers: Headers;
  data: unknown;
}

const TIMEOUT_MS = 35_000;

export class Transport {
  readonly #options: TransportOptions;
  readonly #retries: RetryOptions;

  constructor(options: TransportOptions) {
    this.#options = { ...options, baseUrl: options.baseUrl.replace(/\/+$/, "") };
    this.#retries = { ...RETRIES, ...options.retries };
  }

  /**
   * Send a request, again after 429, 503 and a failure of the network.
   *
   * @throws {ProblemError} If the answer is a problem that more tries have not mended.
   */
  async send(request: Sent): Promise<Got> {
    const url = this.#options.baseUrl + request.path + queryOf(request.query);
    let isRefused = false;
    let token = "";
    for (let tried = 1; ; tried += 1) {
      const isLast = tried >= this.#retries.attempts;
      let response: Response;
      try {
        token = await this.#options.token({ isRefused });
        response = await this.#try(url, request, token);
      } catch (error) {
        if (isLast || request.signal?.aborted) throw error;
        // A page of another origin may be shown no 401 that API Gateway itself has made.
        isRefused ||= isOver(token);
        await pause(pauseMs(tried, this.#retries), request.signal);
        continue;
      }
      if (response.status === 401 && !isRefused && !isLast) {
        isRefused = true;
        await response.body?.cancel();
        continue;
      }
      if (!isPassing(response) || isLast) return answered(response);
      await response.body?.cancel();
      const retryAfter = response.headers.get("retry-after");
      await pause(pauseMs(tried, this.#retries, retryAfter), request.signal);
    }
  }

  /** Send a file to a link that the API has made; it needs no token. */
  async upload(
    link: { method: string; url: string; headers: Readonly<Record<string, string>> },
    file: Blob | string | Uint8Array<ArrayBuffer>,
    signal?: AbortSignal,
  ): Promise<void> {
    const send = this.#options.fetch ?? fetch;
    for (let tried = 1; ; tried += 1) {
      const init = { method: link.method, headers: link.headers, body: file };
      const response = await send(link.url, { ...init, signal: signal ?? null });
      const isLast = tried >= this.#retries.attempts;
      if (response.ok || isLast || response.status < 500) {
        const told = await response.text();
        if (response.ok) return;
        throw new ProblemError(response.status, { detail: told.slice(0, 2000) }, response.headers);
      }
      await response.body?.cancel();
      await pause(pauseMs(tried, this.#retries), signal);
    }
  }

  async #try(url: string, request: Sent, token: string): Promise<Response> {
    const headers = new Headers({ Authorization: `Bearer ${token}` });
    for (const [name, value] of Object.entries(request.headers ?? {})) {
      if (value !== undefined) headers.set(name, value);
    }
    const init: RequestInit = { method: request.method, headers };
    if (request.body !== undefined) {
      headers.set("Content-Type", "application/json");
      init.body = stringifyJson(request.body);
    }
    const timeout = AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS);
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    return (this.#options.fetch ?? fetch)(url, { ...init, signal });
  }
}

/** Whether a token says that its time is over; false if it says nothing. */
function isOver(token: string): boolean {
  try {
    const claims = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const { exp } = JSON.parse(atob(claims)) as { exp?: unknown };
    return typeof exp === "number" && exp * 1000 <= Date.now();
  } catch {
    return false;
  }
}

async function answered(response: Response): Promise<Got> {
  const text = await response.text();
  const { status, headers } = response;
  if (status < 400) return { status, headers, data: text ? parseJson(text) : undefined };
  throw new ProblemError(status, problemOf(text), headers);
}

/** The members of a problem, or the message of a gateway, or whatever else stands in between. */
function problemOf(text: string): Record<string, string> {
  try {
    const told: unknown = JSON.parse(text);
    if (typeof told === "object" && told !== null) return told as Record<string, string>;
  } catch {
    // It is not JSON.
  }
  return text ? { detail: text.slice(0, 2000) } : {};
}

function queryOf(query: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `?${text}` : "";
}
