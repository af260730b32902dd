import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";

import { useText } from "../../text/text";
import { type Fault, type Field, type Filled, OTHERS, toldOf } from "./fields";

interface Props {
  fields: readonly Field[];
  filled: Filled;
  faults: ReadonlyMap<string, Fault>;
  /** What somebody else says of a field that was changed here. */
  theirs: (name: string) => string | undefined;
  change: (name: string, text: string) => void;
}

export function SchemaForm({ fields, filled, faults, theirs, change }: Props) {
  const { t } = useText();
  const errorOf = (name: string): string | undefined => {
    const fault = faults.get(name);
    return fault === undefined ? undefined : toldOf(fault, t);
  };
  return (
    <SpaceBetween size="m">
      {fields.map((field) => (
        <FormField
          key={field.name}
          label={field.isRequired ? field.label : `${field.label} – ${t("common.optional")}`}
          description={field.description}
          constraintText={
            field.low !== undefined && field.high !== undefined
              ? t("items.between", { low: field.low, high: field.high })
              : undefined
          }
          errorText={errorOf(field.name)}
          warningText={theirs(field.name)}
        >
          <Value field={field} text={filled[field.name] ?? ""} change={(text) => change(field.name, text)} />
        </FormField>
      ))}
      <FormField
        label={t(fields.length > 0 ? "items.otherAttributes" : "items.attributes")}
        description={t(fields.length > 0 ? "items.otherAttributesHint" : "items.json")}
        errorText={errorOf(OTHERS)}
        warningText={theirs(OTHERS)}
      >
        <Textarea
          value={filled[OTHERS] ?? ""}
          rows={fields.length > 0 ? 3 : 8}
          spellcheck={false}
          onChange={({ detail }) => change(OTHERS, detail.value)}
        />
      </FormField>
    </SpaceBetween>
  );
}

function Value({ field, text, change }: { field: Field; text: string; change: (text: string) => void }) {
  const { t } = useText();
  if (field.kind === "json") {
    return <Textarea value={text} rows={3} spellcheck={false} onChange={({ detail }) => change(detail.value)} />;
  }
  if (field.kind === "boolean" || field.kind === "choice") {
    const named =
      field.kind === "boolean"
        ? [
            { value: "true", label: t("items.yes") },
            { value: "false", label: t("items.no") },
          ]
        : field.choices.map((value) => ({ value, label: value }));
    const options = [{ value: "", label: t("items.leaveOut") }, ...named];
    return (
      <Select
        options={options}
        selectedOption={options.find(({ value }) => value === text) ?? null}
        onChange={({ detail }) => change(detail.selectedOption.value ?? "")}
      />
    );
  }
  const isNumber = field.kind === "number" || field.kind === "integer";
  // An input of one line would take the line breaks away.
  if (text.includes("\n")) {
    return <Textarea value={text} rows={3} onChange={({ detail }) => change(detail.value)} />;
  }
  return (
    <Input
      value={text}
      inputMode={isNumber ? "decimal" : "text"}
      onChange={({ detail }) => change(detail.value)}
    />
  );
}
