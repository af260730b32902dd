/**
 * JSON whose numbers keep their digits.
 *
 * A double holds every number of up to 15 digits. One of more comes as an {@link ExactNumber}, and
 * goes out again as it came. All other values are those of `JSON.parse` and `JSON.stringify`.
 */

const DIGITS_OF_A_DOUBLE = 15;

/** Strings, so that what looks like a number in one is left alone, and numbers. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number as JSON writes it, of which a `number` would lose digits. */
export class ExactNumber {
  readonly text: string;

  /** @throws {RangeError} If the text is not a number as JSON writes it. */
  constructor(text: string) {
    if (!NUMBER.test(text)) throw new RangeError(`${text} is not a number as JSON writes it.`);
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  /** The nearest `number`, which has fewer digits. */
  toNumber(): number {
    return Number(this.text);
  }
}

/** What JSON holds. */
export type JsonValue =
  | string
  | boolean
  | null
  | number
  | ExactNumber
  | JsonValue[]
  | { [name: string]: JsonValue };

/**
 * Read JSON.
 *
 * @throws {SyntaxError} If the text is none.
 */
export function parseJson(text: string): unknown {
  const mark = newMark();
  let marked = false;
  const told = text.replace(TOKEN, (token) => {
    if (token.startsWith('"') || isHeld(token)) return token;
    marked = true;
    return `"${mark}${token}"`;
  });
  if (!marked) return JSON.parse(text);
  return JSON.parse(told, (_name, value: unknown) =>
    typeof value === "string" && value.startsWith(mark)
      ? new ExactNumber(value.slice(mark.length))
      : value,
  );
}

/**
 * Write JSON; a `bigint` is a number of all its digits.
 *
 * @throws {RangeError} If a number is NaN or infinite: JSON has no such, and `null` says another thing.
 */
export function stringifyJson(value: unknown): string {
  const mark = newMark();
  const told = JSON.stringify(value, (name, part: unknown) => {
    if (typeof part === "number" && !Number.isFinite(part)) {
      throw new RangeError(`${name || "The value"} is ${part}, which JSON has no number for.`);
    }
    if (typeof part === "bigint") return mark + part.toString();
    return part instanceof ExactNumber ? mark + part.text : part;
  });
  // Plain, it stands for bytes that are no UTF-8, and the API refuses it.
  const plain = told.replaceAll("\ufffd", "\\ufffd");
  return plain.replace(new RegExp(`"${mark}([^"]*)"`, "g"), "$1");
}

/** Begins the text that stands for a number for a moment; no data can know it. */
function newMark(): string {
  return `exact-${globalThis.crypto.randomUUID()}:`;
}

/** Whether a `number` has all digits of a number. */
function isHeld(text: string): boolean {
  const [mantissa = ""] = text.replace("-", "").split(/[eE]/);
  const digits = mantissa.replace(".", "").replace(/^0+/, "").replace(/0+$/, "");
  const value = Number(text);
  const isInRange = Number.isFinite(value) && (value !== 0 || digits === "");
  return digits.length <= DIGITS_OF_A_DOUBLE && isInRange;
}
