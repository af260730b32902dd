/**
 * Places as fragments: `#/<tenant>/<page>/<more>`.
 *
 * A fragment never leaves the browser: no log has it, and no server has to know the pages.
 */

import { useSyncExternalStore } from "react";

export interface Place {
  tenant: string;
  page: string;
  /** What follows the page, decoded. Empty parts are left out, as they name nothing. */
  parts: readonly string[];
  query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [tenant = "", page = "overview", ...parts] = path.split("/").map(decoded);
  const named = parts.filter((part) => part !== "");
  return { tenant, page: page || "overview", parts: named, query: new URLSearchParams(query) };
}

export function hrefOf(tenant: string, ...parts: readonly string[]): string {
  return `#/${[tenant, ...parts].map(encodeURIComponent).join("/")}`;
}

export function go(href: string): void {
  window.location.hash = href;
}

export function usePlace(): Place {
  return placeOf(useSyncExternalStore(subscribe, () => window.location.hash));
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
