/** The fields of a form, as a schema of attributes gives them. */

import { ExactNumber, type JsonValue, parseJson } from "@command-workflows/client";

import type { JsonSchema } from "../../data/description";
import type { Text } from "../../text/text";

export type FieldKind = "text" | "number" | "integer" | "boolean" | "choice" | "json";

export interface Field {
  name: string;
  kind: FieldKind;
  label: string;
  description: string;
  isRequired: boolean;
  choices: readonly string[];
  low: number | undefined;
  high: number | undefined;
}

/** The text of each field, by its name. */
export type Filled = Readonly<Record<string, string>>;

/** Name of the field for attributes that the schema does not name. */
export const OTHERS = "\u0000others";

export type Fault =
  | { is: "notJson"; problem: string }
  | { is: "notObject" }
  | { is: "notNumber" }
  | { is: "hasField"; name: string }
  | { is: "refused"; problem: string };

/** JSON of which an object was wanted. */
export class NoObject extends TypeError {}

export interface Values {
  attributes: Record<string, JsonValue>;
  faults: ReadonlyMap<string, Fault>;
}

export function fieldsOf(schema: JsonSchema | undefined): Field[] {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const plain = withoutNull(property);
    return {
      name,
      kind: kindOf(plain),
      label: name,
      description: plain.description ?? property.description ?? "",
      isRequired: schema?.required?.includes(name) ?? false,
      choices: (plain.enum ?? []).map(String),
      low: plain.minimum,
      high: plain.maximum,
    };
  });
}

export function valueOf(kind: FieldKind, text: string): JsonValue {
  if (kind === "boolean") return text === "true";
  if (kind === "json") return parseJson(text) as JsonValue;
  if (kind === "text" || kind === "choice") return text;
  const number = parseJson(text.trim());
  if (typeof number === "number" || number instanceof ExactNumber) return number;
  throw new TypeError("not a number");
}

export function objectOf(text: string): Record<string, JsonValue> {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new NoObject("{ ... }");
  }
  return value as Record<string, JsonValue>;
}

function kindOf({ type, enum: choices }: JsonSchema): FieldKind {
  if (choices !== undefined && choices.every((one) => typeof one === "string")) return "choice";
  switch (type) {
    case "string":
      return "text";
    case "number":
    case "integer":
    case "boolean":
      return type;
    default:
      return "json";
  }
}

/** A schema of what may be null as well, without that. */
function withoutNull(schema: JsonSchema): JsonSchema {
  const { anyOf, type } = schema;
  if (Array.isArray(type)) {
    const rest = (type as readonly string[]).filter((name) => name !== "null");
    return rest.length === 1 && rest[0] !== undefined ? { ...schema, type: rest[0] } : schema;
  }
  const others = anyOf?.filter((one) => one.type !== "null") ?? [];
  const [only] = others;
  return others.length === 1 && only !== undefined ? { ...schema, ...only } : schema;
}

/** Why a text gives no JSON object. */
export function faultOf(error: unknown): Fault {
  return error instanceof NoObject ? { is: "notObject" } : { is: "notJson", problem: messageOf(error) };
}

/** What a person reads of a fault. */
export function toldOf(fault: Fault, t: Text["t"]): string {
  switch (fault.is) {
    case "notNumber":
      return t("items.notNumber");
    case "hasField":
      return t("items.hasField", { name: fault.name });
    case "notObject":
      return t("items.notObject");
    case "notJson":
      return t("items.notJson", { problem: fault.problem });
    case "refused":
      return fault.problem;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
