import type { Schemas } from "@command-workflows/client";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import { useState } from "react";

import type { PageProps } from "../app/pages";
import { hrefOf } from "../app/router";
import { useAccess } from "../data/access";
import { usePages } from "../data/usePages";
import { useText } from "../text/text";
import { BigTable, type Column } from "../ui/BigTable";
import { LoadingState } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Status } from "../ui/Status";
import { Who } from "../ui/Who";
import { ApprovalPage } from "./approvals/ApprovalPage";

/** The inbox, or the request that a deep link names. */
export default function Approvals({ place }: PageProps) {
  const [id] = place.parts;
  return id === undefined ? <Inbox /> : <ApprovalPage key={id} id={id} />;
}

type Summary = Schemas["ApprovalSummary"];
type View = "inbox" | "over";

function Inbox() {
  const { t, moment } = useText();
  const { client, tenant } = useAccess();
  const [view, setView] = useState<View>("inbox");
  const listed = usePages<Summary>(
    `approvals/${tenant}/${view}`,
    async (cursor, signal) => {
      const query = {
        limit: 50,
        ...(view === "over" ? { over: true } : {}),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const { data } = await client.operations.listApprovals({ query, signal });
      return { entries: data.requests, cursor: data.cursor };
    },
    ({ id }) => id,
    { follow: { actions: ["approval-status"] } },
  );
  const question: Column<Summary> = {
    id: "question",
    header: t("approvals.question"),
    width: 360,
    cell: ({ id, title }) => <Link href={hrefOf(tenant, "approvals", id)}>{title}</Link>,
  };
  const status: Column<Summary> = {
    id: "status",
    header: t("common.status"),
    width: 130,
    cell: (one) => <Status of={one.status} />,
  };
  const columns: Column<Summary>[] =
    view === "inbox"
      ? [
          question,
          status,
          { id: "asked", header: t("approvals.asked"), width: 190, isElsewhere: true, cell: ({ created_at: at }) => moment(at) },
          { id: "until", header: t("approvals.until"), width: 190, isElsewhere: true, cell: ({ expires_at: at }) => moment(at) },
          {
            id: "open",
            header: t("common.details"),
            width: 100,
            isElsewhere: true,
            cell: ({ id, title }) => (
              <Button
                variant="inline-link"
                href={hrefOf(tenant, "approvals", id)}
                ariaLabel={`${t("common.open")}: ${title}`}
              >
                {t("common.open")}
              </Button>
            ),
          },
        ]
      : [
          question,
          status,
          { id: "by", header: t("approvals.answeredBy"), width: 190, isElsewhere: true, cell: ({ answered_by: by, is_answer_verified: isVerified }) => <Who by={by} isVerified={isVerified} /> },
          { id: "at", header: t("approvals.answeredAt"), width: 190, isElsewhere: true, cell: ({ answered_at: at }) => moment(at) },
          { id: "reason", header: t("common.reason"), width: 220, isElsewhere: true, cell: ({ reason, cause }) => reason || cause || "–" },
        ];
  return (
    <Page title={t("approvals.title")}>
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SegmentedControl
                label={t("common.filter")}
                selectedId={view}
                onChange={({ detail }) => setView(detail.selectedId as View)}
                options={[
                  { id: "inbox", text: t("approvals.inbox") },
                  { id: "over", text: t("approvals.over") },
                ]}
              />
            }
          >
            {t(view === "inbox" ? "approvals.inbox" : "approvals.over")}
          </Header>
        }
      >
        <LoadingState of={listed} />
        <BigTable
          label={t("approvals.title")}
          rows={listed.entries}
          keyOf={({ id }) => id}
          empty={t(view === "inbox" ? "approvals.none" : "approvals.noneOver")}
          isLoading={listed.isLoading && listed.entries.length === 0}
          isUnknown={listed.data === undefined}
          more={listed.more}
          columns={columns}
        />
      </Container>
    </Page>
  );
}
