/** How many rows the files have that this browser has imported: the API counts as it goes. */

const PREFIX = "console.rows.";

export function expectRows(importId: string, rows: number): void {
  sessionStorage.setItem(PREFIX + importId, String(rows));
}

export function expectedRows(importId: string): number | undefined {
  const kept = sessionStorage.getItem(PREFIX + importId);
  return kept === null ? undefined : Number(kept);
}
