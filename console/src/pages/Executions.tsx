import type { Schemas } from "@command-workflows/client";
import Alert from "@cloudscape-design/components/alert";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import type { PageProps } from "../app/pages";
import { go, hrefOf } from "../app/router";
import { useAccess, useMay } from "../data/access";
import { useAction } from "../data/useAction";
import { isNotFound } from "../data/reach";
import { useLoaded } from "../data/useLoaded";
import { usePages } from "../data/usePages";
import { useText } from "../text/text";
import { ActionDialog } from "../ui/ActionDialog";
import { BigTable } from "../ui/BigTable";
import { LoadingState } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { Status } from "../ui/Status";
import { faultOf, objectOf, toldOf } from "./items/fields";
import { ExecutionPage } from "./executions/ExecutionPage";
import { LogOfCommand } from "./executions/LogView";
import { isOfProject, MACHINES, useMayList } from "./executions/machines";

const REFRESH_MS = 5_000;

/** `of/<type>/<id>/<version>`, `task/<id>`, `import/<id>`, `<machine>` or `<machine>/<name>`. */
export default function Executions({ place }: PageProps) {
  const [first, ...more] = place.parts;
  const [one, two, three] = more;
  if (first === undefined) return <Machines />;
  if (first === "of" && one && two && three) return <OfCommand type={one} id={two} version={three} />;
  if (one !== undefined) return <ExecutionPage machine={first} name={one} />;
  return <Permitted key={first} machine={first} />;
}

function Permitted({ machine }: { machine: string }) {
  const { t } = useText();
  const mayList = useMayList(machine);
  if (mayList) return <OfMachine machine={machine} />;
  return (
    <Page title={machine}>
      <Alert type="warning" header={t("app.noRight")}>
        {t("executions.notHere", { machine })}
      </Alert>
    </Page>
  );
}

function Machines() {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const seesAll = useMay("environment");
  const workflows = useLoaded(
    "workflows",
    async (signal) => (await client.operations.listWorkflows({ signal })).data.workflows,
  );
  const names = [...(workflows.data ?? []).map(({ name }) => name), ...(seesAll ? MACHINES : [])];
  return (
    <Page title={t("executions.title")}>
      {names.length > 0 && <LoadingState of={workflows} />}
      <Table
        header={<Header variant="h2">{t("executions.workflows")}</Header>}
        items={names.map((name) => ({ name }))}
        trackBy="name"
        loading={workflows.data === undefined && workflows.error === undefined}
        loadingText={t("app.loading")}
        empty={<LoadingState of={workflows} />}
        columnDefinitions={[
          {
            id: "name",
            header: t("executions.machine"),
            isRowHeader: true,
            cell: ({ name }) => <Link href={hrefOf(tenant, "executions", name)}>{name}</Link>,
          },
        ]}
      />
    </Page>
  );
}

type Listed = Pick<Schemas["WholeExecution"], "machine" | "status" | "started" | "stopped"> & { name: string };

function OfMachine({ machine }: { machine: string }) {
  const { t, moment } = useText();
  const { client, tenant } = useAccess();
  const mayStart = useMay("publish");
  const [isStarting, setStarting] = useState(false);
  const isOurs = isOfProject(machine);
  const listed = usePages<Listed>(
    `executions/${tenant}/${machine}`,
    async (cursor, signal) => {
      const query = { limit: 50, ...(cursor === undefined ? {} : { cursor }) };
      const { data } = isOurs
        ? await client.operations.listAllExecutions({ path: { machine }, query, signal })
        : await client.operations.listWorkflowExecutions({ path: { workflow: machine }, query, signal });
      return { entries: data.executions, cursor: data.cursor };
    },
    ({ name }) => name,
    { everyMs: REFRESH_MS },
  );
  return (
    <Page
      title={machine}
      actions={
        !isOurs &&
        mayStart &&
        !isNotFound(listed.error) && (
          <Button variant="primary" onClick={() => setStarting(true)}>
            {t("executions.startButton")}
          </Button>
        )
      }
    >
      <BreadcrumbGroup
        ariaLabel={t("executions.title")}
        items={[
          { text: t("executions.title"), href: hrefOf(tenant, "executions") },
          { text: machine, href: hrefOf(tenant, "executions", machine) },
        ]}
      />
      <Container header={<Header variant="h2">{t("executions.list", { machine })}</Header>}>
        <LoadingState of={listed} />
        <BigTable
          label={t("executions.list", { machine })}
          rows={listed.entries}
          keyOf={({ name }) => name}
          empty={t(listed.more ? "executions.noneSoFar" : "executions.none")}
          isLoading={listed.isLoading && listed.entries.length === 0}
          isUnknown={listed.data === undefined}
          more={listed.more}
          columns={[
            {
              id: "name",
              header: t("common.name"),
              width: 360,
              cell: ({ name }) => <Link href={hrefOf(tenant, "executions", machine, name)}>{name}</Link>,
            },
            { id: "status", header: t("common.status"), width: 140, cell: ({ status }) => <Status of={status} /> },
            { id: "started", header: t("common.started"), width: 190, isElsewhere: true, cell: ({ started }) => moment(started) },
            { id: "ended", header: t("common.ended"), width: 190, isElsewhere: true, cell: ({ stopped }) => moment(stopped) },
          ]}
        />
      </Container>
      {isStarting && <StartDialog machine={machine} close={() => setStarting(false)} />}
    </Page>
  );
}

function StartDialog({ machine, close }: { machine: string; close: () => void }) {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const [input, setInput] = useState("{}");
  const [name, setName] = useState("");
  const [fault, setFault] = useState<string>();
  const start = useAction(async (given: object) => {
    const { data } = await client.operations.startWorkflow({
      path: { workflow: machine },
      body: { input: given as never, ...(name.trim() === "" ? {} : { name: name.trim() }) },
    });
    close();
    go(hrefOf(tenant, "executions", data.machine, data.name));
  });
  const submit = () => {
    try {
      const given = objectOf(input);
      setFault(undefined);
      start.run(given);
    } catch (error) {
      start.clear();
      setFault(toldOf(faultOf(error), t));
    }
  };
  return (
    <ActionDialog title={t("executions.start", { machine })} does={t("executions.startButton")} act={submit} isRunning={start.isRunning} close={close}>
      <SpaceBetween size="m">
        <FormField label={t("common.input")} description={t("executions.startInput")} errorText={fault}>
          <Textarea value={input} rows={6} spellcheck={false} onChange={({ detail }) => setInput(detail.value)} />
        </FormField>
        <FormField
          label={`${t("common.name")} – ${t("common.optional")}`}
          description={t("executions.startName")}
        >
          <Input value={name} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
        <Problem error={start.error} />
      </SpaceBetween>
    </ActionDialog>
  );
}

/** The executions of a command's attempts. */
function OfCommand({ type, id, version }: { type: string; id: string; version: string }) {
  const { t, moment } = useText();
  const { client, tenant } = useAccess();
  const path = { type, id, version: version as never };
  const found = useLoaded(
    `executions/of/${tenant}/${type}/${id}/${version}`,
    async (signal) => (await client.operations.listCommandExecutions({ path, signal })).data,
    { everyMs: REFRESH_MS },
  );
  const title = t("executions.ofCommand", { id: `${type} ${id} @${version}` });
  return (
    <Page title={title}>
      {found.data?.lane === "express" && <Alert type="info">{t("executions.express")}</Alert>}
      <Container header={<Header variant="h2">{t("items.executions")}</Header>}>
        <LoadingState of={found} />
        <BigTable
          label={t("items.executions")}
          rows={found.data?.executions ?? []}
          keyOf={({ name }, index) => name ?? String(index)}
          empty={t("executions.noneYet")}
          isUnknown={found.data === undefined}
          columns={[
            {
              id: "name",
              header: t("common.name"),
              width: 360,
              cell: ({ machine, name }) =>
                name === null ? "–" : <Link href={hrefOf(tenant, "executions", machine, name)}>{name}</Link>,
            },
            { id: "attempt", header: t("common.attempt"), width: 90, isElsewhere: true, cell: ({ attempt }) => attempt },
            { id: "status", header: t("common.status"), width: 140, cell: ({ status }) => <Status of={status} /> },
            { id: "started", header: t("common.started"), width: 190, isElsewhere: true, cell: ({ started }) => moment(started) },
            { id: "ended", header: t("common.ended"), width: 190, isElsewhere: true, cell: ({ stopped }) => moment(stopped) },
          ]}
        />
      </Container>
      {found.data && (found.data.lane === "express" || found.data.executions.length === 0) && (
        <CommandLog type={type} id={id} version={version} />
      )}
    </Page>
  );
}

/** The log of a command that has no execution to ask for. */
function CommandLog({ type, id, version }: { type: string; id: string; version: string }) {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const [isOver, setOver] = useState(false);
  const path = { type, id, version: version as never };
  const command = useLoaded(
    `command/${tenant}/${type}/${id}/${version}`,
    async (signal) => {
      const { data } = await client.operations.getCommand({ path, signal });
      setOver(data.finished_at !== null);
      return data;
    },
    isOver ? {} : { everyMs: REFRESH_MS },
  );
  const told = command.data;
  return (
    <Container header={<Header variant="h2">{t("executions.log")}</Header>}>
      <LoadingState of={command} />
      {told && (
        <LogOfCommand
          type={type}
          id={id}
          version={version}
          span={{ from: told.created_at, to: told.finished_at }}
        />
      )}
    </Container>
  );
}
