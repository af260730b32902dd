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

interface Behind<T> {
  key: string;
  entries: readonly T[];
  /** Of the next page; undefined if none was read yet. */
  cursor?: string | null;
}

/**
 * Read a list page by page.
 *
 * What changes is read again from the first page on; pages behind it keep what they had.
 */
export function usePages<T>(
  key: string,
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<OnePage<T>>,
  keyOf: (entry: T) => string,
  freshness: Freshness = {},
): Pages<T> {
  const first = useLoaded(key, (signal) => load(undefined, signal), freshness);
  const [held, setHeld] = useState<Behind<T>>({ key, entries: [] });
  const [isReading, setReading] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  const behind: Behind<T> = held.key === key ? held : { key, entries: [] };
  const cursor = behind.cursor === undefined ? first.data?.cursor : behind.cursor;

  const next = useCallback(() => {
    if (typeof cursor !== "string") return;
    setReading(true);
    setFailure(undefined);
    nextFilled(load, cursor)
      .then((page) =>
        setHeld((before) => ({
          key,
          entries: [...(before.key === key ? before.entries : []), ...page.entries],
          cursor: page.cursor,
        })),
      )
      .catch((error: unknown) => setFailure(error))
      .finally(() => setReading(false));
    // The loader of a key reads the same whichever render made it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, cursor]);

  const fresh = first.data?.entries ?? [];
  const known = new Set(fresh.map(keyOf));
  return {
    ...first,
    error: first.error ?? failure,
    isLoading: first.isLoading || isReading,
    entries: [...fresh, ...behind.entries.filter((entry) => !known.has(keyOf(entry)))],
    damaged: first.data?.damaged ?? 0,
    more: typeof cursor === "string" && !isReading ? next : undefined,
  };
}

/** The next page that has entries, or the last one that was looked at. */
async function nextFilled<T>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<OnePage<T>>,
  from: string,
): Promise<OnePage<T>> {
  const signal = AbortSignal.timeout(60_000);
  let page = await load(from, signal);
  for (let empty = 1; page.entries.length === 0 && page.cursor !== null && empty < MOST_EMPTY; empty += 1) {
    page = await load(page.cursor, signal);
  }
  return page;
}
