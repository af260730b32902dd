/** How much ends a second, counted from what the live channel tells. */

import type { JsonValue, LiveNotification } from "@command-workflows/client";

export interface PerSecond {
  commands: number;
  rows: number;
  subTasks: number;
}

type Kind = keyof PerSecond;

interface Ended {
  at: number;
  kind: Kind;
  count: number;
}

export class Rates {
  readonly #windowMs: number;
  readonly #ended: Ended[] = [];
  /** By task or import, how many of its parts had ended when it was told of last. */
  readonly #before = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  count({ action, pk, sk, content }: LiveNotification, now = Date.now()): void {
    if (action === "command-status") this.#ended.push({ at: now, kind: "commands", count: 1 });
    if (action === "task-status") this.#grown("subTasks", `${pk}/${sk}`, content?.["counters"], now);
    if (action === "import-status") this.#grown("rows", `${pk}/${sk}`, content?.["counts"], now);
  }

  perSecond(now: number): PerSecond {
    while (this.#ended[0] !== undefined && this.#ended[0].at < now - this.#windowMs) this.#ended.shift();
    const rates: PerSecond = { commands: 0, rows: 0, subTasks: 0 };
    for (const { kind, count } of this.#ended) rates[kind] += (count * 1000) / this.#windowMs;
    return rates;
  }

  #grown(kind: Kind, id: string, counts: JsonValue | undefined, now: number): void {
    const ended = endedOf(counts);
    const before = this.#before.get(id) ?? 0;
    if (ended <= before) return; // A repeat, or one that was overtaken.
    this.#before.set(id, ended);
    this.#ended.push({ at: now, kind, count: ended - before });
  }
}

function endedOf(counts: JsonValue | undefined): number {
  if (typeof counts !== "object" || counts === null || Array.isArray(counts)) return 0;
  const numbers = Object.entries(counts) as [string, JsonValue][];
  return numbers
    .filter(([name]) => ["succeeded", "failed", "skipped"].includes(name))
    .reduce((sum, [, value]) => sum + (typeof value === "number" ? value : 0), 0);
}
