import type { Schemas } from "@command-workflows/client";
import Alert from "@cloudscape-design/components/alert";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState } from "react";

import { hrefOf } from "../../app/router";
import { useAccess, useMay } from "../../data/access";
import { expectedRows } from "../../data/expected";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { BigTable } from "../../ui/BigTable";
import { LoadingState } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { useQuestion } from "../../ui/ReasonDialog";
import { Status } from "../../ui/Status";
import { Who } from "../../ui/Who";
import { MendedRows } from "./MendedRows";

type Import = Schemas["Import"];

const RUNNING_MS = 1_000;
const STARTING_MS = 2_000;
const SHOWN_ROWS = 1_000;
/** Ends at which every row of the file was looked at. */
const WHOLE: ReadonlySet<string> = new Set(["COMPLETED", "COMPLETED_WITH_ERRORS"]);

/** An import: how far it is, and what it rejected. */
export function ImportPage({ id }: { id: string }) {
  const { t, moment, number } = useText();
  const { client, tenant } = useAccess();
  const mayRepair = useMay("repair");
  const [isRunning, setRunning] = useState(true);
  const [isStarted, setStarted] = useState(false);
  const [question, ask] = useQuestion();
  const job = useLoaded(
    `import/${tenant}/${id}`,
    async (signal) => {
      const { data } = await client.operations.getImport({ path: { id }, signal });
      setRunning(isUnderWay(data));
      return { ...data, readAt: Date.now() };
    },
    // The channel tells its start and its end, and no row between them.
    {
      follow: { actions: ["import-status"] },
      concerns: ({ location }) => location?.endsWith(`/${id}`) ?? false,
      everyMs: isRunning ? RUNNING_MS : undefined,
    },
  );
  // It starts some moments after the import was made, and may be over by the next look.
  const executions = useLoaded(
    `import/${tenant}/${id}/executions/${isRunning}`,
    async (signal) => {
      const { data } = await client.operations.listImportExecutions({ path: { id }, signal });
      setStarted(data.executions.length > 0);
      return data.executions;
    },
    { everyMs: isRunning && !isStarted ? STARTING_MS : undefined },
  );
  const shown = job.data;
  const cancel = () =>
    ask({
      title: t("imports.cancel"),
      text: t("imports.cancelText"),
      does: t("imports.cancel"),
      reason: "optional",
      act: async (reason) => {
        await client.operations.cancelImport({ path: { id }, body: reason === "" ? {} : { reason } });
        job.reload();
      },
    });
  const file = shown?.upload.replace(/^\w{26}-/, "") ?? id;
  const [execution] = executions.data ?? [];
  return (
    <Page
      title={file}
      {...(shown ? { description: shown.target } : {})}
      actions={
        shown && isUnderWay(shown) && mayRepair && <Button onClick={cancel}>{t("imports.cancel")}</Button>
      }
    >
      <BreadcrumbGroup
        ariaLabel={t("imports.title")}
        items={[
          { text: t("imports.title"), href: hrefOf(tenant, "imports") },
          { text: file, href: hrefOf(tenant, "imports", id) },
        ]}
      />
      <LoadingState of={job} />
      {shown && (
        <Container header={<Header variant="h2">{t("imports.progress")}</Header>}>
          <SpaceBetween size="m">
            <Progress job={shown} />
            {shown.error && (
              <Alert type="error" header={shown.error}>
                {shown.cause}
              </Alert>
            )}
            <KeyValuePairs
              columns={4}
              items={[
                { label: t("common.status"), value: <Status of={shown.status} /> },
                { label: t("imports.succeeded"), value: number(shown.counts["succeeded"] ?? 0) },
                { label: t("imports.rejected"), value: number(failedOf(shown)) },
                { label: t("imports.passedOver"), value: number(shown.counts["skipped"] ?? 0) },
                { label: t("common.createdBy"), value: <Who by={shown.created_by} /> },
                { label: t("common.started"), value: moment(shown.started_at) },
                { label: t("common.ended"), value: moment(shown.finished_at) },
                {
                  label: t("items.executions"),
                  value: execution ? (
                    <Link href={hrefOf(tenant, "executions", execution.machine, execution.name)}>
                      {execution.machine}
                    </Link>
                  ) : (
                    "–"
                  ),
                },
              ]}
            />
          </SpaceBetween>
        </Container>
      )}
      {shown && isUnderWay(shown) && failedOf(shown) > 0 && <RowsSoFar id={id} count={failedOf(shown)} />}
      {shown && !isUnderWay(shown) && <MendedRows id={id} job={shown} />}
      {question}
    </Page>
  );
}

function isUnderWay({ status }: Import): boolean {
  return status === "CREATED" || status === "PROCESSING";
}

function Progress({ job }: { job: Import & { readAt: number } }) {
  const { t, number, span } = useText();
  const done = doneOf(job);
  const total = WHOLE.has(job.status) ? done : expectedRows(job.id);
  const end = job.finished_at === null ? job.readAt : Date.parse(job.finished_at);
  const tookMs = job.started_at === null ? 0 : end - Date.parse(job.started_at);
  const rate = tookMs > 0 ? (done * 1000) / tookMs : 0;
  const leftMs = total !== undefined && rate > 0 ? ((total - done) * 1000) / rate : undefined;
  const told = [
    total === undefined
      ? t("common.rows", { count: number(done) })
      : t("imports.ofRows", { done: number(done), total: number(total) }),
    t("imports.rate", { rate: number(rate, 1) }),
    ...(isUnderWay(job) && leftMs !== undefined ? [t("imports.left", { time: span(leftMs) })] : []),
  ];
  return (
    <ProgressBar
      ariaLabel={t("imports.progress")}
      value={total === undefined || total === 0 ? 0 : Math.min(100, Math.floor((100 * done) / total))}
      additionalInfo={told.join(" · ")}
    />
  );
}

function failedOf({ counts }: Import): number {
  return counts["failed"] ?? 0;
}

function doneOf({ counts }: Import): number {
  return (counts["succeeded"] ?? 0) + (counts["failed"] ?? 0) + (counts["skipped"] ?? 0);
}

/** The rows that were rejected so far, while there is no file of them yet. */
function RowsSoFar({ id, count }: { id: string; count: number }) {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const rows = useLoaded(`rejected/${tenant}/${id}`, async (signal) => {
    const query = { limit: SHOWN_ROWS };
    return (await client.operations.listRejectedRows({ path: { id }, query, signal })).data.rows;
  });
  const known = useRef(count);
  const { reload } = rows;
  useEffect(() => {
    if (known.current === count) return;
    known.current = count;
    reload();
  }, [count, reload]);
  return (
    <Container header={<Header variant="h2">{t("imports.rejectedRows")}</Header>}>
      <LoadingState of={rows} />
      <BigTable
        label={t("imports.rejectedRows")}
        rows={rows.data ?? []}
        keyOf={(row) => textOf(row["row"])}
        empty={t("imports.noRejected")}
        isLoading={rows.isLoading && rows.data === undefined}
        isUnknown={rows.data === undefined}
        columns={[
          { id: "row", header: t("imports.row"), width: 70, cell: (row) => textOf(row["row"]) },
          { id: "reason", header: t("imports.rejectReason"), width: 420, cell: (row) => textOf(row["reason"]) },
          { id: "raw", header: t("imports.upload"), width: 420, cell: (row) => textOf(row["raw"]) },
        ]}
      />
    </Container>
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
