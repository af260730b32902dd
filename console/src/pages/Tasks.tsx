import { parseJson, type Schemas } from "@command-workflows/client";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import type { PageProps } from "../app/pages";
import { go, hrefOf } from "../app/router";
import { useAccess, useMay } from "../data/access";
import { useAction } from "../data/useAction";
import { useApplication } from "../data/useApplication";
import { isFirstLoad } from "../data/useLoaded";
import { usePages } from "../data/usePages";
import { useText } from "../text/text";
import { ActionDialog } from "../ui/ActionDialog";
import { BigTable } from "../ui/BigTable";
import { LoadingState } from "../ui/Loading";
import { Page } from "../ui/Page";
import { useIsPhone } from "../ui/phone";
import { Problem } from "../ui/Problem";
import { Status } from "../ui/Status";
import { Who } from "../ui/Who";
import { TaskPage } from "./tasks/TaskPage";

export default function Tasks({ place }: PageProps) {
  const [id] = place.parts;
  return id === undefined ? <List /> : <TaskPage key={id} id={id} />;
}

type Task = Schemas["Task"];

/** Ids of the same type differ at their end; a phone has no room for more. */
const SHOWN_OF_ID = 6;
/** Of a row with three lines. */
const BRIEF_HEIGHT = 75;
const STATUSES = ["", "CREATED", "QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"] as const;

function List() {
  const { t, moment, number } = useText();
  const { client, tenant } = useAccess();
  const mayMake = useMay("publish");
  const isPhone = useIsPhone();
  const [isMaking, setMaking] = useState(false);
  const [status, setStatus] = useState<(typeof STATUSES)[number]>("");
  const listed = usePages<Task>(
    `tasks/${tenant}/${status}`,
    async (cursor, signal) => {
      const query = {
        limit: 50,
        ...(status === "" ? {} : { status }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const { data } = await client.operations.listTasks({ query, signal });
      return { entries: data.tasks, cursor: data.cursor };
    },
    ({ id }) => id,
    { follow: { actions: ["task-status"] } },
  );
  const options = STATUSES.map((value) => ({ value, label: value === "" ? t("common.all") : value }));
  return (
    <Page
      title={t("tasks.title")}
      actions={
        mayMake && (
          <Button variant="primary" onClick={() => setMaking(true)}>
            {t("tasks.new")}
          </Button>
        )
      }
    >
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Select
                ariaLabel={t("common.status")}
                options={options}
                selectedOption={options.find(({ value }) => value === status) ?? null}
                onChange={({ detail }) => setStatus(detail.selectedOption.value as typeof status)}
              />
            }
          >
            {t("tasks.title")}
          </Header>
        }
      >
        <LoadingState of={listed} />
        <BigTable
          label={t("tasks.title")}
          rows={listed.entries}
          keyOf={({ id }) => id}
          empty={t("tasks.none")}
          isLoading={listed.isLoading && listed.entries.length === 0}
          isUnknown={listed.data === undefined}
          more={listed.more}
          rowHeight={isPhone ? BRIEF_HEIGHT : undefined}
          columns={[
            {
              id: "id",
              header: t("common.id"),
              width: 300,
              cell: (one) => (isPhone ? <Brief task={one} /> : <Link href={hrefOf(tenant, "tasks", one.id)}>{one.id}</Link>),
            },
            { id: "status", header: t("common.status"), width: 150, cell: (one) => <Status of={one.status} /> },
            {
              id: "parts",
              header: t("tasks.subTasks"),
              width: 110,
              isElsewhere: true,
              cell: ({ counters }) => (counters === null ? "–" : number(counters["total"] ?? 0)),
            },
            { id: "made", header: t("common.created"), width: 190, isElsewhere: true, cell: ({ created_at: at }) => moment(at) },
            { id: "by", header: t("common.createdBy"), width: 190, isElsewhere: true, cell: ({ created_by: by }) => <Who by={by} /> },
          ]}
        />
      </Container>
      {isMaking && <MakeDialog close={() => setMaking(false)} />}
    </Page>
  );
}

/** What a phone tells a task by. */
function Brief({ task: { id, type, created_at: at } }: { task: Task }) {
  const { brief } = useText();
  const { tenant } = useAccess();
  return (
    <>
      <div className="one-line">
        <Link href={hrefOf(tenant, "tasks", id)}>{type}</Link>
      </div>
      <div>…{id.slice(-SHOWN_OF_ID)}</div>
      <div>{brief(at)}</div>
    </>
  );
}

function MakeDialog({ close }: { close: () => void }) {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const application = useApplication();
  const types = application.data?.taskTypes ?? [];
  const [chosen, setType] = useState<string>();
  const [input, setInput] = useState("");
  const [fault, setFault] = useState<string>();
  const [isTried, setTried] = useState(false);
  const type = chosen ?? types[0];
  const make = useAction(async (given: unknown) => {
    const body = Array.isArray(given) ? { type, items: given } : { type, input: given };
    const { data } = await client.operations.createTask({ body: body as never });
    close();
    go(hrefOf(tenant, "tasks", data.id));
  });
  const submit = () => {
    setTried(true);
    try {
      const given = parseJson(input);
      setFault(undefined);
      if (type !== undefined) make.run(given);
    } catch (error) {
      make.clear();
      setFault(t("tasks.notJson", { problem: error instanceof Error ? error.message : String(error) }));
    }
  };
  return (
    <ActionDialog
      title={t("tasks.new")}
      does={t("tasks.make")}
      act={submit}
      isRunning={make.isRunning}
      isReady={!isFirstLoad(application)}
      close={close}
    >
      <SpaceBetween size="m">
        <LoadingState of={application} />
        <FormField label={t("common.type")} errorText={isTried && type === undefined ? t("tasks.typeNeeded") : undefined}>
          <Select
            options={types.map((value) => ({ value, label: value }))}
            selectedOption={type === undefined ? null : { value: type, label: type }}
            onChange={({ detail }) => setType(detail.selectedOption.value)}
          />
        </FormField>
        <FormField label={t("tasks.input")} description={t("tasks.inputHint")} errorText={fault}>
          <Textarea value={input} rows={8} spellcheck={false} onChange={({ detail }) => setInput(detail.value)} />
        </FormField>
        <Problem error={make.error} />
      </SpaceBetween>
    </ActionDialog>
  );
}
