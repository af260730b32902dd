import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { hrefOf } from "../../app/router";
import { useAccess, useMay } from "../../data/access";
import { useApplication } from "../../data/useApplication";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { Json } from "../../ui/Json";
import { LoadingState } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { useQuestion } from "../../ui/ReasonDialog";
import { Status } from "../../ui/Status";
import { Who } from "../../ui/Who";
import { type Chain, type Command, readChain, readHistory, type Version } from "./chain";
import { changesBetween } from "./diff";
import { PublishDialog } from "./PublishDialog";

const SHOWN = 20;

/** An item: its chain of versions, what each changed, and the next one. */
export function ItemPage({ type, id }: { type: string; id: string }) {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const application = useApplication();
  const mayPublish = useMay("publish");
  const [count, setCount] = useState(SHOWN);
  const [chosen, choose] = useState<number>();
  const [isPublishing, setPublishing] = useState(false);
  const [question, ask] = useQuestion();
  const [isMoving, setMoving] = useState(false);
  const [isMissing, setMissing] = useState(false);
  const [finished] = useState(() => new Map<number, Command>());
  const chain = useLoaded(
    `chain/${tenant}/${type}/${id}/${count}`,
    async (signal) => {
      const read = await readChain(client, type, id, count, finished, signal);
      setMoving(read?.versions.some(isUnderWay) ?? false);
      setMissing(read === undefined);
      return read;
    },
    {
      isMissing,
      follow: { actions: ["command-status"], pk: `${type}#${tenant}`, sk_prefix: `${type}#${id}@` },
      // What somebody else publishes is told at its end only.
      everyMs: isMoving ? 2_000 : 15_000,
    },
  );
  const shown = chain.data;
  // A form that began empty would take away what the item has.
  const isReady = [chain, application].every(({ data, isLoading }) => data !== undefined || !isLoading);
  const current = shown?.versions.find(({ version }) => version === chosen) ?? shown?.versions[0];
  const remove = ({ newest }: Chain) =>
    ask({
      title: t("items.delete"),
      text: t("items.deleteText", { id, version: newest }),
      does: t("items.delete"),
      act: async () => {
        await client.operations.deleteItem({ path: { type, id }, headers: { "If-Match": `"${newest}"` } });
        chain.reload();
      },
    });
  return (
    <Page
      title={`${type} ${id}`}
      {...(shown?.item?.name ? { description: shown.item.name } : {})}
      actions={
        mayPublish && (
          <SpaceBetween direction="horizontal" size="xs">
            {shown?.item && !shown.item.is_deleted && (
              <Button onClick={() => remove(shown)}>{t("items.delete")}</Button>
            )}
            <Button variant="primary" disabled={!isReady} onClick={() => setPublishing(true)}>
              {t("items.publishNext")}
            </Button>
          </SpaceBetween>
        )
      }
    >
      <BreadcrumbGroup
        ariaLabel={t("items.title")}
        items={[
          { text: t("items.title"), href: hrefOf(tenant, "items") },
          { text: type, href: hrefOf(tenant, "items", type) },
          { text: id, href: hrefOf(tenant, "items", type, id) },
        ]}
      />
      <LoadingState of={chain} />
      {shown === undefined && !chain.isLoading && chain.error === undefined && (
        <Alert type="info">{t("items.notThere")}</Alert>
      )}
      {shown?.stuckAt !== undefined && (
        <Stuck
          type={type}
          id={id}
          version={shown.stuckAt}
          isCause={shown.versions.find(({ version }) => version === shown.stuckAt)?.outcome !== "behind"}
          reload={chain.reload}
        />
      )}
      {shown && (
        <Grid gridDefinition={[{ colspan: { default: 12, s: 5 } }, { colspan: { default: 12, s: 7 } }]}>
          <Lane
            chain={shown}
            chosen={current?.version}
            choose={choose}
            {...(shown.newest > count ? { more: () => setCount(count + SHOWN) } : {})}
          />
          <SpaceBetween size="l">
            {current && <Difference type={type} id={id} chain={shown} of={current} />}
            <Now chain={shown} />
          </SpaceBetween>
        </Grid>
      )}
      {question}
      {isPublishing && (
        <PublishDialog
          type={type}
          id={id}
          types={application.data?.itemTypes ?? {}}
          {...(shown ? { chain: shown } : {})}
          close={() => {
            setPublishing(false);
            choose(undefined);
            chain.reload();
          }}
        />
      )}
    </Page>
  );
}

function isUnderWay({ outcome }: Version): boolean {
  return outcome === "running" || outcome === "waiting";
}

interface StuckProps {
  type: string;
  id: string;
  version: number;
  /** Whether it has failed by itself. */
  isCause: boolean;
  reload: () => void;
}

/** A chain that has failed: what keeps it, and the retry. */
function Stuck({ type, id, version, isCause, reload }: StuckProps) {
  const { t } = useText();
  const { client, tenant } = useAccess();
  const mayRepair = useMay("repair");
  const [question, ask] = useQuestion();
  const [restarted, setRestarted] = useState<number>();
  const path = { type, id, version: String(version) as never };
  const obstacle = useLoaded(
    mayRepair ? `obstacle/${tenant}/${type}/${id}/${version}` : null,
    async (signal) => (await client.operations.getObstacle({ path, signal })).data.obstacle,
  );
  const retry = () =>
    ask({
      title: t("items.retry"),
      text: t("items.retryText", { id, version }),
      does: t("items.retry"),
      act: async () => {
        const { data } = await client.operations.retryCommand({ path });
        setRestarted(data.restarted.length);
        reload();
      },
    });
  const cause = obstacle.data;
  return (
    <>
      <Alert
        type="error"
        header={isCause ? t("items.failedBecause", { version }) : t("items.failedEarlier")}
        action={mayRepair && <Button onClick={retry}>{t("items.retry")}</Button>}
      >
        {restarted !== undefined && <div>{t("items.restarted", { count: restarted })}</div>}
        {cause ? `${t("items.obstacle")}: ${cause.cause ?? ""}` : null}
      </Alert>
      {question}
    </>
  );
}

interface LaneProps {
  chain: Chain;
  chosen: number | undefined;
  choose: (version: number) => void;
  more?: () => void;
}

function Lane({ chain, chosen, choose, more }: LaneProps) {
  const { t } = useText();
  return (
    <Container
      header={
        <Header variant="h2" description={t("items.laneHint")}>
          {t("items.lane")}
        </Header>
      }
    >
      <ol className="lane" reversed aria-label={t("items.lane")}>
        {chain.versions.map((one) => (
          <li key={one.version}>
            <button
              type="button"
              data-state={one.outcome}
              aria-pressed={one.version === chosen}
              onClick={() => choose(one.version)}
            >
              <Entry of={one} />
            </button>
          </li>
        ))}
      </ol>
      {more && <Button onClick={more}>{t("items.olderVersions")}</Button>}
    </Container>
  );
}

function Entry({ of }: { of: Version }) {
  const { t, moment } = useText();
  const { version, command } = of;
  return (
    <>
      <strong>{version}</strong> {useOutcome(of)}
      <small>
        {command
          ? [
              <Who key="who" by={command.created_by} isVerified={command.is_author_verified} />,
              ` · ${moment(command.created_at)}`,
            ]
          : t("items.expired")}
      </small>
      {of.outcome === "failed" && <small>{`${command?.error ?? ""}: ${command?.cause ?? ""}`}</small>}
    </>
  );
}

function useOutcome({ outcome, because, version, command }: Version): string {
  const { t } = useText();
  switch (outcome) {
    case "applied":
      return t(command === undefined ? "items.expired" : "items.applied");
    case "running":
      return t("items.running");
    case "waiting":
      return t("items.waitsFor", { version: because ?? version - 1 });
    case "behind":
      return because === undefined ? t("items.failedEarlier") : t("items.failedBecause", { version: because });
    case "failed":
      return t("items.failedItself");
    case "unknown":
      return t("common.unknown");
  }
}

interface DifferenceProps {
  type: string;
  id: string;
  chain: Chain;
  of: Version;
}

function Difference({ type, id, chain, of }: DifferenceProps) {
  const { t, moment } = useText();
  const { client, tenant } = useAccess();
  const { version, command } = of;
  const before = chain.versions.find((one) => one.version === version - 1);
  const wantsHistory = version > 1 && before?.content === undefined;
  const own = useLoaded(
    of.content === undefined ? `history/${tenant}/${type}/${id}/${version}` : null,
    (signal) => readHistory(client, type, id, version, signal),
  );
  const earlier = useLoaded(
    wantsHistory ? `history/${tenant}/${type}/${id}/${version - 1}` : null,
    (signal) => readHistory(client, type, id, version - 1, signal),
  );
  const after = of.content ?? own.data;
  const prior = before?.content ?? earlier.data;
  const changes = after === undefined ? [] : changesBetween(prior, after);
  const title = t(prior === undefined ? "items.diffFirst" : "items.diff", { version });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Link href={hrefOf(tenant, "executions", "of", type, id, String(version))}>
              {t("items.executions")}
            </Link>
          }
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {command && (
          <KeyValuePairs
            columns={3}
            items={[
              { label: t("common.status"), value: <Status of={command.status} /> },
              {
                label: t("common.createdBy"),
                value: <Who by={command.created_by} isVerified={command.is_author_verified} />,
              },
              { label: t("common.ended"), value: moment(command.finished_at) },
            ]}
          />
        )}
        {command?.error && (
          <Alert type="error" header={command.error}>
            {command.cause}
          </Alert>
        )}
        {after === undefined && !own.isLoading && own.error === undefined && <Box>{t("items.contentGone")}</Box>}
        {after !== undefined && changes.length === 0 && <Box>{t("items.same")}</Box>}
        {changes.length > 0 && (
          <table className="diff" aria-label={title}>
            <thead>
              <tr>
                <th scope="col">{t("items.attribute")}</th>
                <th scope="col">{t("items.before")}</th>
                <th scope="col">{t("items.after")}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ path, before: was, after: is }) => (
                <tr key={path}>
                  <th scope="row">{path}</th>
                  <td>{was !== undefined && <del>{was}</del>}</td>
                  <td>{is !== undefined && <ins>{is}</ins>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Now({ chain: { item, newest } }: { chain: Chain }) {
  const { t, moment } = useText();
  return (
    <Container header={<Header variant="h2">{t("items.now")}</Header>}>
      {item === undefined ? (
        t("items.notThere")
      ) : (
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={3}
            items={[
              { label: t("items.appliedVersion"), value: item.version },
              { label: t("items.newestVersion"), value: newest },
              { label: t("common.updated"), value: moment(item.updated_at) },
            ]}
          />
          {item.is_deleted && <Alert type="warning">{t("items.deleted")}</Alert>}
          <Json value={item.attributes} label={t("items.attributes")} />
        </SpaceBetween>
      )}
    </Container>
  );
}
