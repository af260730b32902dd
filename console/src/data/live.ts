/** The live channel of a tenant, and whether it is there. */

import type { Client, Followed, Listener } from "@command-workflows/client";

/** `absent` if the environment has none. */
export type LiveState = "connecting" | "live" | "away" | "absent";

export class LiveHub {
  readonly #channel: ReturnType<Client["live"]>;
  readonly #watchers = new Set<() => void>();
  #state: LiveState = "connecting";

  constructor(client: Client) {
    const tell = (state: LiveState) => this.#tell(state);
    class Watched extends WebSocket {
      constructor(url: string) {
        super(url);
        this.addEventListener("open", () => tell("live"));
        this.addEventListener("close", () => tell("away"));
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
    return this.#channel.follow(followed, listener);
  }

  close(): void {
    this.#channel.close();
  }

  #tell(state: LiveState): void {
    this.#state = state;
    for (const changed of this.#watchers) changed();
  }
}
