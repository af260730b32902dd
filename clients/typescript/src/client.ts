/** The client: each operation as a method, and what goes over several requests. */

import { OPERATIONS } from "./generated/operations.js";
import { Items, type ItemTypes } from "./items.js";
import { LiveChannel, type LiveOptions, type TicketOffice } from "./live.js";
import { filled, segment } from "./paths.js";
import { FailedError } from "./problems.js";
import { pause, pauseMs, type RetryOptions } from "./retries.js";
import { Transport, type TransportOptions } from "./transport.js";
import type {
  Answer,
  Arguments,
  Data,
  Entry,
  OperationName,
  Operations,
  PagedName,
  Schemas,
} from "./types.js";

export interface ClientOptions extends TransportOptions {
  /** Code of the tenant that all requests are about. */
  tenant: string;
}

/** How long to follow work. */
export interface FollowOptions {
  /** Milliseconds until it is given up; a minute by default. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** A file for an import. */
export interface ImportedFile {
  target: string;
  /** Its name, such as `airports.csv`. */
  name: string;
  content: Blob | string | Uint8Array<ArrayBuffer>;
  mode?: "DIRECT" | "STEP_FUNCTION";
  publishMode?: "SYNC" | "ASYNC";
  encoding?: string;
  signal?: AbortSignal;
}

type Given = Partial<Record<"path" | "query" | "headers", Record<string, unknown>>> & {
  body?: unknown;
  signal?: AbortSignal;
};
type Work = Schemas["Task"] | Schemas["Import"];

const POLLING: RetryOptions = { attempts: Infinity, baseMs: 200, longestMs: 3_000 };
const TIMEOUT_MS = 60_000;
/** Begins the paths of what all tenants share. */
const ENVIRONMENT = "/v1/environment/";
const UNDER_WAY = new Set(["CREATED", "QUEUED", "PROCESSING"]);
const ENDED_WELL = new Set(["COMPLETED", "COMPLETED_WITH_ERRORS"]);

/**
 * A client of one tenant.
 *
 * `Types` are the types of items with their attributes, as `components["schemas"]["ItemTypes"]` of
 * the description that the deployed application serves has them.
 */
export class Client<Types extends ItemTypes = ItemTypes> {
  /** Each operation of the description as a method of its name. */
  readonly operations: Operations;
  readonly #transport: Transport;
  readonly #base: string;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.#base = `/v1/tenants/${segment(options.tenant)}`;
    const methods = Object.keys(OPERATIONS).map((name) => [
      name,
      (given: Given = {}) => this.#call(name as OperationName, given),
    ]);
    this.operations = Object.fromEntries(methods) as Operations;
  }

  /** The items of a type. */
  items<Name extends keyof Types & string>(type: Name): Items<Types[Name]> {
    return new Items<Types[Name]>(this, type);
  }

  /** All pages of a list, one after the other. */
  async *pages<K extends PagedName>(name: K, given: Arguments<K>): AsyncGenerator<Data<K>, void> {
    const { next } = OPERATIONS[name].page;
    let query: Record<string, unknown> = { ...(given as Given).query };
    for (;;) {
      const { data } = await this.#call(name, { ...(given as Given), query });
      yield data;
      const behind = (data as Record<string, unknown>)[next];
      if (behind === null || behind === undefined) return;
      query = { ...query, [next]: behind };
    }
  }

  /** All entries of a list; a page is asked for when those before it are used up. */
  async *each<K extends PagedName>(name: K, given: Arguments<K>): AsyncGenerator<Entry<K>, void> {
    const { entries } = OPERATIONS[name].page;
    for await (const page of this.pages(name, given)) {
      yield* (page as Record<string, Entry<K>[]>)[entries] ?? [];
    }
  }

  /**
   * Wait until a command was applied.
   *
   * @param published - The answer to its request, or its `Location`.
   * @throws {FailedError} If it has failed.
   * @throws {DOMException} `TimeoutError` if it has not ended in time.
   */
  async applied(
    published: string | { location: string | undefined },
    options: FollowOptions = {},
  ): Promise<Schemas["Command"]> {
    const place = placeOf(published);
    const command = await this.#follow<Schemas["Command"]>(place, options, (found) => {
      return found.status !== "PUBLISHED";
    });
    if (command.status === "FAILED") throw new FailedError(place, command);
    return command;
  }

  /**
   * Wait until a task or an import has ended.
   *
   * @param made - The answer that made it, or its `Location`.
   * @throws {FailedError} If it has failed or was cancelled.
   * @throws {DOMException} `TimeoutError` if it has not ended in time.
   */
  async ended<T extends Work = Schemas["Task"]>(
    made: string | { location: string | undefined },
    options: FollowOptions = {},
  ): Promise<T> {
    const place = placeOf(made);
    const work = await this.#follow<T>(place, options, (found) => !UNDER_WAY.has(found.status));
    if (!ENDED_WELL.has(work.status)) throw new FailedError(place, work);
    return work;
  }

  /** Upload a file and make an import of it; {@link ended} waits for its end. */
  async importFile(file: ImportedFile): Promise<Answer<"createImport">> {
    const signal = file.signal === undefined ? {} : { signal: file.signal };
    const { data } = await this.operations.createUpload({ body: { file: file.name }, ...signal });
    await this.#transport.upload(data, file.content, file.signal);
    const chosen = {
      ...(file.mode === undefined ? {} : { mode: file.mode }),
      ...(file.publishMode === undefined ? {} : { publish_mode: file.publishMode }),
      ...(file.encoding === undefined ? {} : { encoding: file.encoding }),
    };
    const body = { target: file.target, upload: data.upload, ...chosen };
    return this.operations.createImport({ body, ...signal });
  }

  /** The live channel of the environment, if it has one (docs/live.md). */
  live(options: LiveOptions = {}): LiveChannel {
    const path = `${this.#base}/tickets`;
    const office = async () => (await this.#transport.send({ method: "POST", path })).data;
    return new LiveChannel(office as TicketOffice, options);
  }

  async #call<K extends OperationName>(name: K, given: Given): Promise<Answer<K>> {
    const { method, path, takesKey } = OPERATIONS[name];
    const key = takesKey ? { "Idempotency-Key": globalThis.crypto.randomUUID() } : {};
    const got = await this.#transport.send({
      method,
      path: (path.startsWith(ENVIRONMENT) ? "" : this.#base) + filled(path, given.path ?? {}),
      query: given.query,
      headers: { ...key, ...(given.headers as Record<string, string>) },
      body: given.body,
      signal: given.signal,
    });
    return {
      status: got.status as Answer<K>["status"],
      data: got.data as Data<K>,
      etag: got.headers.get("etag") ?? undefined,
      location: got.headers.get("location") ?? undefined,
      headers: got.headers,
    };
  }

  async #follow<T>(
    place: string,
    options: FollowOptions,
    isOver: (found: T) => boolean,
  ): Promise<T> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    for (let looked = 1; ; looked += 1) {
      const got = await this.#transport.send({ method: "GET", path: place, signal });
      if (isOver(got.data as T)) return got.data as T;
      await pause(pauseMs(looked, POLLING), signal);
    }
  }
}

function placeOf(told: string | { location: string | undefined }): string {
  const place = typeof told === "string" ? told : told.location;
  if (place === undefined) throw new TypeError("The answer has no Location to follow.");
  return place;
}
