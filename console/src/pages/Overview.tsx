import type { LiveNotification, Schemas } from "@command-workflows/client";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useEffect, useRef, useState } from "react";

import { hrefOf } from "../app/router";
import { useAccess, useLiveState, useMay } from "../data/access";
import { Rates } from "../data/rates";
import { type Loaded, useLoaded } from "../data/useLoaded";
import { useText } from "../text/text";
import type { TextKey } from "../text/texts";
import { BigTable } from "../ui/BigTable";
import { LoadingState } from "../ui/Loading";
import { Page } from "../ui/Page";
import { useFitting } from "../ui/phone";
import { Status } from "../ui/Status";
import { Who } from "../ui/Who";
import { BEHIND } from "./items/chain";
import { joined } from "./doctor/chains";
import { Alarms } from "./overview/Alarms";

const LIVE_STATES = { connecting: "pending", live: "success", away: "warning", absent: "info" } as const;
const REMEMBERED = 12;
const RATE_SECONDS = 10;
const LIMIT = 100;
/** Failed commands come in no order, so many are read to show the newest. */
const MOST_FAILED = 500;
const FAILED_SHOWN = 20;

export default function Overview() {
  const { t } = useText();
  const { tenant } = useAccess();
  const state = useLiveState();
  const seesEnvironment = useMay("environment");
  return (
    <Page
      title={t("overview.title")}
      description={t("overview.description", { tenant })}
      actions={
        <StatusIndicator type={LIVE_STATES[state]}>{t(`live.${state}`)}</StatusIndicator>
      }
    >
      <Now />
      <Grid gridDefinition={[{ colspan: { default: 12, s: 7 } }, { colspan: { default: 12, s: 5 } }]}>
        <Work />
        {seesEnvironment ? (
          <SpaceBetween size="l">
            <Environment />
            <Alarms />
          </SpaceBetween>
        ) : (
          <Recent />
        )}
      </Grid>
      <FailedCommands />
      {seesEnvironment && <Recent />}
    </Page>
  );
}

/** How much ends a second, as far as it is told. */
function Now() {
  const { t, number } = useText();
  const { live } = useAccess();
  const rates = useRef(new Rates(RATE_SECONDS * 1000));
  const [shown, setShown] = useState({ commands: 0, rows: 0, subTasks: 0 });
  useEffect(() => {
    const counted = rates.current;
    const stop = live.follow({}, { stale: () => undefined, changed: (told) => counted.count(told) });
    const ticks = setInterval(() => setShown(counted.perSecond(Date.now())), 500);
    return () => {
      stop();
      clearInterval(ticks);
    };
  }, [live]);
  const figures: readonly [TextKey, number][] = [
    ["overview.commandsRate", shown.commands],
    ["overview.rowsRate", shown.rows],
    ["overview.subTasksRate", shown.subTasks],
  ];
  return (
    <Container
      header={
        <Header variant="h2" description={t("overview.ratesHint", { seconds: RATE_SECONDS })}>
          {t("overview.rates")}
        </Header>
      }
    >
      <ColumnLayout columns={3} variant="text-grid" minColumnWidth={140}>
        {figures.map(([key, value]) => (
          <div key={key}>
            <Box variant="awsui-key-label">{t(key)}</Box>
            <div className="figure">{number(value, 1)}</div>
          </div>
        ))}
      </ColumnLayout>
    </Container>
  );
}

interface Counted {
  kind: TextKey;
  page: string;
  running: Count;
  waiting: Count;
  failed: Count;
}

interface Count {
  count: number;
  isMore: boolean;
}

const NONE: Count = { count: 0, isMore: false };

function Work() {
  const { t, number } = useText();
  const { client, tenant } = useAccess();
  const seesWork = useMay("read");
  const seesApprovals = useMay("readApprovals");
  const work = useLoaded(
    `work/${tenant}`,
    async (signal) => {
      const tasks = async (status: "CREATED" | "QUEUED" | "PROCESSING" | "FAILED") => {
        const { data } = await client.operations.listTasks({ query: { status, limit: LIMIT }, signal });
        return counted(data.tasks.length, data.cursor);
      };
      const imports = async (status: "CREATED" | "PROCESSING" | "FAILED") => {
        const { data } = await client.operations.listImports({ query: { status, limit: LIMIT }, signal });
        return counted(data.imports.length, data.cursor);
      };
      const approvals = async () => {
        if (!seesApprovals) return undefined;
        const { data } = await client.operations.listApprovals({ query: { limit: LIMIT }, signal });
        return counted(data.requests.length, data.cursor);
      };
      const commands = async () => {
        const { data } = await client.operations.listFailedCommands({ query: { limit: LIMIT }, signal });
        return counted(data.commands.length, data.cursor);
      };
      const [created, queued, running, failed, newImports, runningImports, failedImports, asked, failedCommands] =
        await Promise.all([
          tasks("CREATED"), tasks("QUEUED"), tasks("PROCESSING"), tasks("FAILED"),
          imports("CREATED"), imports("PROCESSING"), imports("FAILED"),
          approvals(), commands(),
        ]);
      const rows: Counted[] = [
        { kind: "items.title", page: "items", running: NONE, waiting: NONE, failed: failedCommands },
        { kind: "tasks.title", page: "tasks", running, waiting: sum(created, queued), failed },
        { kind: "imports.title", page: "imports", running: runningImports, waiting: newImports, failed: failedImports },
      ];
      if (asked) rows.push({ kind: "approvals.title", page: "approvals", running: NONE, waiting: asked, failed: NONE });
      return rows;
    },
    { follow: {} },
  );
  if (!seesWork) return null;
  const shown = ({ count, isMore }: Count) => (isMore ? t("overview.atLeast", { count }) : number(count));
  return (
    <Container header={<Titled title={t("overview.work")} of={work} />}>
      {work.data === undefined ? (
        <LoadingState of={work} />
      ) : (
        <BigTable
          label={t("overview.work")}
          rows={work.data}
          keyOf={({ kind }) => kind}
          empty=""
          columns={[
            {
              id: "kind",
              header: t("overview.kind"),
              width: 80,
              cell: ({ kind, page }) => <Link href={hrefOf(tenant, page)}>{t(kind)}</Link>,
            },
            { id: "running", header: t("overview.running"), width: 66, cell: ({ running }) => shown(running) },
            { id: "waiting", header: t("overview.waiting"), width: 64, cell: ({ waiting }) => shown(waiting) },
            {
              id: "failed",
              header: t("overview.failed"),
              width: 64,
              cell: ({ failed }) =>
                failed.count > 0 ? (
                  <StatusIndicator type="error">{shown(failed)}</StatusIndicator>
                ) : (
                  shown(failed)
                ),
            },
          ]}
        />
      )}
    </Container>
  );
}

/** The header of a table whose rows stay although no newer ones can be read. */
function Titled({ title, of }: { title: string; of: Loaded<unknown> }) {
  return (
    <SpaceBetween size="xs">
      <Header variant="h2">{title}</Header>
      {of.data !== undefined && <LoadingState of={of} />}
    </SpaceBetween>
  );
}

function counted(count: number, cursor: string | null): Count {
  return { count, isMore: cursor !== null };
}

function sum(one: Count, other: Count): Count {
  return { count: one.count + other.count, isMore: one.isMore || other.isMore };
}

/** The state of the environment as a whole, for those who may see it. */
function Environment() {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const findings = useLoaded(
    "overview/findings",
    async (signal) => (await client.operations.listFindings({ query: { limit: 20 }, signal })).data,
    { everyMs: 60_000 },
  );
  const letters = useLoaded(
    "overview/letters",
    async (signal) => (await client.operations.listDeadLetterSources({ signal })).data,
    { everyMs: 15_000 },
  );
  const found = joined(findings.data?.findings ?? []).length;
  const told = findings.data?.cursor ? t("overview.atLeast", { count: found }) : found;
  // A page without a finding may be one of many.
  const nothing = found === 0 && !findings.data?.cursor;
  const count = (letters.data?.sources ?? []).reduce((all, { letters: one }) => all + one, 0);
  return (
    <Container header={<Header variant="h2">{t("overview.doctor")}</Header>}>
      <SpaceBetween size="s">
        <LoadingState of={findings.error !== undefined || findings.data === undefined ? findings : letters} />
        {findings.data && (
          <StatusIndicator type={nothing ? "success" : "warning"}>
            <Link href={hrefOf(tenant, "doctor")}>
              {t(nothing ? "overview.noFindings" : "overview.findings", { count: told })}
            </Link>
          </StatusIndicator>
        )}
        {letters.data && (
          <StatusIndicator type={count > 0 ? "warning" : "success"}>
            <Link href={hrefOf(tenant, "doctor", "letters")}>
              {count > 0 ? t("overview.letters", { count }) : t("overview.noLetters")}
            </Link>
          </StatusIndicator>
        )}
      </SpaceBetween>
    </Container>
  );
}

type Command = Schemas["Command"];

function FailedCommands() {
  const { t, moment } = useText();
  const { client, tenant } = useAccess();
  const [count, setCount] = useState(FAILED_SHOWN);
  const failed = useLoaded(
    `failed/${tenant}`,
    async (signal) => {
      const all: Command[] = [];
      let isMore = false;
      for await (const page of client.pages("listFailedCommands", { query: { limit: LIMIT }, signal })) {
        all.push(...page.commands);
        isMore = page.cursor !== null;
        if (all.length >= MOST_FAILED) break;
      }
      return { commands: all.sort(byUrgency), isMore };
    },
    { follow: {}, concerns: ({ action }) => action === "command-status" },
  );
  const all = failed.data?.commands ?? [];
  const columns: readonly TableProps.ColumnDefinition<Command>[] = [
    {
      id: "item",
      header: t("items.one"),
      isRowHeader: true,
      cell: ({ type, id }) => <Link href={hrefOf(tenant, "items", type, id)}>{`${type} ${id}`}</Link>,
    },
    { id: "version", header: t("common.version"), cell: ({ version }) => version },
    { id: "error", header: t("common.error"), cell: ({ error }) => error },
    { id: "ended", header: t("common.ended"), cell: ({ finished_at: at }) => moment(at) },
    { id: "by", header: t("common.createdBy"), cell: ({ created_by: by }) => <Who by={by} /> },
  ];
  const fitting = useFitting(columns, ["version", "ended", "by"]);
  return (
    <Table<Command>
      header={<Titled title={t("overview.failedCommands")} of={failed} />}
      items={all.slice(0, count)}
      footer={
        all.length > count ? (
          <Button onClick={() => setCount(count + FAILED_SHOWN)}>{t("common.more")}</Button>
        ) : (
          failed.data?.isMore && <Box>{t("overview.failedCut", { count: all.length })}</Box>
        )
      }
      trackBy={({ type, id, version }) => `${type}#${id}@${version}`}
      loading={failed.data === undefined && failed.error === undefined}
      loadingText={t("app.loading")}
      empty={failed.data ? t("overview.noFailedCommands") : <LoadingState of={failed} />}
      columnDefinitions={fitting}
    />
  );
}

/** Causes come before what failed behind them, and the newest first. */
function byUrgency(one: Command, other: Command): number {
  const order = Number(one.error === BEHIND) - Number(other.error === BEHIND);
  return order || timeOf(other) - timeOf(one) || one.version - other.version;
}

function timeOf({ finished_at: finished, created_at: created }: Command): number {
  return Date.parse(finished ?? created);
}

interface Heard extends LiveNotification {
  at: number;
}

/** The changes that were told since the page is open. */
function Recent() {
  const { t, moment } = useText();
  const { live, tenant } = useAccess();
  const [heard, setHeard] = useState<readonly Heard[]>([]);
  useEffect(
    () =>
      live.follow(
        {},
        {
          stale: () => undefined,
          changed: (told) =>
            setHeard((before) => [{ ...told, at: Date.now() }, ...before].slice(0, REMEMBERED)),
        },
      ),
    [live],
  );
  return (
    <Table<Heard>
      header={<Header variant="h2">{t("overview.recent")}</Header>}
      items={heard}
      trackBy="id"
      empty={t("overview.noRecent")}
      columnDefinitions={[
        { id: "at", header: t("common.updated"), cell: ({ at }) => moment(at) },
        {
          id: "what",
          header: t("items.one"),
          isRowHeader: true,
          cell: ({ location, sk }) => {
            const href = location === null ? undefined : hrefOfLocation(tenant, location);
            return href === undefined ? sk : <Link href={href}>{sk}</Link>;
          },
        },
        {
          id: "status",
          header: t("common.status"),
          cell: ({ content }) => <Status of={typeof content?.["status"] === "string" ? content["status"] : null} />,
        },
      ]}
    />
  );
}

/** The page of what a location of the API names. */
function hrefOfLocation(tenant: string, location: string): string | undefined {
  const [, , , kind = "", ...parts] = location.split("/").filter(Boolean);
  if (kind === "items") return `${hrefOf(tenant, "items")}/${parts.slice(0, 2).join("/")}`;
  if (["tasks", "imports", "approvals"].includes(kind)) return `${hrefOf(tenant, kind)}/${parts[0] ?? ""}`;
  return undefined;
}
