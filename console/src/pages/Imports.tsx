import type { Schemas } from "@command-workflows/client";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { PageProps } from "../app/pages";
import { go, hrefOf } from "../app/router";
import { useAccess, useMay } from "../data/access";
import { countRows } from "../data/csv";
import { expectRows } from "../data/expected";
import { useAction } from "../data/useAction";
import { useApplication } from "../data/useApplication";
import { isFirstLoad } from "../data/useLoaded";
import { usePages } from "../data/usePages";
import { useText } from "../text/text";
import { BigTable } from "../ui/BigTable";
import { LoadingState } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { Status } from "../ui/Status";
import { Who } from "../ui/Who";
import { ImportPage } from "./imports/ImportPage";

export default function Imports({ place }: PageProps) {
  const [id] = place.parts;
  return id === undefined ? <List /> : <ImportPage key={id} id={id} />;
}

type Import = Schemas["Import"];

function List() {
  const { t, moment, number } = useText();
  const { client, tenant } = useAccess();
  const mayImport = useMay("publish");
  const listed = usePages<Import>(
    `imports/${tenant}`,
    async (cursor, signal) => {
      const query = { limit: 50, ...(cursor === undefined ? {} : { cursor }) };
      const { data } = await client.operations.listImports({ query, signal });
      return { entries: data.imports, cursor: data.cursor };
    },
    ({ id }) => id,
    { follow: { actions: ["import-status"] } },
  );
  return (
    <Page title={t("imports.title")}>
      {mayImport && <NewImport />}
      <Container header={<Header variant="h2">{t("imports.title")}</Header>}>
        <LoadingState of={listed} />
        <BigTable
          label={t("imports.title")}
          rows={listed.entries}
          keyOf={({ id }) => id}
          empty={t("imports.none")}
          isLoading={listed.isLoading && listed.entries.length === 0}
          isUnknown={listed.data === undefined}
          more={listed.more}
          columns={[
            {
              id: "file",
              header: t("imports.upload"),
              width: 240,
              cell: ({ id, upload }) => (
                <Link href={hrefOf(tenant, "imports", id)}>{upload.replace(/^\w{26}-/, "")}</Link>
              ),
            },
            { id: "target", header: t("imports.target"), width: 120, isElsewhere: true, cell: ({ target }) => target },
            { id: "status", header: t("common.status"), width: 230, cell: ({ status }) => <Status of={status} /> },
            {
              id: "done",
              header: t("imports.succeeded"),
              width: 100,
              isElsewhere: true,
              cell: ({ counts }) => number(counts["succeeded"] ?? 0),
            },
            {
              id: "rejected",
              header: t("imports.rejected"),
              width: 100,
              isElsewhere: true,
              cell: ({ counts }) => number(counts["failed"] ?? 0),
            },
            { id: "made", header: t("common.created"), width: 190, isElsewhere: true, cell: ({ created_at: at }) => moment(at) },
            { id: "by", header: t("common.createdBy"), width: 200, isElsewhere: true, cell: ({ created_by: by }) => <Who by={by} /> },
          ]}
        />
      </Container>
    </Page>
  );
}

const MODES = ["STEP_FUNCTION", "DIRECT"] as const;
/** That of Excel in Japanese; others can be entered. */
const ENCODINGS = [{ value: "UTF-8" }, { value: "cp932" }];

function NewImport() {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const application = useApplication();
  const targets = application.data?.importTargets ?? [];
  const [chosen, setTarget] = useState<string>();
  const [mode, setMode] = useState<(typeof MODES)[number]>("STEP_FUNCTION");
  const [encoding, setEncoding] = useState("");
  const [files, setFiles] = useState<File[]>([]);
  const [isTried, setTried] = useState(false);
  const target = chosen ?? targets[0];
  const [file] = files;
  const run = useAction(async (of: File, into: string) => {
    const rows = await countRows(of);
    const { data } = await client.importFile({
      target: into,
      name: of.name,
      content: of,
      mode,
      ...(encoding.trim() === "" ? {} : { encoding: encoding.trim() }),
    });
    expectRows(data.id, rows);
    go(hrefOf(tenant, "imports", data.id));
  });
  const modes = MODES.map((value) => ({ value, label: value, description: t(`imports.mode.${value}`) }));
  const submit = () => {
    setTried(true);
    if (file !== undefined && target !== undefined) run.run(file, target);
  };
  return (
    <Container header={<Header variant="h2">{t("imports.new")}</Header>}>
      <SpaceBetween size="m">
        <LoadingState of={application} />
        <ColumnLayout columns={2}>
          <FormField
            label={t("imports.file")}
            errorText={isTried && file === undefined ? t("imports.fileNeeded") : undefined}
          >
            <FileUpload
              value={files}
              onChange={({ detail }) => setFiles(detail.value.slice(-1))}
              accept=".csv,text/csv"
              showFileSize
              showFileLastModified={false}
              i18nStrings={{
                uploadButtonText: () => t("imports.choose"),
                dropzoneText: () => t("imports.drop"),
                removeFileAriaLabel: () => t("imports.remove"),
              }}
            />
          </FormField>
          <FormField
            label={t("imports.target")}
            errorText={isTried && target === undefined ? t("imports.targetNeeded") : undefined}
          >
            <Select
              options={targets.map((value) => ({ value, label: value }))}
              selectedOption={target === undefined ? null : { value: target, label: target }}
              onChange={({ detail }) => setTarget(detail.selectedOption.value)}
            />
          </FormField>
          <FormField label={t("imports.mode")}>
            <Select
              options={modes}
              selectedOption={modes.find(({ value }) => value === mode) ?? null}
              onChange={({ detail }) => setMode(detail.selectedOption.value as typeof mode)}
            />
          </FormField>
          <FormField
            label={`${t("imports.encoding")} – ${t("common.optional")}`}
            description={t("imports.encodingHint")}
          >
            <Autosuggest
              value={encoding}
              placeholder="UTF-8"
              options={ENCODINGS}
              enteredTextLabel={(value) => value}
              filteringType="none"
              onChange={({ detail }) => setEncoding(detail.value)}
            />
          </FormField>
        </ColumnLayout>
        <Problem error={run.error} />
        <Button variant="primary" loading={run.isRunning || isFirstLoad(application)} onClick={submit}>
          {t("imports.start")}
        </Button>
      </SpaceBetween>
    </Container>
  );
}
