/** Light or dark: as chosen here, or else as the system says. */

import { applyMode, Mode } from "@cloudscape-design/global-styles";

const KEPT = "console.mode";

export function isDark(): boolean {
  const kept = localStorage.getItem(KEPT);
  return kept === null ? window.matchMedia("(prefers-color-scheme: dark)").matches : kept === "dark";
}

export function applyKeptMode(): void {
  applyMode(isDark() ? Mode.Dark : Mode.Light);
}

export function chooseDark(isDark: boolean): void {
  localStorage.setItem(KEPT, isDark ? "dark" : "light");
  applyKeptMode();
}
