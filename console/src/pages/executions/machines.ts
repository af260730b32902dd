/** Whose executions somebody may list. */

import { useMay } from "../../data/access";

/** Machines of the project beside the workflows of the application's own (cqrs/resources.py). */
export const MACHINES: readonly string[] = ["command-handler", "task-handler", "import-csv"];

export function isOfProject(machine: string): boolean {
  return MACHINES.includes(machine);
}

/** The list of a machine of the project has the executions of every tenant. */
export function useMayList(machine: string): boolean {
  const seesAll = useMay("environment");
  return seesAll || !isOfProject(machine);
}
