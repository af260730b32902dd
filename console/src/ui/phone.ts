/** Whether the window is as narrow as a phone's, by Cloudscape's own limit. */

import { useSyncExternalStore } from "react";

const NARROW = window.matchMedia("(max-width: 688px)");

export function useIsPhone(): boolean {
  return useSyncExternalStore(watch, () => NARROW.matches);
}

/** The columns of a table but those that a phone leaves out, as the page that the row leads to has them. */
export function useFitting<C extends { id?: string }>(columns: readonly C[], elsewhere: readonly string[]): readonly C[] {
  const isPhone = useIsPhone();
  return isPhone ? columns.filter(({ id }) => id === undefined || !elsewhere.includes(id)) : columns;
}

function watch(changed: () => void): () => void {
  NARROW.addEventListener("change", changed);
  return () => NARROW.removeEventListener("change", changed);
}
