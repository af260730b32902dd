import { ProblemError } from "@command-workflows/client";
import Alert from "@cloudscape-design/components/alert";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useMemo, useRef, useState } from "react";

import { go, hrefOf } from "../../app/router";
import { useAccess } from "../../data/access";
import type { JsonSchema } from "../../data/description";
import { useAction } from "../../data/useAction";
import { useText } from "../../text/text";
import { ActionDialog } from "../../ui/ActionDialog";
import { Problem } from "../../ui/Problem";
import { type Chain, readChain } from "./chain";
import { draftOf, edited, filledOf, NAME, nameOf, rebased, valuesOf } from "./draft";
import { type Fault, fieldsOf, type Filled, toldOf } from "./fields";
import { FirstSeen, Refused, refusedOf } from "./Refused";
import { SchemaForm } from "./SchemaForm";

/** Something else than a field comes first in the form, but says less. */
const FAULTS = ['[aria-invalid="true"]', ".refused"] as const;
const LONGEST_READ_MS = 30_000;

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
  const [draft, setDraft] = useState(() => draftOf(chain));
  const fields = useMemo(() => fieldsOf(types[type]), [types, type]);
  const [isTried, setTried] = useState(false);
  const [tries, setTries] = useState(0);
  // What the API has refused is true of the texts that it got.
  const [sent, setSent] = useState<Filled>({});
  const form = useRef<HTMLDivElement>(null);
  const filled = filledOf(fields, draft);
  const values = valuesOf(fields, draft);
  // What is typed is cut; an item that is there has its own id, with spaces too.
  const path = givenId === undefined ? { type: type.trim(), id: id.trim() } : { type: given, id: givenId };
  const isNamed = path.type !== "" && path.id !== "";
  const newest = chain?.newest;
  const base = draft.base;
  const change = (field: string, text: string) => setDraft((before) => edited(fields, before, field, text));

  const publish = useAction(async () => {
    const body = { name: nameOf(draft), attributes: values.attributes };
    const headers =
      base.version === 0 ? { "If-None-Match": "*" as const } : { "If-Match": `"${base.version}"` };
    await client.operations.putItem({ path, body, headers });
    close();
    go(hrefOf(tenant, "items", path.type, path.id));
  });
  const theirsOf = (field: string) => {
    const theirs = draft.edits[field] === undefined ? undefined : draft.theirs[field];
    return theirs === undefined ? undefined : t("items.theirs", { text: theirs });
  };
  const submit = () => {
    setTried(true);
    setTries((before) => before + 1);
    setSent(filled);
    if (isNamed && values.faults.size === 0) publish.run();
  };
  const conflict =
    publish.error instanceof ProblemError && publish.error.is("version-conflict")
      ? publish.error.currentVersion
      : undefined;
  const newer = conflict ?? (newest !== undefined && newest > base.version ? newest : undefined);
  // A new item's id is somebody else's already: there is nothing to merge with, but another id or that item.
  const isTaken = givenId === undefined && conflict !== undefined;
  const rename = (set: (text: string) => void) => (text: string) => {
    set(text);
    publish.clear();
  };
  const merge = useAction(async () => {
    const read = await readChain(client, path.type, path.id, 1, new Map(), AbortSignal.timeout(LONGEST_READ_MS));
    setDraft((before) => rebased(fields, before, read));
    publish.clear();
  });
  const refused = useMemo(() => refusedOf(fields, publish.error), [fields, publish.error]);
  const faults = new Map<string, Fault>(isTried ? values.faults : []);
  for (const [field, problem] of refused.byField) {
    if (!faults.has(field) && filled[field] === sent[field]) faults.set(field, { is: "refused", problem });
  }
  const refusedName = faults.get(NAME);
  useEffect(() => {
    if (tries > 0) showFirstFault(form.current);
  }, [tries, publish.error]);
  const title = t(givenId === undefined ? "items.publishNew" : "items.publishNext");
  return (
    <ActionDialog size="large" title={title} does={t("items.publish")} act={submit} isRunning={publish.isRunning} close={close}>
      <div ref={form}>
        <SpaceBetween size="m">
          {givenId === undefined && (
            <>
              <FormField
                label={t("common.type")}
                errorText={isTried && type.trim() === "" ? t("items.typeNeeded") : undefined}
              >
                <Autosuggest
                  value={type}
                  onChange={({ detail }) => rename(setType)(detail.value)}
                  options={Object.keys(types).map((value) => ({ value }))}
                  enteredTextLabel={(value) => value}
                  empty={t("common.none")}
                />
              </FormField>
              <FormField
                label={t("common.id")}
                errorText={isTried && id.trim() === "" ? t("items.idNeeded") : undefined}
              >
                <Input value={id} onChange={({ detail }) => rename(setId)(detail.value)} />
              </FormField>
            </>
          )}
          {isTaken && (
            <FirstSeen>
              <Alert type="warning">
                {t("items.exists", path)}{" "}
                <Link href={hrefOf(tenant, "items", path.type, path.id)} onFollow={close}>
                  {t("items.openIt")}
                </Link>
              </Alert>
            </FirstSeen>
          )}
          {newer !== undefined && !isTaken && (
            <FirstSeen>
              <Alert
                type="warning"
                action={
                  <Button loading={merge.isRunning} onClick={() => merge.run()}>
                    {t("common.reload")}
                  </Button>
                }
              >
                {t(conflict === undefined ? "items.changedMeanwhile" : "items.conflict", { version: newer })}
              </Alert>
            </FirstSeen>
          )}
          {Object.keys(draft.theirs).length > 0 && newer === undefined && (
            <Alert type="info">{t("items.mergedWithTheirs", { version: base.version })}</Alert>
          )}
          <Problem error={merge.error} />
          {conflict === undefined && <Refused error={publish.error} others={refused.others} />}
          <FormField
            label={t("common.name")}
            errorText={refusedName && toldOf(refusedName, t)}
            warningText={theirsOf(NAME)}
          >
            <Input value={nameOf(draft)} onChange={({ detail }) => change(NAME, detail.value)} />
          </FormField>
          <SchemaForm
            fields={fields}
            filled={filled}
            faults={faults}
            theirs={theirsOf}
            change={change}
          />
        </SpaceBetween>
      </div>
    </ActionDialog>
  );
}

/** Bring what is wrong first into sight: a dialog is longer than a screen. */
function showFirstFault(form: HTMLElement | null): void {
  const [first] = FAULTS.flatMap((one) => form?.querySelector<HTMLElement>(one) ?? []);
  first?.scrollIntoView({ block: "center" });
  first?.focus();
}
