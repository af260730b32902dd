/**
 * Tokens of a Cognito user pool, by the authorization code flow with PKCE (RFC 7636).
 *
 * They lie in this tab's session storage, so that a reload needs no new sign-in. A closed tab
 * forgets them.
 */

import type { Config } from "../app/config";
import { principalOf } from "./principal";
import { BEFORE_END_MS, SessionEnded, type Tokens } from "./session";

type Pool = Extract<Config["sign_in"], { kind: "pool" }>;

interface Held {
  id_token: string;
  refresh_token: string;
}

interface Asked {
  verifier: string;
  state: string;
  /** The fragment to come back to. */
  place: string;
}

const HELD = "console.tokens";
const ASKED = "console.asked";

export class PoolTokens implements Tokens {
  readonly #config: Config;
  readonly #pool: Pool;
  #renewing: Promise<string> | undefined;

  constructor(config: Config, pool: Pool) {
    this.#config = config;
    this.#pool = pool;
  }

  /** Take up a session: after a return from the hosted page, or that of a reload. */
  async begin(): Promise<boolean> {
    const query = new URLSearchParams(window.location.search);
    if (query.has("code") || query.has("error")) await this.#returned(query);
    return read(HELD) !== undefined;
  }

  async get(isRefused: boolean): Promise<string> {
    const held = read(HELD) as Held | undefined;
    if (held === undefined) throw new SessionEnded("There is no session.");
    const { endsAt } = principalOf(held.id_token, this.#config.identity);
    if (!isRefused && Date.now() < endsAt - BEFORE_END_MS) return held.id_token;
    this.#renewing ??= this.#renewed(held.refresh_token).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async signIn(): Promise<void> {
    const asked: Asked = {
      verifier: random(48),
      state: random(24),
      place: window.location.hash,
    };
    write(ASKED, asked);
    const query = new URLSearchParams({
      response_type: "code",
      client_id: this.#pool.client_id,
      redirect_uri: home(),
      scope: this.#pool.scopes,
      state: asked.state,
      code_challenge: await challengeOf(asked.verifier),
      code_challenge_method: "S256",
    });
    window.location.assign(`${this.#pool.domain}/oauth2/authorize?${query.toString()}`);
  }

  signOut(): void {
    sessionStorage.removeItem(HELD);
    const query = new URLSearchParams({ client_id: this.#pool.client_id, logout_uri: home() });
    window.location.assign(`${this.#pool.domain}/logout?${query.toString()}`);
  }

  async #returned(query: URLSearchParams): Promise<void> {
    const asked = read(ASKED) as Asked | undefined;
    sessionStorage.removeItem(ASKED);
    window.history.replaceState(null, "", `/${asked?.place ?? ""}`);
    const refusal = query.get("error_description") ?? query.get("error");
    if (refusal !== null) throw new Error(refusal);
    // An answer that nobody here has asked for may be an attacker's, with a session of his.
    if (asked === undefined || query.get("state") !== asked.state) return;
    await this.#exchanged({
      grant_type: "authorization_code",
      code: query.get("code") ?? "",
      redirect_uri: home(),
      code_verifier: asked.verifier,
    });
  }

  async #renewed(refreshToken: string): Promise<string> {
    return this.#exchanged({ grant_type: "refresh_token", refresh_token: refreshToken });
  }

  async #exchanged(given: Record<string, string>): Promise<string> {
    const answer = await fetch(`${this.#pool.domain}/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams({ client_id: this.#pool.client_id, ...given }),
    });
    if (answer.status >= 500) throw new Error(`Signing in was answered by ${answer.status}.`);
    if (!answer.ok) {
      sessionStorage.removeItem(HELD);
      throw new SessionEnded("The session has ended.");
    }
    const told = (await answer.json()) as { id_token: string; refresh_token?: string };
    const refresh = told.refresh_token ?? given["refresh_token"] ?? "";
    write(HELD, { id_token: told.id_token, refresh_token: refresh } satisfies Held);
    return told.id_token;
  }
}

/** The one address that the pool sends people back to. */
function home(): string {
  return `${window.location.origin}/`;
}

function random(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function read(name: string): unknown {
  const text = sessionStorage.getItem(name);
  return text === null ? undefined : JSON.parse(text);
}

function write(name: string, value: unknown): void {
  sessionStorage.setItem(name, JSON.stringify(value));
}
