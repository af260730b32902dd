/** Something that a button does, once at a time. */

import { useCallback, useState } from "react";

export interface Action<A extends unknown[]> {
  run: (...given: A) => void;
  isRunning: boolean;
  error: unknown;
  clear: () => void;
}

export function useAction<A extends unknown[]>(
  act: (...given: A) => Promise<unknown>,
): Action<A> {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = (...given: A) => {
    setRunning(true);
    setError(undefined);
    act(...given)
      .catch((reason: unknown) => setError(reason))
      .finally(() => setRunning(false));
  };
  return { run, isRunning, error, clear: useCallback(() => setError(undefined), []) };
}
