/** Runs of read models, as the API tells them. */

import type { Schemas } from "@command-workflows/client";

export type ReadModel = Schemas["ReadModel"];
export type Run = Schemas["ReadModelRun"];
export type Generation = ReadModel["living"];

/** No channel tells of runs: so often one is asked for that is under way. */
export const RUNNING_MS = 2_000;
/** Phases count page by page, and *settle* waits for a quarter of a minute at least. */
const STILL_MS = 60_000;

const OVER: readonly Run["phase"][] = ["ready", "done", "cancelled"];

export function isUnderWay(run: Run | null): boolean {
  return run !== null && !OVER.includes(run.phase);
}

/** The run that fills the next generation; null if none does. */
function rebuildOf({ run, building }: ReadModel): Run | null {
  const isIts = run?.kind === "rebuild" && run.generation === building?.generation;
  return isIts && (isUnderWay(run) || run.phase === "ready") ? run : null;
}

/** Whether a filled generation waits for the word to be read. */
export function waitsForTheWord(model: ReadModel): boolean {
  return rebuildOf(model)?.phase === "ready";
}

/** Remembers of each rebuild since when all looks have told the same. */
export class Looks {
  readonly #seen = new Map<string, { told: string; at: number }>();

  /** Whether a rebuild seems to stand still, or nothing fills the generation that it has begun. */
  isStill(model: ReadModel, now: number): boolean {
    if (model.building === null) return false;
    const run = rebuildOf(model);
    if (run === null) return true;
    const told = JSON.stringify([run.run, run.phase, run.phase_at, run.counts]);
    const seen = this.#seen.get(model.name);
    if (seen?.told === told) return now - seen.at >= STILL_MS;
    this.#seen.set(model.name, { told, at: now });
    return false;
  }
}
