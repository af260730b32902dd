import type { Schemas } from "@command-workflows/client";
import Alert from "@cloudscape-design/components/alert";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";

import { hrefOf } from "../../app/router";
import { useAccess } from "../../data/access";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { BigTable } from "../../ui/BigTable";
import { Json } from "../../ui/Json";
import { LoadingState } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { Status } from "../../ui/Status";
import { isTaskWithin, type MachineDefinition, TASK } from "./definition";
import { Graph } from "./Graph";
import { LogOfState } from "./LogView";
import { useMayList } from "./machines";

type Step = Schemas["ExecutionStates"]["states"][number];

/** Step Functions tells nobody of the states, so a running execution is asked. */
const RUNNING_MS = 1_000;
/** So often its steps are read after its end was seen, as neither of the two is told at once everywhere. */
const READS_AFTER_END = 3;
const CHARACTERS = 2_000;
const PAGE = 1_000;
const MOST_STEPS = 5_000;

/** An execution: its graph, its steps, and what each got, gave and failed with. */
export function ExecutionPage({ machine, name }: { machine: string; name: string }) {
  const { t, moment, span } = useText();
  const { client, tenant } = useAccess();
  const mayList = useMayList(machine);
  const [isRunning, setRunning] = useState(true);
  const [chosen, choose] = useState<string>();
  const path = { machine, name };
  const [readsLeft, setReadsLeft] = useState(READS_AFTER_END);
  const execution = useLoaded(
    `execution/${tenant}/${machine}/${name}`,
    async (signal) => {
      const query = { characters: CHARACTERS };
      const { data } = await client.operations.readExecution({ path, query, signal });
      setRunning(data.status === "RUNNING");
      return data;
    },
    isRunning ? { everyMs: RUNNING_MS } : {},
  );
  const steps = useLoaded(
    `states/${tenant}/${machine}/${name}`,
    async (signal) => {
      const all: Step[] = [];
      let isComplete = true;
      const query = { characters: CHARACTERS, limit: PAGE };
      for await (const page of client.pages("listStates", { path, query, signal })) {
        all.push(...page.states);
        isComplete = page.is_complete;
        if (all.length >= MOST_STEPS) break;
      }
      if (!isRunning) setReadsLeft((before) => before - 1);
      return { states: all, isComplete };
    },
    isRunning || readsLeft > 0 ? { everyMs: RUNNING_MS } : {},
  );
  const definition = useLoaded(
    `definition/${machine}`,
    async (signal) =>
      (await client.operations.getDefinition({ path: { machine }, signal })).data
        .definition as unknown as MachineDefinition,
  );
  const states = steps.data?.states;
  const statuses = useMemo(() => statusesOf(states ?? []), [states]);
  const shown = execution.data;
  const ofChosen = chosen === undefined ? states : states?.filter(({ state }) => state === chosen);
  // A map of rows has executions of its own. So the history lacks the states within; so do those of an emulator.
  const isUntold =
    chosen !== undefined &&
    ofChosen?.length === 0 &&
    definition.data !== undefined &&
    isTaskWithin(definition.data, chosen);
  return (
    <Page title={name} description={machine} {...(shown ? { actions: <Status of={shown.status} /> } : {})}>
      <BreadcrumbGroup
        ariaLabel={t("executions.title")}
        items={[
          { text: t("executions.title"), href: hrefOf(tenant, "executions") },
          ...(mayList ? [{ text: machine, href: hrefOf(tenant, "executions", machine) }] : []),
          { text: name, href: hrefOf(tenant, "executions", machine, name) },
        ]}
      />
      <LoadingState of={execution} />
      {shown?.error && (
        <Alert type="error" header={shown.error}>
          {shown.cause}
        </Alert>
      )}
      {shown && (
        <KeyValuePairs
          columns={4}
          items={[
            { label: t("common.status"), value: <Status of={shown.status} /> },
            { label: t("common.started"), value: moment(shown.started) },
            { label: t("common.ended"), value: moment(shown.stopped) },
            {
              label: t("executions.duration"),
              value: shown.stopped === null ? "–" : span(Date.parse(shown.stopped) - Date.parse(shown.started)),
            },
          ]}
        />
      )}
      <Grid gridDefinition={[{ colspan: { default: 12, s: 6 } }, { colspan: { default: 12, s: 6 } }]}>
        <Container
          header={
            <Header variant="h2" description={t("executions.graphHint")}>
              {t("executions.graph")}
            </Header>
          }
        >
          <LoadingState of={definition} />
          {definition.data && (
            <Graph
              machine={definition.data}
              label={t("executions.graph")}
              statuses={statuses}
              chosen={chosen}
              choose={(state) => choose(state === chosen ? undefined : state)}
            />
          )}
        </Container>
        <SpaceBetween size="l">
          <Container
            header={
              <Header
                variant="h2"
                counter={`(${ofChosen?.length ?? 0})`}
                actions={
                  chosen !== undefined && (
                    <Button onClick={() => choose(undefined)}>{t("common.all")}</Button>
                  )
                }
              >
                {chosen ?? t("executions.states")}
              </Header>
            }
          >
            <LoadingState of={steps} />
            {steps.data?.isComplete === false && <Alert type="info">{t("executions.incomplete")}</Alert>}
            <Steps steps={ofChosen} isLoading={steps.isLoading} choose={choose} />
          </Container>
          {chosen !== undefined &&
            (ofChosen ?? []).slice(-5).map((step, index, { length }) => (
              <StepDetails
                key={step.id}
                step={step}
                machine={machine}
                execution={name}
                stopped={shown?.stopped ?? null}
                isLast={index === length - 1}
              />
            ))}
          {chosen !== undefined && shown && isUntold && (
            <Container header={<Header variant="h2">{t("executions.logOf", { state: chosen })}</Header>}>
              <LogOfState
                machine={machine}
                execution={name}
                state={chosen}
                span={{ from: shown.started, to: shown.stopped }}
              />
            </Container>
          )}
          {chosen === undefined && shown && (
            <Container header={<Header variant="h2">{t("common.details")}</Header>}>
              <SpaceBetween size="s">
                <Told label={t("common.input")} text={shown.input} isCut={shown.input_is_cut} />
                <Told label={t("common.output")} text={shown.output} isCut={shown.output_is_cut} />
              </SpaceBetween>
            </Container>
          )}
        </SpaceBetween>
      </Grid>
    </Page>
  );
}

interface StepsProps {
  /** Undefined if they were not read yet. */
  steps: readonly Step[] | undefined;
  isLoading: boolean;
  choose: (state: string) => void;
}

function Steps({ steps, isLoading, choose }: StepsProps) {
  const { t, span } = useText();
  return (
    <BigTable
      label={t("executions.states")}
      rows={steps ?? []}
      keyOf={({ id }) => String(id)}
      empty={t("executions.noneYet")}
      isLoading={isLoading && (steps ?? []).length === 0}
      isUnknown={steps === undefined}
      columns={[
        {
          id: "state",
          header: t("executions.state"),
          width: 190,
          cell: ({ state, iteration }) => (
            <Button variant="inline-link" onClick={() => choose(state)}>
              {iteration === null ? state : `${state} [${iteration}]`}
            </Button>
          ),
        },
        { id: "status", header: t("common.status"), width: 140, cell: ({ status }) => <Status of={status} /> },
        {
          id: "took",
          header: t("executions.duration"),
          width: 90,
          isElsewhere: true,
          cell: ({ entered, exited }) =>
            exited === null ? "–" : span(Date.parse(exited) - Date.parse(entered)),
        },
        {
          id: "tries",
          header: t("executions.failedTries"),
          width: 90,
          isElsewhere: true,
          cell: ({ failed_tries: count }) => count,
        },
      ]}
    />
  );
}

interface DetailsProps {
  step: Step;
  machine: string;
  execution: string;
  /** When the execution ended, if it has. */
  stopped: string | null;
  /** Its log is read at once; that of an earlier step when somebody opens it. */
  isLast: boolean;
}

function StepDetails({ step, machine, execution, stopped, isLast }: DetailsProps) {
  const { t, moment } = useText();
  // What was cut off has not been left.
  const ended = step.exited ?? (step.status === "RUNNING" ? null : stopped);
  const [isLogOpen, openLog] = useState(isLast);
  const command = `.venv/bin/cqrs logs --execution '${machine}/${execution}' --state '${step.state}'`;
  return (
    <ExpandableSection
      variant="container"
      defaultExpanded
      headerText={t("executions.step", { id: step.id, state: step.state })}
    >
      <SpaceBetween size="s">
        <KeyValuePairs
          columns={4}
          items={[
            { label: t("common.status"), value: <Status of={step.status} /> },
            { label: t("common.started"), value: moment(step.entered) },
            { label: t("common.ended"), value: moment(step.exited) },
            { label: t("executions.failedTries"), value: step.failed_tries },
          ]}
        />
        {step.error && (
          <Alert type="error" header={step.error}>
            {step.cause}
          </Alert>
        )}
        <Told label={t("common.input")} text={step.input} isCut={step.input_is_cut} />
        <Told label={t("common.output")} text={step.output} isCut={step.output_is_cut} />
        <ExpandableSection
          headerText={t("executions.log")}
          expanded={isLogOpen}
          onChange={({ detail }) => openLog(detail.expanded)}
        >
          {isLogOpen && step.type !== TASK && t("executions.logNoCall", { type: step.type })}
          {isLogOpen && step.type === TASK && (
            <SpaceBetween size="xs">
              {step.iteration !== null && <div>{t("executions.logOfItems")}</div>}
              <LogOfState
                machine={machine}
                execution={execution}
                state={step.state}
                span={{ from: step.entered, to: ended }}
              />
              <div>{t("executions.logHint")}</div>
              <Json value={command} label={t("executions.logCommand")} />
            </SpaceBetween>
          )}
        </ExpandableSection>
      </SpaceBetween>
    </ExpandableSection>
  );
}

function Told({ label, text, isCut }: { label: string; text: string | null; isCut: boolean }) {
  const { t } = useText();
  if (text === null) return null;
  return (
    <div>
      <div>{isCut ? `${label} – ${t("common.cut")}` : label}</div>
      <Json value={text} label={label} />
    </div>
  );
}

/** How the last stay in each state went. One that failed in any iteration shows that. */
function statusesOf(steps: readonly Step[]): ReadonlyMap<string, string> {
  const statuses = new Map<string, string>();
  for (const { state, status, iteration } of steps) {
    const before = statuses.get(state);
    const isWorse = before === "FAILED" || before === "RUNNING";
    if (iteration === null || !isWorse) statuses.set(state, status);
  }
  return statuses;
}
