/** Runs of read models, as the API tells them. */

import type { Schemas } from "@command-workflows/client";

export type ReadModel = Schemas["ReadModel"];
export type Run = Schemas["ReadModelRun"];
export type Generation = ReadModel["living"];

const OVER: readonly Run["phase"][] = ["ready", "done", "cancelled"];

export function isUnderWay(run: Run | null): boolean {
  return run !== null && !OVER.includes(run.phase);
}

/** Whether a filled generation waits for the word to be read. */
export function waitsForTheWord({ run, building }: ReadModel): boolean {
  return building !== null && run?.kind === "rebuild" && run.phase === "ready";
}
