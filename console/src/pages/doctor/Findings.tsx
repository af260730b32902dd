import type { Schemas } from "@command-workflows/client";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { hrefOf } from "../../app/router";
import { useAccess } from "../../data/access";
import { useLoaded } from "../../data/useLoaded";
import { sent } from "../../data/sent";
import { useText } from "../../text/text";
import { LoadingState } from "../../ui/Loading";
import { API_LANGUAGE } from "../../ui/Problem";
import { useQuestion } from "../../ui/ReasonDialog";
import { type Finding, joined } from "./chains";

type Remedy = Finding["remedies"][number];

const PAGE = 20;
const MOST = 200;

/** What the doctor finds, with the requests that help. */
export function Findings() {
  const { t } = useText();
  const { client, session, tenant } = useAccess();
  const [question, ask] = useQuestion();
  const [told, setTold] = useState<string>();
  const [examined, setExamined] = useState<readonly [number, number]>([0, 0]);
  const found = useLoaded(`findings/${tenant}`, async (signal) => {
    const all: Finding[] = [];
    let isMore = false;
    let notExamined: Schemas["FindingPage"]["not_examined"] = [];
    for await (const page of client.pages("listFindings", { query: { limit: PAGE }, signal })) {
      all.push(...page.findings);
      notExamined = page.not_examined;
      setExamined([page.examined.length, page.examinations.length]);
      isMore = page.cursor !== null;
      if (all.length >= MOST) break;
    }
    return { findings: joined(all), notExamined, isMore };
  });
  const remedyOf = (finding: Finding, remedy: Remedy) =>
    ask({
      title: `${t(`doctor.${remedy.does}`)}: ${finding.subject}`,
      text: t("doctor.does", {
        what: t(`doctor.${remedy.does}`),
        method: remedy.method,
        path: decodeURIComponent(remedy.path),
      }),
      does: t(`doctor.${remedy.does}`),
      ...(remedy.does === "redrive" || remedy.does === "cancel" ? { reason: "optional" as const } : {}),
      act: async (reason) => {
        await sent(session, remedy.method, remedy.path, reason === "" ? undefined : { reason });
        setTold(`${t(`doctor.${remedy.does}`)}: ${finding.subject}`);
        found.reload();
      },
    });
  const repairAll = () =>
    ask({
      title: t("doctor.repairAll"),
      text: t("doctor.repairAllText"),
      does: t("doctor.repairAll"),
      act: async () => {
        const { data } = await client.operations.repairFindings({ body: { limit: PAGE } });
        setTold(t("doctor.repaired", { count: data.repairs.filter(({ repaired }) => repaired).length }));
        found.reload();
      },
    });
  const findings = found.data?.findings ?? [];
  const isLooking = found.isLoading && examined[1] > 0;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h2"
        {...(found.data
          ? { counter: `(${found.data.isMore ? t("overview.atLeast", { count: findings.length }) : findings.length})` }
          : {})}
        description={t("doctor.findingsHint")}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="refresh" loading={found.isLoading} onClick={found.reload}>
              {t("common.reload")}
            </Button>
            <Button
              variant="primary"
              disabled={!findings.some(({ can_be_repaired: safe }) => safe)}
              onClick={repairAll}
            >
              {t("doctor.repairAll")}
            </Button>
          </SpaceBetween>
        }
      >
        {t("doctor.findings")}
      </Header>
      {told !== undefined && (
        <Alert type="success" dismissible i18nStrings={{ dismissAriaLabel: t("common.close") }} onDismiss={() => setTold(undefined)}>
          {told}
        </Alert>
      )}
      {isLooking && (
        <StatusIndicator type="loading">
          {t("doctor.looking", { done: examined[0], total: examined[1] })}
        </StatusIndicator>
      )}
      {!(isLooking && found.error === undefined) && <LoadingState of={found} />}
      {found.data && findings.length === 0 && (
        <StatusIndicator type="success">{t("doctor.none")}</StatusIndicator>
      )}
      {findings.map((finding) => (
        <Container
          key={finding.id}
          header={
            <Header
              variant="h3"
              description={finding.subject}
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  {finding.remedies.map((remedy) => (
                    <Button
                      key={remedy.path}
                      ariaLabel={`${t(`doctor.${remedy.does}`)}: ${finding.subject}`}
                      onClick={() => remedyOf(finding, remedy)}
                    >
                      {t(`doctor.${remedy.does}`)}
                    </Button>
                  ))}
                </SpaceBetween>
              }
            >
              <span lang={API_LANGUAGE}>{finding.problem}</span>
            </Header>
          }
        >
          <div lang={API_LANGUAGE}>
            <Box>{finding.detail}</Box>
            <Box color="text-body-secondary">{finding.advice}</Box>
          </div>
          {hrefOfSubject(finding.subject) && (
            <Link href={hrefOfSubject(finding.subject) ?? ""}>{t("common.open")}</Link>
          )}
        </Container>
      ))}
      {(found.data?.notExamined ?? []).length > 0 && (
        <Box color="text-body-secondary">
          {t("doctor.notExamined")}
          {": "}
          <span lang={API_LANGUAGE}>
            {found.data?.notExamined.map(({ examination, reason }) => `${examination} – ${reason}`).join(" ")}
          </span>
        </Box>
      )}
      {question}
    </SpaceBetween>
  );
}

/** The page of a command such as `NOTE#acme NOTE#1@1`; of other work its own page is named otherwise. */
function hrefOfSubject(subject: string): string | undefined {
  const command = /^([^ #]+)#(\S+) \1#(.+)@\d+$/.exec(subject);
  if (command === null) return undefined;
  const [, type = "", tenant = "", id = ""] = command;
  return hrefOf(tenant, "items", type, id);
}
