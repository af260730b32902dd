/** The chain of an item's versions: what each came to, and because of whom. */

import type { Client, Schemas } from "@command-workflows/client";

import { isNotFound } from "../../data/reach";

export type Command = Schemas["Command"] & {
  name?: string;
  attributes?: Attributes;
  is_deleted?: boolean;
};

export type Attributes = Schemas["Item"]["attributes"];

/** The content of a version. */
export interface Content {
  name: string;
  attributes: Attributes;
  is_deleted: boolean;
}

/** `behind` has failed because of a version before it. */
export type Outcome = "applied" | "running" | "waiting" | "failed" | "behind" | "unknown";

export interface Version {
  version: number;
  outcome: Outcome;
  /** The version that it waits for, or because of which it has failed; undefined if nobody knows any more. */
  because?: number;
  command: Command | undefined;
  content: Content | undefined;
}

export interface Chain {
  /** The state that is applied; undefined if none is yet. */
  item: Schemas["Item"] | undefined;
  newest: number;
  /** The newest first. */
  versions: readonly Version[];
  /** The version that a chain has failed at; if nobody knows it, the first of those that failed behind it. */
  stuckAt: number | undefined;
}

/** The error of a command that has failed because of one before it. */
export const BEHIND = "PredecessorFailed";

/**
 * Read the newest versions of an item; undefined if there is no such item.
 *
 * @param finished - Commands that have ended well, which no read has to bring again.
 */
export async function readChain(
  client: Client,
  type: string,
  id: string,
  count: number,
  finished: Map<number, Command>,
  signal: AbortSignal,
): Promise<Chain | undefined> {
  const path = { type, id };
  const read = async (pending: boolean) => {
    const query = { deleted: true, pending };
    return (await client.operations.getItem({ path, query, signal })).data as Schemas["Item"];
  };
  const [item, pending] = await Promise.all([unlessGone(read(false)), unlessGone(read(true))]);
  const newest = pending?.newest_version ?? item?.version;
  if (newest === undefined) return undefined;
  const oldest = Math.max(1, newest - count + 1);
  const numbers = Array.from({ length: newest - oldest + 1 }, (_, index) => newest - index);
  const commands = await Promise.all(
    numbers.map(async (version) => {
      return finished.get(version) ?? (await commandOf(client, type, id, version, signal));
    }),
  );
  for (const command of commands) {
    if (command?.status === "FINISHED") finished.set(command.version, command);
  }
  const applied = item?.version ?? 0;
  const byNumber = new Map(numbers.map((version, index) => [version, commands[index]]));
  // Versions are applied in turn. So the first that was not applied is the one that has stopped all after it.
  const first = applied + 1;
  if (first < oldest && byNumber.get(oldest)?.error === BEHIND) {
    byNumber.set(first, await commandOf(client, type, id, first, signal));
  }
  const versions = numbers.map((version) =>
    versionOf(version, byNumber, applied, version === applied ? item : undefined),
  );
  const failed = versions.filter(({ outcome }) => outcome === "failed" || outcome === "behind");
  return { item, newest, versions, stuckAt: failed.at(-1)?.because ?? failed.at(-1)?.version };
}

/** The content that the history has of a version that has no command any more. */
export async function readHistory(
  client: Client,
  type: string,
  id: string,
  version: number,
  signal: AbortSignal,
): Promise<Content | undefined> {
  const path = { type, id, version: String(version) as never };
  return unlessGone(client.operations.getHistory({ path, signal }).then(({ data }) => data));
}

async function commandOf(
  client: Client,
  type: string,
  id: string,
  version: number,
  signal: AbortSignal,
): Promise<Command | undefined> {
  const path = { type, id, version: String(version) as never };
  const query = { content: true };
  const answer = client.operations.getCommand({ path, query, signal });
  return unlessGone(answer.then(({ data }) => data as Command));
}

function versionOf(
  version: number,
  commands: ReadonlyMap<number, Command | undefined>,
  applied: number,
  item: Content | undefined,
): Version {
  const command = commands.get(version);
  const content = contentOf(command) ?? item;
  if (command === undefined) {
    return { version, outcome: version <= applied ? "applied" : "unknown", command, content };
  }
  if (command.status === "FINISHED") return { version, outcome: "applied", command, content };
  if (command.status === "FAILED") {
    if (command.error !== BEHIND) return { version, outcome: "failed", command, content };
    const because = causeOf(version, applied + 1, commands);
    return { version, outcome: "behind", ...(because === undefined ? {} : { because }), command, content };
  }
  // A handler may still be at work on the version that the item has already.
  if (version <= applied + 1) return { version, outcome: "running", command, content };
  return { version, outcome: "waiting", because: version - 1, command, content };
}

/** The nearest version before one that has failed by itself, as far as it was read; or else the first unapplied. */
function causeOf(
  version: number,
  first: number,
  commands: ReadonlyMap<number, Command | undefined>,
): number | undefined {
  let before = version - 1;
  while (commands.get(before)?.error === BEHIND) before -= 1;
  return [before, first].find((one) => hasFailedItself(commands.get(one)));
}

function hasFailedItself(command: Command | undefined): boolean {
  return command?.status === "FAILED" && command.error !== BEHIND;
}

function contentOf(command: Command | undefined): Content | undefined {
  if (command?.attributes === undefined) return undefined;
  return {
    name: command.name ?? "",
    attributes: command.attributes,
    is_deleted: command.is_deleted ?? false,
  };
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
