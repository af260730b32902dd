/** The live channel: changes as they happen (docs/live.md of the project). */

import { parseJson, type JsonValue } from "./numbers.js";
import { pauseMs, type RetryOptions } from "./retries.js";

/** What to follow; without `actions`, `pk` and `sk` all that the roles allow. */
export interface Followed {
  /** Such as `task-status`, `import-status`, `command-status` and `approval-status`. */
  actions?: readonly string[];
  pk?: string;
  sk?: string;
  sk_prefix?: string;
}

/** A change. It may be told twice, late or never: read what `location` says before you act on it. */
export interface LiveNotification {
  type: "notification";
  id: string;
  action: string;
  /** The path to read over HTTP; null for a kind of an application's own. */
  location: string | null;
  pk: string;
  sk: string;
  content: Record<string, JsonValue> | null;
  subscriptions: string[];
}

export interface Listener {
  /**
   * Read over HTTP what is shown.
   *
   * It comes when following has begun, after each time the channel was away, and when it has
   * dropped something.
   */
  stale(): void;
  changed?(notification: LiveNotification): void;
}

export interface LiveOptions {
  /** Instead of the platform's own, which Node.js has from version 22 on. */
  WebSocket?: new (url: string) => WebSocket;
  /** Milliseconds between pings. API Gateway ends a connection that was idle for ten minutes. */
  pingMs?: number;
  retries?: Partial<RetryOptions>;
  /** Told what the channel refuses, such as a role that is missing, and why it is away. */
  failed?(fault: { code: string; detail: string }): void;
}

/** Gets a ticket, and gives the address that has it. */
export type TicketOffice = () => Promise<{ url: string }>;

interface Subscription {
  followed: Followed;
  listener: Listener;
}

interface Message {
  type?: string;
  id?: string;
  code?: string;
  detail?: string;
  expires_at?: number;
  missed?: number;
  subscriptions?: string[];
}

const PING_MS = 5 * 60 * 1000;
const RETRIES: RetryOptions = { attempts: Infinity, baseMs: 1_000, longestMs: 60_000 };
/** How long before its end a connection is changed for a new one, and how often at most. */
const BEFORE_END_MS = 60_000;
/** Identities of notifications that are known, so that none is told twice. */
const REMEMBERED = 1_000;
const OPEN = 1;

/** A connection that comes back. It opens with the first subscription, and {@link close} ends it. */
export class LiveChannel {
  readonly #office: TicketOffice;
  readonly #options: LiveOptions;
  readonly #retries: RetryOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #told = new Set<string>();
  #socket: WebSocket | undefined;
  #isConnecting = false;
  #isClosed = false;
  #failures = 0;
  #made = 0;
  #missed = new Map<string, number>();
  #missedInAll = 0;
  #pings: ReturnType<typeof setInterval> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(office: TicketOffice, options: LiveOptions = {}) {
    this.#office = office;
    this.#options = options;
    this.#retries = { ...RETRIES, ...options.retries };
  }

  /**
   * Follow changes.
   *
   * @returns Ends it.
   */
  follow(followed: Followed, listener: Listener): () => void {
    if (this.#isClosed) throw new Error("The channel is closed: make a new one.");
    this.#made += 1;
    const id = `s${this.#made}`;
    this.#subscriptions.set(id, { followed, listener });
    if (this.#socket?.readyState === OPEN) this.#subscribe(id);
    else void this.#connect();
    return () => {
      if (this.#subscriptions.delete(id)) this.#say({ type: "unsubscribe", id });
    };
  }

  /** End the connection for good. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#away();
    this.#socket?.close();
    this.#subscriptions.clear();
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting || this.#isClosed) return;
    this.#isConnecting = true;
    clearTimeout(this.#again);
    try {
      const { url } = await this.#office();
      if (!this.#isClosed) this.#open(url);
    } catch (error) {
      this.#isConnecting = false;
      this.#options.failed?.({ code: "ticket", detail: String(error) });
      this.#later();
    }
  }

  #open(url: string): void {
    const socket = new (this.#options.WebSocket ?? WebSocket)(url);
    const before = this.#socket;
    this.#socket = socket;
    socket.onopen = () => {
      this.#isConnecting = false;
      this.#missed = new Map();
      this.#missedInAll = 0;
      for (const id of this.#subscriptions.keys()) this.#subscribe(id);
      clearInterval(this.#pings);
      this.#pings = setInterval(() => this.#say({ type: "ping" }), this.#options.pingMs ?? PING_MS);
      before?.close();
    };
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#heard(parseJson(String(data)) as Message);
    };
    socket.onclose = () => {
      if (this.#socket !== socket || this.#isClosed) return;
      this.#isConnecting = false;
      this.#away();
      this.#later();
    };
  }

  #heard(message: Message): void {
    if (message.expires_at !== undefined) this.#renewAt(message.expires_at * 1000);
    if (message.type === "subscribed") {
      this.#failures = 0;
      this.#subscriptions.get(message.id ?? "")?.listener.stale();
    } else if (message.type === "notification") {
      this.#notified(message as unknown as LiveNotification);
    } else if (message.type === "error") {
      this.#options.failed?.({ code: message.code ?? "", detail: message.detail ?? "" });
      if (message.code === "expired") void this.#connect();
    }
    this.#counted(message);
  }

  #notified(notification: LiveNotification): void {
    if (this.#told.has(notification.id)) return;
    this.#told.add(notification.id);
    const [oldest] = this.#told;
    if (this.#told.size > REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
    for (const id of notification.subscriptions) {
      this.#subscriptions.get(id)?.listener.changed?.(notification);
    }
  }

  /** Let all read again if something was dropped: of a kind of change, or of any kind. */
  #counted(message: Message & { action?: string }): void {
    if (message.missed === undefined) return;
    let before: number;
    if (message.type === "pong") {
      const told = [...this.#missed.values()].reduce((sum, one) => sum + one, 0);
      before = Math.max(told, this.#missedInAll);
      this.#missedInAll = message.missed;
    } else {
      const kind = message.action ?? "";
      before = this.#missed.get(kind) ?? 0;
      this.#missed.set(kind, message.missed);
    }
    if (message.missed <= before) return;
    for (const { listener } of this.#subscriptions.values()) listener.stale();
  }

  #renewAt(end: number): void {
    clearTimeout(this.#renewal);
    // A token that ends soon gives a connection that does: no more than one try in that time.
    const wait = Math.max(end - Date.now() - BEFORE_END_MS, BEFORE_END_MS / 2);
    this.#renewal = setTimeout(() => void this.#connect(), wait);
  }

  #later(): void {
    if (this.#isClosed || this.#subscriptions.size === 0) return;
    this.#failures += 1;
    this.#again = setTimeout(() => void this.#connect(), pauseMs(this.#failures, this.#retries));
  }

  #away(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#renewal);
  }

  #subscribe(id: string): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription) this.#say({ type: "subscribe", id, ...subscription.followed });
  }

  #say(message: object): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(message));
  }
}
