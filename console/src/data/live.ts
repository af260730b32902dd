/** The live channel of a tenant, and whether it is there. */

import type { Client, Followed, Listener } from "@command-workflows/client";

/** `absent` if the environment has none. */
export type LiveState = "connecting" | "live" | "away" | "absent";

interface Shared {
  listeners: Set<Listener>;
  stop: () => void;
}

export class LiveHub {
  readonly #channel: ReturnType<Client["live"]>;
  readonly #watchers = new Set<() => void>();
  /** By what is followed; a connection has few subscriptions, and many parts of a page share one. */
  readonly #shared = new Map<string, Shared>();
  #state: LiveState = "connecting";

  constructor(client: Client) {
    const tell = (state: LiveState) => this.#tell(state);
    /** Live is a connection on which all that was subscribed is followed. */
    class Watched extends WebSocket {
      #asked = 0;

      constructor(url: string) {
        super(url);
        this.addEventListener("close", () => tell("away"));
        this.addEventListener("message", ({ data }) => {
          if (typeOf(data) !== "subscribed") return;
          this.#asked -= 1;
          if (this.#asked <= 0) tell("live");
        });
      }

      override send(data: string): void {
        if (typeOf(data) === "subscribe") this.#asked += 1;
        super.send(data);
      }
    }
    this.#channel = client.live({
      WebSocket: Watched,
      retries: { longestMs: 15_000 },
      failed: ({ code, detail }) => {
        if (code === "ticket") tell(/\b404\b/.test(detail) ? "absent" : "away");
      },
    });
  }

  get state(): LiveState {
    return this.#state;
  }

  readonly watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  follow(followed: Followed, listener: Listener): () => void {
    const key = JSON.stringify(followed);
    const shared = this.#shared.get(key) ?? this.#subscribed(key, followed);
    shared.listeners.add(listener);
    return () => {
      shared.listeners.delete(listener);
      if (shared.listeners.size > 0 || this.#shared.get(key) !== shared) return;
      this.#shared.delete(key);
      shared.stop();
    };
  }

  close(): void {
    this.#channel.close();
  }

  #subscribed(key: string, followed: Followed): Shared {
    const listeners = new Set<Listener>();
    const stop = this.#channel.follow(followed, {
      stale: () => {
        for (const listener of listeners) listener.stale();
      },
      changed: (told) => {
        for (const listener of listeners) listener.changed?.(told);
      },
    });
    const shared = { listeners, stop };
    this.#shared.set(key, shared);
    return shared;
  }

  #tell(state: LiveState): void {
    this.#state = state;
    for (const changed of this.#watchers) changed();
  }
}

function typeOf(data: unknown): unknown {
  return typeof data === "string" ? (JSON.parse(data) as { type?: unknown }).type : undefined;
}
