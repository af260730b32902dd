/** Items of one type, whose attributes are typed. */

import type { Client, FollowOptions } from "./client.js";
import type { Answer, Schemas } from "./types.js";

/** By the name of a type of items, the form of their attributes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an interface has no index
export type ItemTypes = Record<string, any>;

type Attributes = Schemas["Item"]["attributes"];

/** An item with its attributes as its type says. */
export type TypedItem<T> = Omit<Schemas["Item"], "attributes"> & { attributes: T };

/** A version that was read, to build on: its number, or an item that has it. */
export type Base = number | { version: number; newest_version?: number };

export interface WriteOptions {
  /** Only if this is the newest version; 412 `version-conflict` otherwise. */
  on?: Base;
  /** Answer when it was applied, or after 25 seconds. */
  sync?: boolean;
  signal?: AbortSignal;
}

export interface ReadOptions {
  /** Show what the newest command says, before it is applied. */
  pending?: boolean;
  /** Show an item that was deleted. */
  deleted?: boolean;
  signal?: AbortSignal;
}

type Write = "putItem" | "patchItem" | "deleteItem";

export class Items<T = Attributes> {
  readonly #client: Client;
  readonly #type: string;

  constructor(client: Client, type: string) {
    this.#client = client;
    this.#type = type;
  }

  /** @throws {ProblemError} `not-found` or `deleted` if there is none. */
  async get(id: string, options: ReadOptions = {}): Promise<TypedItem<T>> {
    const { signal, ...query } = options;
    const given = { path: this.#path(id), query, ...signalled(signal) };
    const { data } = await this.#client.operations.getItem(given);
    return data as TypedItem<T>;
  }

  /** Publish the whole content of an item. */
  put(id: string, content: { name?: string; attributes?: T }, options: WriteOptions = {}) {
    return this.#write("putItem", id, options, content);
  }

  /** Publish the whole content of an item that must not exist yet. */
  create(id: string, content: { name?: string; attributes?: T }, options: Omit<WriteOptions, "on"> = {}) {
    return this.#write("putItem", id, options, content, { "If-None-Match": "*" });
  }

  /** Publish some attributes of an item; the others stay. */
  patch(id: string, part: { name?: string; attributes?: Partial<T> }, options: WriteOptions = {}) {
    return this.#write("patchItem", id, options, part);
  }

  /** Publish that an item counts as deleted. */
  delete(id: string, options: WriteOptions = {}) {
    return this.#write("deleteItem", id, options);
  }

  /**
   * Read an item, change it and publish it, again if somebody else was faster.
   *
   * @param change - Gives the new content; it may be called several times.
   */
  async update(
    id: string,
    change: (item: TypedItem<T>) => { name?: string; attributes?: Partial<T> },
    options: Omit<WriteOptions, "on"> & { attempts?: number } = {},
  ): Promise<Answer<"patchItem">> {
    for (let left = options.attempts ?? 5; ; left -= 1) {
      const item = await this.get(id, { pending: true, ...signalled(options.signal) });
      try {
        return await this.patch(id, change(item), { ...options, on: item });
      } catch (error) {
        if (left <= 1 || !isConflict(error)) throw error;
      }
    }
  }

  /** Wait until what was published is applied. */
  applied(published: { location: string | undefined }, options?: FollowOptions) {
    return this.#client.applied(published, options);
  }

  /** All items of the type, by their ids. */
  async *list(options: { deleted?: boolean; limit?: number; signal?: AbortSignal } = {}): AsyncGenerator<TypedItem<T>, void> {
    const { signal, ...query } = options;
    const given = { path: { type: this.#type }, query, ...signalled(signal) };
    for await (const item of this.#client.each("listItems", given)) yield item as TypedItem<T>;
  }

  /** The earlier states of an item, newest first. */
  async *history(id: string, options: { before?: number; signal?: AbortSignal } = {}): AsyncGenerator<TypedItem<T>, void> {
    const { signal, ...query } = options;
    const given = { path: this.#path(id), query, ...signalled(signal) };
    for await (const item of this.#client.each("listHistory", given)) yield item as TypedItem<T>;
  }

  #path(id: string): { type: string; id: string } {
    return { type: this.#type, id };
  }

  #write<K extends Write>(name: K, id: string, options: WriteOptions, body?: unknown, more = {}): Promise<Answer<K>> {
    const { on, sync, signal } = options;
    const match = on === undefined ? {} : { "If-Match": `"${versionOf(on)}"` };
    const call = this.#client.operations[name] as unknown as (given: object) => Promise<Answer<K>>;
    return call({
      path: this.#path(id),
      headers: { ...match, ...more },
      ...(sync === undefined ? {} : { query: { sync } }),
      ...(body === undefined ? {} : { body }),
      ...signalled(signal),
    });
  }
}

function versionOf(base: Base): number {
  return typeof base === "number" ? base : (base.newest_version ?? base.version);
}

function signalled(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && "is" in error && (error as { status?: number }).status === 412;
}
