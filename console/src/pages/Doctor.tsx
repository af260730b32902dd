import Tabs from "@cloudscape-design/components/tabs";

import type { PageProps } from "../app/pages";
import { go, hrefOf } from "../app/router";
import { useAccess } from "../data/access";
import { useText } from "../text/text";
import { NoPage } from "../ui/NoPage";
import { Page } from "../ui/Page";
import { Discarded } from "./doctor/Discarded";
import { Findings } from "./doctor/Findings";
import { Letters } from "./doctor/Letters";

/** What stands still and what was set aside, with what mends it. */
export default function Doctor({ place }: PageProps) {
  const { t } = useText();
  const { tenant } = useAccess();
  const [tab = "findings"] = place.parts;
  const tabs = [
    { id: "findings", label: t("doctor.findings"), content: <Findings /> },
    { id: "letters", label: t("doctor.letters"), content: <Letters /> },
    { id: "discarded", label: t("doctor.discarded"), content: <Discarded /> },
  ];
  if (!tabs.some(({ id }) => id === tab)) return <NoPage />;
  return (
    <Page title={t("doctor.title")}>
      <Tabs
        activeTabId={tab}
        onChange={({ detail }) => go(hrefOf(tenant, "doctor", detail.activeTabId))}
        tabs={tabs}
      />
    </Page>
  );
}
