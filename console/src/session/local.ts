/**
 * Tokens on an emulator: the server of `make console` makes them, as `cqrs token` does.
 *
 * Who one is stands in the page's address, as in `?role=reader&tenant=acme&name=Anna`.
 */

import type { Config } from "../app/config";
import { principalOf } from "./principal";
import { BEFORE_END_MS, type Tokens } from "./session";

export class LocalTokens implements Tokens {
  readonly #config: Config;
  #token: Promise<string> | undefined;
  #endsAt = 0;

  constructor(config: Config) {
    this.#config = config;
  }

  get(isRefused: boolean): Promise<string> {
    if (isRefused || Date.now() > this.#endsAt - BEFORE_END_MS) {
      this.#endsAt = Infinity;
      this.#token = this.#made().catch((error: unknown) => {
        this.#endsAt = 0;
        throw error;
      });
    }
    return this.#token ?? this.#made();
  }

  signOut(): void {
    window.location.assign("/");
  }

  signIn(): Promise<void> {
    window.location.reload();
    return Promise.resolve();
  }

  async #made(): Promise<string> {
    const answer = await fetch(`/local/token${window.location.search}`, { cache: "no-store" });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    this.#endsAt = principalOf(text, this.#config.identity).endsAt;
    return text;
  }
}
