/** Somebody's session: a token that is renewed before it ends. */

import type { Config } from "../app/config";
import { type Principal, principalOf } from "./principal";

/** A way to tokens. */
export interface Tokens {
  /** A token that has not ended; `isRefused` asks for another one than before. */
  get: (isRefused: boolean) => Promise<string>;
  signOut: () => void;
  /** Ask the person to sign in, and come back to this place. */
  signIn: () => Promise<void>;
}

/** The person has to sign in again. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
}

/** How long before its end a token is changed for a new one. */
export const BEFORE_END_MS = 60_000;

export class Session {
  readonly #tokens: Tokens;
  readonly #config: Config;
  readonly principal: Principal;
  readonly #listeners = new Set<() => void>();

  private constructor(config: Config, tokens: Tokens, principal: Principal) {
    this.#config = config;
    this.#tokens = tokens;
    this.principal = principal;
  }

  static async begin(config: Config, tokens: Tokens): Promise<Session> {
    return new Session(config, tokens, principalOf(await tokens.get(false), config.identity));
  }

  /** A token for a request. */
  readonly token = async ({ isRefused }: { isRefused: boolean }): Promise<string> => {
    try {
      return await this.#tokens.get(isRefused);
    } catch (error) {
      if (error instanceof SessionEnded) for (const ended of this.#listeners) ended();
      throw error;
    }
  };

  /** Be told that the person has to sign in again. */
  whenEnded(ended: () => void): () => void {
    this.#listeners.add(ended);
    return () => this.#listeners.delete(ended);
  }

  get environment(): string {
    return this.#config.environment;
  }

  get config(): Config {
    return this.#config;
  }

  signOut(): void {
    this.#tokens.signOut();
  }

  signIn(): Promise<void> {
    return this.#tokens.signIn();
  }
}
