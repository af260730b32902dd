/** Lines of the function's log, read on while more of them may come. */

import type { Schemas } from "@command-workflows/client";
import { useEffect, useRef, useState } from "react";

import { type Loaded, useLoaded } from "../../data/useLoaded";

export type LogLine = Schemas["LogLine"];
export type LogPage = Schemas["LogPage"];

/** A time of which lines are wanted; it has no end yet if work goes on. */
export interface Span {
  from: string;
  to: string | null;
}

export interface LogQuery {
  since: string;
  until?: string;
  limit: number;
  cursor?: string;
}

export interface Log {
  lines: readonly LogLine[];
  /** Whether there are lines behind these that were not read yet. */
  hasMore: boolean;
}

/** An account has few such requests a second, so this is asked less often than states are. */
const REFRESH_MS = 5_000;
/** A line may be readable so much later than it says. */
const LATE_MS = 30_000;
/** How far the clocks of Step Functions and of the function may be apart. */
const CLOCKS_MS = 2_000;
const LIMIT = 200;
const PAGES = 3;

interface Reading {
  key: string;
  lines: Map<string, LogLine>;
  since: string;
  cursor: string | undefined;
  /** When the first page was read that `cursor` goes on from. */
  began: string | undefined;
}

/**
 * Read a log.
 *
 * @param key - What is read; another key begins anew.
 * @param ask - Asks for a page.
 */
export function useLog(
  key: string,
  span: Span,
  ask: (query: LogQuery, signal: AbortSignal) => Promise<LogPage>,
): Loaded<Log> & { mayGrow: boolean } {
  const reading = useRef<Reading>(undefined);
  const [hasMore, setMore] = useState(false);
  const mayGrow = useGrowing(span.to);
  const load = async (signal: AbortSignal): Promise<Log> => {
    if (reading.current?.key !== key) reading.current = begun(key, span.from);
    const now = reading.current;
    for (let page = 0; page < PAGES; page += 1) {
      const found = await ask(queryOf(now, span), signal);
      for (const line of found.lines) now.lines.set(line.id, line);
      now.began ??= found.read_at;
      now.cursor = found.cursor ?? undefined;
      if (now.cursor === undefined) {
        // What was late then is read the next time.
        now.since = later(now.since, before(now.began, LATE_MS));
        now.began = undefined;
        break;
      }
    }
    const isCut = now.cursor !== undefined;
    setMore(isCut);
    return { lines: [...now.lines.values()].sort(byTime), hasMore: isCut };
  };
  const loaded = useLoaded(key, load, mayGrow && !hasMore ? { everyMs: REFRESH_MS } : {});
  return { ...loaded, mayGrow };
}

/** Whether lines may still come: while work goes on, and for some time after its end. */
function useGrowing(to: string | null): boolean {
  const [settled, settle] = useState<string | null>(() => (to !== null && remaining(to) === 0 ? to : null));
  useEffect(() => {
    if (to === null || settled === to) return undefined;
    const timer = setTimeout(() => settle(to), remaining(to));
    return () => clearTimeout(timer);
  }, [to, settled]);
  return to === null || settled !== to;
}

function remaining(to: string): number {
  // The clock of this browser may be anywhere.
  return Math.min(LATE_MS, Math.max(0, Date.parse(to) + LATE_MS - Date.now()));
}

function begun(key: string, from: string): Reading {
  return { key, lines: new Map(), since: before(from, CLOCKS_MS), cursor: undefined, began: undefined };
}

function queryOf({ since, cursor }: Reading, { to }: Span): LogQuery {
  return {
    since,
    limit: LIMIT,
    ...(to === null ? {} : { until: before(to, -CLOCKS_MS) }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

function before(at: string, milliseconds: number): string {
  return new Date(Date.parse(at) - milliseconds).toISOString();
}

/** The later of two times, both as `toISOString` writes them. */
function later(one: string, other: string): string {
  return one < other ? other : one;
}

function byTime(one: LogLine, other: LogLine): number {
  return one.at < other.at ? -1 : Number(one.at > other.at);
}
