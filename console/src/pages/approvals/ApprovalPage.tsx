import Alert from "@cloudscape-design/components/alert";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { hrefOf } from "../../app/router";
import { useAccess, useMay } from "../../data/access";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { Json } from "../../ui/Json";
import { LoadingState } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { useQuestion } from "../../ui/ReasonDialog";
import { Status } from "../../ui/Status";
import { Who } from "../../ui/Who";

/** A request for approval: what it is about, and the answer. */
export function ApprovalPage({ id }: { id: string }) {
  const { t, moment } = useText();
  const { client, tenant } = useAccess();
  const mayAnswer = useMay("answer");
  const mayRepair = useMay("repair");
  const [question, ask] = useQuestion();
  const path = { id };
  const request = useLoaded(
    `approval/${tenant}/${id}`,
    async (signal) => (await client.operations.getApproval({ path, signal })).data,
    {
      follow: { actions: ["approval-status"] },
      concerns: ({ location }) => location === null || decodeURIComponent(location).endsWith(`/${id}`),
    },
  );
  const shown = request.data;
  const title = shown?.title ?? id;
  const done = async (act: Promise<unknown>) => {
    await act;
    request.reload();
  };
  const approve = () =>
    ask({
      title: t("approvals.approveTitle", { title }),
      does: t("approvals.approve"),
      reason: "optional",
      act: (reason) => done(client.operations.approve({ path, body: reason === "" ? {} : { reason } })),
    });
  const reject = () =>
    ask({
      title: t("approvals.rejectTitle", { title }),
      does: t("approvals.reject"),
      reason: "needed",
      act: (reason) => done(client.operations.reject({ path, body: { reason } })),
    });
  const close = () =>
    ask({
      title: t("approvals.close"),
      text: t("approvals.closeText"),
      does: t("approvals.close"),
      reason: "optional",
      act: (reason) => done(client.operations.closeApproval({ path, body: reason === "" ? {} : { reason } })),
    });
  const heartbeat = () =>
    ask({
      title: t("approvals.heartbeat"),
      does: t("approvals.heartbeat"),
      act: () => done(client.operations.heartbeatApproval({ path })),
    });
  const isPending = shown?.status === "PENDING";
  return (
    <Page
      title={title}
      actions={
        isPending && (
          <SpaceBetween direction="horizontal" size="xs">
            {mayRepair && <Button onClick={heartbeat}>{t("approvals.heartbeat")}</Button>}
            {mayRepair && <Button onClick={close}>{t("approvals.close")}</Button>}
            {mayAnswer && <Button onClick={reject}>{t("approvals.reject")}</Button>}
            {mayAnswer && (
              <Button variant="primary" onClick={approve}>
                {t("approvals.approve")}
              </Button>
            )}
          </SpaceBetween>
        )
      }
    >
      <BreadcrumbGroup
        ariaLabel={t("approvals.title")}
        items={[
          { text: t("approvals.title"), href: hrefOf(tenant, "approvals") },
          { text: id, href: hrefOf(tenant, "approvals", id) },
        ]}
      />
      <LoadingState of={request} />
      {shown && (
        <Container header={<Header variant="h2">{t("approvals.one")}</Header>}>
          <SpaceBetween size="m">
            {shown.cause && <Alert type="info">{shown.cause}</Alert>}
            <KeyValuePairs
              columns={4}
              items={[
                { label: t("common.status"), value: <Status of={shown.status} /> },
                { label: t("approvals.asked"), value: moment(shown.created_at) },
                { label: t("approvals.until"), value: moment(shown.expires_at) },
                {
                  label: t("approvals.link"),
                  value: (
                    <CopyToClipboard
                      copyButtonText={t("common.copy")}
                      copySuccessText={t("common.copied")}
                      copyErrorText={t("common.notCopied")}
                      textToCopy={window.location.origin + "/" + hrefOf(tenant, "approvals", id)}
                    />
                  ),
                },
                ...(shown.answered_by === null
                  ? []
                  : [
                      {
                        label: t("approvals.answeredBy"),
                        value: <Who by={shown.answered_by} isVerified={shown.is_answer_verified} />,
                      },
                      { label: t("approvals.answeredAt"), value: moment(shown.answered_at) },
                      { label: t("common.reason"), value: shown.reason || "–" },
                      { label: t("approvals.delivered"), value: moment(shown.delivered_at) },
                    ]),
              ]}
            />
            <Json value={shown.subject} label={t("approvals.subject")} />
          </SpaceBetween>
        </Container>
      )}
      {question}
    </Page>
  );
}
