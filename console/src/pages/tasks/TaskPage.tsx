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
import Table from "@cloudscape-design/components/table";
import { useEffect, useRef, useState } from "react";

import { hrefOf } from "../../app/router";
import { useAccess, useMay } from "../../data/access";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { BigTable } from "../../ui/BigTable";
import { Json } from "../../ui/Json";
import { LoadingState } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { useQuestion } from "../../ui/ReasonDialog";
import { Status } from "../../ui/Status";
import { Who } from "../../ui/Who";

type Task = Schemas["Task"];

const UNDER_WAY = new Set(["CREATED", "QUEUED", "PROCESSING"]);
const MOST_SUB_TASKS = 10_000;

/** A task: how far it is, why parts of it failed, and the second try. */
export function TaskPage({ id }: { id: string }) {
  const { t, moment } = useText();
  const { client, tenant } = useAccess();
  const mayRepair = useMay("repair");
  const [question, ask] = useQuestion();
  const [chosen, choose] = useState<string>();
  const follow = { actions: ["task-status"] };
  const concerns = ({ location }: { location: string | null }) => location?.endsWith(`/${id}`) ?? false;
  const task = useLoaded(
    `task/${tenant}/${id}`,
    async (signal) => (await client.operations.getTask({ path: { id }, signal })).data,
    { follow, concerns },
  );
  const shown = task.data;
  const hasParts = shown?.kind === "STEP_FUNCTION";
  const parts = useLoaded(
    hasParts ? `task/${tenant}/${id}/parts` : null,
    async (signal) => {
      const all: Task[] = [];
      for await (const one of client.each("listSubTasks", { path: { id }, query: { limit: 100 }, signal })) {
        all.push(one);
        if (all.length >= MOST_SUB_TASKS) break;
      }
      return all;
    },
    { follow, concerns },
  );
  const executions = useLoaded(
    shown === undefined ? null : `task/${tenant}/${id}/executions/${shown.status}`,
    async (signal) => (await client.operations.listTaskExecutions({ path: { id }, signal })).data.executions,
  );
  const act = (kind: "retry" | "cancel") =>
    ask({
      title: t(`tasks.${kind}`),
      text: t(`tasks.${kind}Text`),
      does: t(`tasks.${kind}`),
      ...(kind === "cancel" ? { reason: "optional" as const } : {}),
      act: async (reason) => {
        if (kind === "retry") await client.operations.retryTask({ path: { id } });
        else await client.operations.cancelTask({ path: { id }, body: reason === "" ? {} : { reason } });
        task.reload();
        parts.reload();
      },
    });
  const isUnderWay = shown !== undefined && UNDER_WAY.has(shown.status);
  const hasFailed = shown?.status === "FAILED" || (shown?.counters?.["failed"] ?? 0) > 0;
  const selected = parts.data?.find((one) => one.id === chosen);
  const details = useRef<HTMLDivElement>(null);
  const selectedId = selected?.id;
  useEffect(() => {
    if (selectedId === undefined) return;
    details.current?.scrollIntoView({ block: "nearest" });
    details.current?.focus({ preventScroll: true });
  }, [selectedId]);
  return (
    <Page
      title={shown?.type ?? t("tasks.one")}
      description={id}
      actions={
        mayRepair && (
          <SpaceBetween direction="horizontal" size="xs">
            {isUnderWay && <Button onClick={() => act("cancel")}>{t("tasks.cancel")}</Button>}
            {!isUnderWay && hasFailed && (
              <Button variant="primary" onClick={() => act("retry")}>
                {t("tasks.retry")}
              </Button>
            )}
          </SpaceBetween>
        )
      }
    >
      <BreadcrumbGroup
        ariaLabel={t("tasks.title")}
        items={[
          { text: t("tasks.title"), href: hrefOf(tenant, "tasks") },
          { text: id, href: hrefOf(tenant, "tasks", id) },
        ]}
      />
      <LoadingState of={task} />
      {shown && (
        <Container header={<Header variant="h2">{t("tasks.progress")}</Header>}>
          <SpaceBetween size="m">
            {shown.counters && <Progress counters={shown.counters} />}
            {shown.error && (
              <Alert type="error" header={shown.error}>
                {shown.cause}
              </Alert>
            )}
            <KeyValuePairs
              columns={4}
              items={[
                { label: t("common.status"), value: <Status of={shown.status} /> },
                { label: t("common.createdBy"), value: <Who by={shown.created_by} /> },
                { label: t("common.started"), value: moment(shown.started_at) },
                { label: t("common.ended"), value: moment(shown.finished_at) },
                { label: t("common.attempt"), value: shown.attempt },
                {
                  label: t("items.executions"),
                  value: (executions.data ?? []).map(({ machine, name }) => (
                    <div key={name}>
                      <Link href={hrefOf(tenant, "executions", machine, name)}>{name}</Link>
                    </div>
                  )),
                },
              ]}
            />
            {shown.kind !== "STEP_FUNCTION" && (
              <>
                <Json value={shown.input} label={t("common.input")} />
                <Json value={shown.result} label={t("common.result")} />
              </>
            )}
          </SpaceBetween>
        </Container>
      )}
      {hasParts && <Failures parts={parts.data ?? []} choose={choose} />}
      {hasParts && (
        <Container header={<Header variant="h2">{t("tasks.subTasks")}</Header>}>
          <SpaceBetween size="m">
            <LoadingState of={parts} />
            <BigTable
              label={t("tasks.subTasks")}
              rows={parts.data ?? []}
              keyOf={(one) => one.id}
              chosen={chosen}
              empty={t("tasks.noSubTasks")}
              isLoading={parts.isLoading && parts.data === undefined}
              isUnknown={parts.data === undefined}
              columns={[
                {
                  id: "id",
                  header: t("common.id"),
                  width: 320,
                  cell: (one) => (
                    <Button variant="inline-link" onClick={() => choose(one.id)}>
                      {one.id}
                    </Button>
                  ),
                },
                { id: "status", header: t("common.status"), width: 150, cell: (one) => <Status of={one.status} /> },
                { id: "error", header: t("common.error"), width: 300, cell: (one) => one.error ?? "" },
                { id: "ended", header: t("common.ended"), width: 190, isElsewhere: true, cell: (one) => moment(one.finished_at) },
              ]}
            />
          </SpaceBetween>
        </Container>
      )}
      {selected && (
        <div ref={details} tabIndex={-1}>
          <Container header={<Header variant="h2">{selected.id}</Header>}>
            <SpaceBetween size="m">
              <KeyValuePairs
                columns={3}
                items={[
                  { label: t("common.status"), value: <Status of={selected.status} /> },
                  { label: t("common.started"), value: moment(selected.started_at) },
                  { label: t("common.ended"), value: moment(selected.finished_at) },
                ]}
              />
              {selected.error && (
                <Alert type="error" header={selected.error}>
                  {selected.cause}
                </Alert>
              )}
              <Json value={selected.input} label={t("common.input")} />
              <Json value={selected.result} label={t("common.result")} />
            </SpaceBetween>
          </Container>
        </div>
      )}
      {question}
    </Page>
  );
}

function Progress({ counters }: { counters: Readonly<Record<string, number>> }) {
  const { t, number } = useText();
  const total = counters["total"] ?? 0;
  const done = (counters["succeeded"] ?? 0) + (counters["failed"] ?? 0);
  return (
    <ProgressBar
      ariaLabel={t("tasks.progress")}
      value={total === 0 ? 0 : Math.floor((100 * done) / total)}
      additionalInfo={t("tasks.ofSubTasks", { done: number(done), total: number(total) })}
    />
  );
}

interface Group {
  error: string;
  count: number;
  example: Task;
}

/** Failures, those of the same error together. */
function Failures({ parts, choose }: { parts: readonly Task[]; choose: (id: string) => void }) {
  const { t } = useText();
  const groups = new Map<string, Group>();
  for (const one of parts) {
    if (one.status !== "FAILED") continue;
    const error = one.error ?? t("common.unknown");
    const group = groups.get(error);
    if (group === undefined) groups.set(error, { error, count: 1, example: one });
    else group.count += 1;
  }
  const sorted = [...groups.values()].sort((one, other) => other.count - one.count);
  return (
    <Table<Group>
      header={<Header variant="h2">{t("tasks.byError")}</Header>}
      items={sorted}
      trackBy="error"
      empty={t("tasks.noFailures")}
      wrapLines
      columnDefinitions={[
        { id: "error", header: t("common.error"), isRowHeader: true, cell: ({ error }) => error },
        { id: "count", header: t("tasks.count"), cell: ({ count }) => count },
        { id: "cause", header: t("common.cause"), cell: ({ example }) => example.cause },
        {
          id: "example",
          header: t("tasks.example"),
          cell: ({ example }) => (
            <Button variant="inline-link" onClick={() => choose(example.id)}>
              {example.id}
            </Button>
          ),
        },
      ]}
    />
  );
}
