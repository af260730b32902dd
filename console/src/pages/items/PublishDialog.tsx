import { type JsonValue, parseJson, ProblemError, stringifyJson } from "@command-workflows/client";
import Alert from "@cloudscape-design/components/alert";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";

import { go, hrefOf } from "../../app/router";
import { useAccess } from "../../data/access";
import type { JsonSchema } from "../../data/description";
import { useAction } from "../../data/useAction";
import { useText } from "../../text/text";
import { ActionDialog } from "../../ui/ActionDialog";
import { pretty } from "../../ui/Json";
import { Problem } from "../../ui/Problem";
import type { Attributes, Chain } from "./chain";
import { fieldsOf, type Filled, OTHERS, valuesOf } from "./fields";
import { SchemaForm } from "./SchemaForm";

interface Props {
  type: string;
  /** Of the item whose next version it is; a new one's is asked for. */
  id?: string;
  types: Readonly<Record<string, JsonSchema>>;
  chain?: Chain;
  close: () => void;
}

/** Publish a version, by a form that the type's schema gives. */
export function PublishDialog({ type: given, id: givenId, types, chain, close }: Props) {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const [type, setType] = useState(given);
  const [id, setId] = useState(givenId ?? "");
  // What it builds on stays as it was when the form was opened, however much comes meanwhile.
  const [base, setBase] = useState(() => baseOf(chain));
  const [name, setName] = useState(base?.name ?? "");
  const fields = useMemo(() => fieldsOf(types[type]), [types, type]);
  const [filled, setFilled] = useState<Filled>(() => filledOf(fieldsOf(types[given]), base?.attributes ?? {}));
  const [isTried, setTried] = useState(false);
  const values = valuesOf(fields, filled);
  const isNamed = type.trim() !== "" && id.trim() !== "";
  const newest = chain?.newest;

  const publish = useAction(async () => {
    const path = { type: type.trim(), id: id.trim() };
    const body = { name, attributes: values.attributes };
    const headers =
      newest === undefined
        ? { "If-None-Match": "*" as const }
        : { "If-Match": `"${base?.version ?? newest}"` };
    await client.operations.putItem({ path, body, headers: headers });
    close();
    go(hrefOf(tenant, "items", path.type, path.id));
  });
  const submit = () => {
    setTried(true);
    if (isNamed && values.faults.size === 0) publish.run();
  };
  const conflict =
    publish.error instanceof ProblemError && publish.error.is("version-conflict")
      ? publish.error.currentVersion
      : undefined;
  const title = t(givenId === undefined ? "items.publishNew" : "items.publishNext");
  return (
    <ActionDialog size="large" title={title} does={t("items.publish")} act={submit} isRunning={publish.isRunning} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <SpaceBetween size="m">
          {givenId === undefined && (
            <>
              <FormField label={t("common.type")}>
                <Autosuggest
                  value={type}
                  onChange={({ detail }) => setType(detail.value)}
                  options={Object.keys(types).map((value) => ({ value }))}
                  enteredTextLabel={(value) => value}
                  empty={t("common.none")}
                />
              </FormField>
              <FormField label={t("common.id")}>
                <Input value={id} onChange={({ detail }) => setId(detail.value)} />
              </FormField>
            </>
          )}
          {newest !== undefined && base !== undefined && newest > base.version && conflict === undefined && (
            <Alert
              type="warning"
              action={
                <Button onClick={() => setBase({ ...base, version: newest })}>{t("common.reload")}</Button>
              }
            >
              {t("items.changedMeanwhile", { version: newest })}
            </Alert>
          )}
          <FormField label={t("common.name")}>
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <SchemaForm
            fields={fields}
            filled={filled}
            faults={isTried ? values.faults : new Map()}
            change={(field, text) => setFilled((before) => ({ ...before, [field]: text }))}
          />
          {conflict === undefined ? (
            <Problem error={publish.error} />
          ) : (
            <Alert
              type="warning"
              action={
                <Button
                  onClick={() => {
                    setBase((before) => before && { ...before, version: conflict });
                    publish.clear();
                  }}
                >
                  {t("common.retry")}
                </Button>
              }
            >
              {t("items.conflict", { version: conflict })}
            </Alert>
          )}
        </SpaceBetween>
      </form>
    </ActionDialog>
  );
}

interface Built {
  version: number;
  name: string;
  attributes: Attributes;
}

/** What the newest version says, or else what is applied. */
function baseOf(chain: Chain | undefined): Built | undefined {
  if (chain === undefined) return undefined;
  const content = chain.versions[0]?.content ?? chain.item;
  return {
    version: chain.newest,
    name: content?.name ?? "",
    attributes: content?.attributes ?? {},
  };
}

function filledOf(fields: ReturnType<typeof fieldsOf>, attributes: Attributes): Filled {
  const members = attributes as Record<string, JsonValue>;
  const known = new Set(fields.map(({ name }) => name));
  const others = Object.entries(members).filter(([name]) => !known.has(name));
  const filled: Record<string, string> = {};
  for (const { name, kind } of fields) {
    const value = members[name];
    if (value === undefined || value === null) filled[name] = "";
    else filled[name] = typeof value === "string" && kind !== "json" ? value : stringifyJson(value);
  }
  filled[OTHERS] = others.length === 0 ? "" : pretty(parseJson(stringifyJson(Object.fromEntries(others))));
  return filled;
}
