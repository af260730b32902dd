/** What one content has otherwise than another, member by member. */

import { type JsonValue, stringifyJson } from "@command-workflows/client";

import type { Content } from "./chain";

export interface Change {
  /** Such as `attributes.city`. */
  path: string;
  before: string | undefined;
  after: string | undefined;
}

export function changesBetween(before: Content | undefined, after: Content): Change[] {
  return [...changes("", shown(before), shown(after))];
}

type Members = { readonly [name: string]: JsonValue };

function shown(content: Content | undefined): Members {
  if (content === undefined) return {};
  const { name, attributes, is_deleted: isDeleted } = content;
  return {
    name,
    attributes,
    ...(isDeleted ? { deleted: true } : {}),
  };
}

function* changes(place: string, before: Members, after: Members): Generator<Change> {
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])]) {
    const path = place === "" ? name : `${place}.${name}`;
    const [one, other] = [before[name], after[name]];
    if (isMembers(one ?? {}) && isMembers(other ?? {}) && (isMembers(one) || isMembers(other))) {
      yield* changes(path, (one ?? {}) as Members, (other ?? {}) as Members);
    } else if (textOf(one) !== textOf(other)) {
      yield { path, before: textOf(one), after: textOf(other) };
    }
  }
}

function isMembers(value: JsonValue | undefined): value is { [name: string]: JsonValue } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : stringifyJson(value);
}
