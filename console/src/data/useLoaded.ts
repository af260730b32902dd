/** Data of the API that stays fresh: read again when the live channel says so. */

import type { Followed, LiveNotification } from "@command-workflows/client";
import { useCallback, useEffect, useRef, useState } from "react";

import { SessionEnded } from "../session/session";
import { useAccess, useLiveState } from "./access";
import { isNotFound, isUnreachable } from "./reach";

export interface Loaded<T> {
  data: T | undefined;
  /** Why the last try has failed; what was read before stays. */
  error: unknown;
  isLoading: boolean;
  reload: () => void;
}

export interface Freshness {
  /** Changes after which it is read again. */
  follow?: Followed | undefined;
  /** Milliseconds after which it is read again anyway; for what no channel tells. */
  everyMs?: number | undefined;
  /** Whether there is nothing to ask for again and again, as it does not exist. */
  isMissing?: boolean;
  /** Whether a change is about it; all are by default. */
  concerns?: (told: LiveNotification) => boolean;
}

/** Whether it was not read yet, and may be in a moment. */
export function isFirstLoad({ data, isLoading }: Loaded<unknown>): boolean {
  return data === undefined && isLoading;
}

/** At most so often it is read again, however much is told. */
const APART_MS = 300;
/** While the channel is away, or the API. */
const POLLING_MS = 5_000;

/**
 * Read something, and keep it fresh.
 *
 * @param key - What is read. Another key forgets the data; null reads nothing.
 */
export function useLoaded<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  freshness: Freshness = {},
): Loaded<T> {
  const { live } = useAccess();
  const state = useLiveState();
  const [held, setHeld] = useState<{ key: string | null; data?: T; error?: unknown }>({ key });
  const [loading, setLoading] = useState<string | null>(key);
  const latest = useRef(load);
  const concerns = useRef(freshness.concerns);
  const asked = useRef(0);
  const again = useRef<() => void>(() => undefined);

  useEffect(() => {
    latest.current = load;
    concerns.current = freshness.concerns;
  });

  useEffect(() => {
    if (key === null) return undefined;
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isUnderWay = false;
    let isWanted = false;

    const read = async () => {
      isUnderWay = true;
      isWanted = false;
      asked.current = Date.now();
      setLoading(key);
      try {
        const data = await latest.current(ending.signal);
        if (!ending.signal.aborted) setHeld({ key, data });
      } catch (error) {
        if (!ending.signal.aborted) {
          setHeld((before) => (before.key === key ? { ...before, error } : { key, error }));
        }
      }
      isUnderWay = false;
      if (ending.signal.aborted) return;
      setLoading(null);
      if (isWanted) soon();
    };
    const soon = () => {
      isWanted = true;
      if (isUnderWay) return;
      clearTimeout(timer);
      timer = setTimeout(() => void read(), Math.max(0, asked.current + APART_MS - Date.now()));
    };
    again.current = soon;
    void read();
    window.addEventListener("online", soon);
    return () => {
      ending.abort();
      clearTimeout(timer);
      window.removeEventListener("online", soon);
    };
  }, [key]);

  const followed = freshness.follow === undefined ? null : JSON.stringify(freshness.follow);
  useEffect(() => {
    if (key === null || followed === null) return undefined;
    return live.follow(JSON.parse(followed) as Followed, {
      stale: () => again.current(),
      changed: (told) => {
        if (concerns.current?.(told) ?? true) again.current();
      },
    });
  }, [live, key, followed]);

  const isPolled = followed !== null && state !== "live";
  // What does not exist does not come by asking; the channel tells it if it does.
  const isMissing = (freshness.isMissing ?? false) || (held.key === key && isNotFound(held.error));
  // Nobody tells that the API is back; a session that has ended does not come back by asking.
  const { error: reason } = held.key === key ? held : {};
  const isAway = reason !== undefined && isUnreachable(reason) && !(reason instanceof SessionEnded);
  const chosenMs = freshness.everyMs ?? (isPolled ? POLLING_MS : undefined);
  const awayMs = Math.min(chosenMs ?? POLLING_MS, POLLING_MS);
  const everyMs = isMissing ? undefined : isAway ? awayMs : chosenMs;
  useEffect(() => {
    if (key === null || everyMs === undefined) return undefined;
    const ticks = setInterval(() => {
      if (document.visibilityState === "visible") again.current();
    }, everyMs);
    return () => clearInterval(ticks);
  }, [key, everyMs]);

  const reload = useCallback(() => again.current(), []);
  const isHeld = held.key === key;
  return {
    data: isHeld ? held.data : undefined,
    error: isHeld ? held.error : undefined,
    isLoading: key !== null && (loading === key || !isHeld),
    reload,
  };
}
