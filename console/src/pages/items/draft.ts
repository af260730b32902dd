/** The next version while somebody fills in its form: what it builds on, and what was changed of that. */

import { type JsonValue, parseJson, stringifyJson } from "@command-workflows/client";

import { pretty } from "../../ui/Json";
import type { Chain } from "./chain";
import { type Fault, type Field, type Filled, messageOf, objectOf, OTHERS, valueOf, type Values } from "./fields";

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
}

/** Name of the field for the item's name. */
export const NAME = "\u0000name";

const NOTHING: Built = { version: 0, name: "", attributes: {} };

export function draftOf(chain: Chain | undefined): Draft {
  return { base: builtOf(chain), edits: {} };
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
      attributes = { ...Object.fromEntries(ofFields), ...membersOf(others) };
    } catch (error) {
      faults.set(OTHERS, { is: "notJson", problem: messageOf(error) });
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
      faults.set(name, isNumber ? { is: "notNumber" } : { is: "notJson", problem: messageOf(error) });
    }
  }
  return { attributes, faults };
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
