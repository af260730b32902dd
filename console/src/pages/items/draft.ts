/** The next version while somebody fills in its form: what it builds on, and what was changed of that. */

import { ExactNumber, type JsonValue, parseJson, stringifyJson } from "@command-workflows/client";

import { pretty } from "../../ui/Json";
import type { Chain } from "./chain";
import { type Fault, faultOf, type Field, type Filled, objectOf, OTHERS, valueOf, type Values } from "./fields";

export type Members = Readonly<Record<string, JsonValue>>;

/** The version that the next one builds on; 0 if there is none yet. */
export interface Built {
  version: number;
  name: string;
  attributes: Members;
}

export interface Draft {
  base: Built;
  /** The texts of the fields that were changed. All others say what the base says. */
  edits: Filled;
  /** What somebody else has made of fields that were changed here too. */
  theirs: Filled;
}

/** Name of the field for the item's name. */
export const NAME = "\u0000name";

const NOTHING: Built = { version: 0, name: "", attributes: {} };

export function draftOf(chain: Chain | undefined): Draft {
  return { base: builtOf(chain), edits: {}, theirs: {} };
}

/** What the newest version says, or else what is applied. */
function builtOf(chain: Chain | undefined): Built {
  if (chain === undefined) return NOTHING;
  const content = chain.versions[0]?.content ?? chain.item;
  return {
    version: chain.newest,
    name: content?.name ?? "",
    attributes: content?.attributes ?? {},
  };
}

/** The text of each field. */
export function filledOf(fields: readonly Field[], { base, edits }: Draft): Filled {
  return { ...textsOf(fields, base), ...edits };
}

/** The draft after a field was changed; one that says again what the base says counts as untouched. */
export function edited(fields: readonly Field[], draft: Draft, name: string, text: string): Draft {
  const isBack = textsOf(fields, draft.base)[name] === text;
  return { ...draft, edits: isBack ? without(draft.edits, name) : { ...draft.edits, [name]: text } };
}

export function nameOf({ base, edits }: Draft): string {
  return edits[NAME] ?? base.name;
}

/**
 * The attributes that the form says.
 *
 * A text of a form cannot tell null, an empty text and nothing apart. So whatever nobody has touched is taken from
 * the base as it is there. A field that was emptied leaves its attribute out.
 */
export function valuesOf(fields: readonly Field[], { base, edits }: Draft): Values {
  const faults = new Map<string, Fault>();
  let attributes: Record<string, JsonValue> = { ...base.attributes };
  const others = edits[OTHERS];
  if (others !== undefined) {
    const known = new Set(fields.map(({ name }) => name));
    const ofFields = Object.entries(base.attributes).filter(([name]) => known.has(name));
    try {
      const members = membersOf(others);
      const twice = Object.keys(members).find((name) => known.has(name));
      if (twice !== undefined) faults.set(OTHERS, { is: "hasField", name: twice });
      attributes = { ...Object.fromEntries(ofFields), ...members };
    } catch (error) {
      faults.set(OTHERS, faultOf(error));
    }
  }
  for (const { name, kind } of fields) {
    const text = edits[name];
    if (text === undefined) continue;
    attributes = without(attributes, name);
    if (text === "") continue;
    try {
      attributes[name] = valueOf(kind, text);
    } catch (error) {
      const isNumber = kind === "number" || kind === "integer";
      faults.set(name, isNumber ? { is: "notNumber" } : faultOf(error));
    }
  }
  return { attributes, faults };
}

/**
 * The draft on top of a newer version.
 *
 * Fields that nobody has touched say what that version says. Changed ones keep their texts; of those that somebody
 * else has changed too, it tells what they say now. Attributes that no field is for are merged one by one.
 */
export function rebased(fields: readonly Field[], draft: Draft, chain: Chain | undefined): Draft {
  const base = builtOf(chain);
  const edits: Record<string, string> = {};
  const theirs: Record<string, string> = {};
  const now = textsOf(fields, base);
  for (const [name, text] of Object.entries(draft.edits)) {
    const [was, is] = [valueIn(draft.base, name), valueIn(base, name)];
    if (name === OTHERS) {
      const before = othersOf(fields, draft.base.attributes);
      const [others, clashes] = othersMerged(before, text, othersOf(fields, base.attributes));
      if (others !== now[name]) edits[name] = others;
      if (clashes !== "") theirs[name] = clashes;
    } else if (text !== now[name]) {
      edits[name] = text;
      if (!isSame(was, is) || draft.theirs[name] !== undefined) theirs[name] = told(is);
    }
  }
  return { base, edits, theirs };
}

function valueIn({ name: named, attributes }: Built, name: string): JsonValue | undefined {
  return name === NAME ? named : attributes[name];
}

/** The text of the merged attributes, and that of those which both have changed. */
function othersMerged(before: Members, text: string, now: Members): [merged: string, clashes: string] {
  let mine: Members;
  try {
    mine = membersOf(text);
  } catch {
    return [text, isSame(before, now) ? "" : told(now)];
  }
  const merged: Record<string, JsonValue> = {};
  const clashes: string[] = [];
  for (const name of new Set([...Object.keys(now), ...Object.keys(mine), ...Object.keys(before)])) {
    const [was, here, there] = [before[name], mine[name], now[name]];
    const isMine = !isSame(was, here);
    const kept = isMine ? here : there;
    if (kept !== undefined) merged[name] = kept;
    if (isMine && !isSame(was, there) && !isSame(here, there)) clashes.push(`${name}: ${told(there)}`);
  }
  return [textOf(merged), clashes.join(", ")];
}

function isSame(one: JsonValue | Members | undefined, other: JsonValue | Members | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return stringifyJson(sorted(one)) === stringifyJson(sorted(other));
}

/** Members in the order of their names, as no order of them says anything. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null || value instanceof ExactNumber) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, one]) => [name, sorted(one)]));
}

/** A value as a person reads it. */
function told(value: JsonValue | Members | undefined): string {
  if (value === undefined) return "–";
  return typeof value === "string" && value !== "" ? value : stringifyJson(value);
}

/** The text of each field, as the base alone gives it. */
function textsOf(fields: readonly Field[], { name: named, attributes }: Built): Filled {
  const filled: Record<string, string> = { [NAME]: named };
  for (const { name, kind } of fields) {
    const value = attributes[name];
    if (value === undefined || value === null) filled[name] = "";
    else filled[name] = typeof value === "string" && kind !== "json" ? value : stringifyJson(value);
  }
  filled[OTHERS] = textOf(othersOf(fields, attributes));
  return filled;
}

/** The attributes that no field is for. */
function othersOf(fields: readonly Field[], attributes: Members): Members {
  const known = new Set(fields.map(({ name }) => name));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !known.has(name)));
}

function textOf(members: Members): string {
  return Object.keys(members).length === 0 ? "" : pretty(parseJson(stringifyJson(members)));
}

function membersOf(text: string): Members {
  return text.trim() === "" ? {} : objectOf(text);
}

function without<T>(members: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(members).filter(([one]) => one !== name));
}
