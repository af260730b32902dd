import { ProblemError } from "@command-workflows/client";
import Alert from "@cloudscape-design/components/alert";

import { useText } from "../../text/text";
import { Problem } from "../../ui/Problem";
import { NAME } from "./draft";
import { type Field, OTHERS } from "./fields";

export interface RefusedParts {
  /** What was wrong with a field, by its name. */
  byField: ReadonlyMap<string, string>;
  /** What was wrong with none of them. */
  others: readonly string[];
}

/** What the API has refused, at the fields that it names. */
export function refusedOf(fields: readonly Field[], error: unknown): RefusedParts {
  const byField = new Map<string, string>();
  const others: string[] = [];
  for (const { pointer, detail } of error instanceof ProblemError ? error.errors : []) {
    const field = fieldAt(fields, pointer ?? "");
    if (field === undefined) others.push(detail);
    else byField.set(field, byField.has(field) ? `${byField.get(field) ?? ""} ${detail}` : detail);
  }
  return { byField, others };
}

/** The field of a JSON Pointer such as `#/attributes/city`. */
function fieldAt(fields: readonly Field[], pointer: string): string | undefined {
  const [, first, second] = pointer.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (first === "name") return NAME;
  if (first !== "attributes" || second === undefined) return undefined;
  return fields.some(({ name }) => name === second) ? second : OTHERS;
}

/** Above the form: that it was refused, and what no field tells. */
export function Refused({ error, others }: { error: unknown; others: readonly string[] }) {
  const { t } = useText();
  if (!(error instanceof ProblemError) || error.errors.length === 0) {
    return error === undefined ? null : <FirstSeen><Problem error={error} /></FirstSeen>;
  }
  return (
    <FirstSeen>
      <Alert type="error" header={t("common.failed")}>
        {others.length === 0 ? t("items.seeFields") : others.map((detail) => <div key={detail}>{detail}</div>)}
      </Alert>
    </FirstSeen>
  );
}

/** What is brought into sight if no field is at fault. */
export function FirstSeen({ children }: { children: React.ReactNode }) {
  return (
    <div className="refused" tabIndex={-1}>
      {children}
    </div>
  );
}
