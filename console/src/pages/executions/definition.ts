/** A definition in the Amazon States Language, as a graph. */

export const TASK = "Task";

export interface StateDefinition {
  Type?: string;
  Next?: string;
  End?: boolean;
  Default?: string;
  Choices?: readonly { Next?: string }[];
  Catch?: readonly { Next?: string; ErrorEquals?: readonly string[] }[];
  ItemProcessor?: MachineDefinition;
  Iterator?: MachineDefinition;
  Branches?: readonly MachineDefinition[];
}

export interface MachineDefinition {
  StartAt?: string;
  States?: Readonly<Record<string, StateDefinition>>;
}

export interface Way {
  to: string;
  isCaught: boolean;
}

/** The ways out of a state, each target once. */
export function waysOf(state: StateDefinition): Way[] {
  const next = [state.Next, state.Default, ...(state.Choices ?? []).map((choice) => choice.Next)];
  const caught = (state.Catch ?? []).map((one) => one.Next);
  const ways = new Map<string, Way>();
  for (const to of next) if (to !== undefined) ways.set(to, { to, isCaught: false });
  for (const to of caught) {
    if (to !== undefined && !ways.has(to)) ways.set(to, { to, isCaught: true });
  }
  return [...ways.values()];
}

/** The machines within a state: that of a map, or the branches of a parallel one. */
export function innerOf(state: StateDefinition): readonly MachineDefinition[] {
  const processor = state.ItemProcessor ?? state.Iterator;
  return processor === undefined ? (state.Branches ?? []) : [processor];
}

/** Whether a state calls something, and is one of a map or of a branch. */
export function isTaskWithin({ States: states = {} }: MachineDefinition, name: string): boolean {
  return Object.values(states)
    .flatMap(innerOf)
    .some((inner) => inner.States?.[name]?.Type === TASK || isTaskWithin(inner, name));
}
