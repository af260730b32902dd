/** A list of the API of any length, which grows as it is scrolled and stays fresh. */

import { useCallback, useState } from "react";

import { type Freshness, type Loaded, useLoaded } from "./useLoaded";

export interface OnePage<T> {
  entries: readonly T[];
  cursor: string | null;
  /** Entries that the API left out, because they are damaged. */
  damaged?: number;
}

export interface Pages<T> extends Loaded<unknown> {
  entries: readonly T[];
  damaged: number;
  /** Read on; undefined if there is nothing more, or while it reads. */
  more: (() => void) | undefined;
}

/** Pages may be empty, as the API looks for a tenant's own among those of all. So many are read at once. */
const MOST_EMPTY = 10;

/** So many pages are read again at a change; what lies behind them stays as it was read. */
const MOST_AGAIN = 4;
/** So many at most, until what was listed before is met again. */
const MOST_UNTIL_MET = 10;

interface Listed<T> {
  entries: readonly T[];
  /** Of the page behind them; undefined if none was read yet. */
  cursor?: string | null;
}

type Load<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<OnePage<T>>;

/**
 * Read a list page by page.
 *
 * At a change the first pages are read again, as many as it takes for all that is listed, up to
 * {@link MOST_AGAIN}. They stand for their whole span: up to their last entry, what they lack is gone.
 * What was listed behind that entry stays, so new entries in front push none out. If it was not listed
 * before, nobody knows what follows it: the list ends there, and goes on from there when it is scrolled.
 */
export function usePages<T>(
  key: string,
  load: Load<T>,
  keyOf: (entry: T) => string,
  freshness: Freshness = {},
): Pages<T> {
  const [held, setHeld] = useState<Listed<T> & { key: string }>({ key, entries: [] });
  const [isReading, setReading] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const listed: Listed<T> = held.key === key ? held : { entries: [] };

  const first = useLoaded(
    key,
    async (signal) => {
      const fresh = await again(load, listed.entries, keyOf, signal);
      signal.throwIfAborted();
      setHeld((before) => ({ key, ...merged(before.key === key ? before.entries : [], before.cursor, fresh, keyOf) }));
      return fresh;
    },
    freshness,
  );

  const { cursor, entries } = listed;
  const end = endOf(entries, keyOf);
  const next = useCallback(() => {
    if (typeof cursor !== "string") return;
    setReading(true);
    setFailure(undefined);
    nextFilled(load, cursor)
      .then((page) =>
        setHeld((before) => {
          // It follows what was the end when it was asked for.
          if (before.key !== key || endOf(before.entries, keyOf) !== end) return before;
          return { key, entries: withoutDoubles([...before.entries, ...page.entries], keyOf), cursor: page.cursor };
        }),
      )
      .catch((error: unknown) => setFailure(error))
      .finally(() => setReading(false));
    // The loader of a key reads the same whichever render made it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, cursor, end]);

  return {
    ...first,
    error: first.error ?? failure,
    isLoading: first.isLoading || isReading,
    entries,
    damaged: first.data?.damaged ?? 0,
    more: typeof cursor === "string" && !isReading ? next : undefined,
  };
}

/** The first pages as they are now, as one. */
async function again<T>(
  load: Load<T>,
  listed: readonly T[],
  keyOf: (entry: T) => string,
  signal: AbortSignal,
): Promise<OnePage<T>> {
  const known = new Set(listed.map(keyOf));
  const first = await load(undefined, signal);
  let entries = first.entries;
  let { cursor } = first;
  for (let pages = 1; cursor !== null && entries.length < listed.length && pages < MOST_UNTIL_MET; pages += 1) {
    const end = endOf(entries, keyOf);
    if (pages >= MOST_AGAIN && end !== undefined && known.has(end)) break;
    const page = await load(cursor, signal);
    entries = withoutDoubles([...entries, ...page.entries], keyOf);
    ({ cursor } = page);
  }
  return { ...first, entries, cursor };
}

function merged<T>(
  before: readonly T[],
  cursor: string | null | undefined,
  fresh: OnePage<T>,
  keyOf: (entry: T) => string,
): Listed<T> {
  const isNothingMet = fresh.entries.length === 0 && fresh.cursor !== null;
  if (isNothingMet && cursor !== undefined && before.length > 0) return { entries: before, cursor };
  const end = endOf(fresh.entries, keyOf);
  const met = before.findIndex((entry) => keyOf(entry) === end);
  const behind = met === -1 || fresh.cursor === null ? [] : before.slice(met + 1);
  if (behind.length === 0 || cursor === undefined) return { entries: fresh.entries, cursor: fresh.cursor };
  return { entries: withoutDoubles([...fresh.entries, ...behind], keyOf), cursor };
}

function endOf<T>(entries: readonly T[], keyOf: (entry: T) => string): string | undefined {
  const last = entries.at(-1);
  return last === undefined ? undefined : keyOf(last);
}

/** The entries, each where it stands first. */
function withoutDoubles<T>(entries: readonly T[], keyOf: (entry: T) => string): readonly T[] {
  const known = new Set<string>();
  return entries.filter((entry) => !known.has(keyOf(entry)) && known.add(keyOf(entry)));
}

/** The next page that has entries, or the last one that was looked at. */
async function nextFilled<T>(load: Load<T>, from: string): Promise<OnePage<T>> {
  const signal = AbortSignal.timeout(60_000);
  let page = await load(from, signal);
  for (let empty = 1; page.entries.length === 0 && page.cursor !== null && empty < MOST_EMPTY; empty += 1) {
    page = await load(page.cursor, signal);
  }
  return page;
}
