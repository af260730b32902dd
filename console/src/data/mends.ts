/** What was changed in the rejected rows of an import: kept while the tab is open, until they are imported again. */

const PREFIX = "console.mends.";

export interface Mends {
  /** Texts by the place of their cells. */
  mended: ReadonlyMap<string, string>;
  /** Places of the rows that are left out. */
  leftOut: ReadonlySet<number>;
}

interface Kept {
  mended: [string, string][];
  leftOut: number[];
}

export function keptMends(importId: string): Mends {
  const kept = JSON.parse(sessionStorage.getItem(PREFIX + importId) ?? '{"mended": [], "leftOut": []}') as Kept;
  return { mended: new Map(kept.mended), leftOut: new Set(kept.leftOut) };
}

export function keepMends(importId: string, { mended, leftOut }: Mends): void {
  if (mended.size === 0 && leftOut.size === 0) {
    forgetMends(importId);
    return;
  }
  const kept: Kept = { mended: [...mended], leftOut: [...leftOut] };
  try {
    sessionStorage.setItem(PREFIX + importId, JSON.stringify(kept));
  } catch {
    // The browser has no more room: they are there until the page is left.
  }
}

export function forgetMends(importId: string): void {
  sessionStorage.removeItem(PREFIX + importId);
}
