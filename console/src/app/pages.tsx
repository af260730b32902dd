import Alert from "@cloudscape-design/components/alert";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ComponentType, lazy, type LazyExoticComponent, Suspense } from "react";

import { useMay } from "../data/access";
import { type Right, rolesOf } from "../session/principal";
import { useText } from "../text/text";
import type { TextKey } from "../text/texts";
import { NoPage } from "../ui/NoPage";
import { Page } from "../ui/Page";
import type { Place } from "./router";

export interface PageProps {
  place: Place;
}

type LazyPage = LazyExoticComponent<ComponentType<PageProps>>;

interface Entry {
  name: string;
  title: TextKey;
  right: Right;
  /** How many parts of an address it knows at most. */
  parts: number;
  page: LazyPage;
}

export const PAGES: readonly Entry[] = [
  { name: "overview", title: "overview.title", right: "read", parts: 0, page: lazy(() => import("../pages/Overview")) },
  { name: "items", title: "items.title", right: "read", parts: 2, page: lazy(() => import("../pages/Items")) },
  { name: "executions", title: "executions.title", right: "read", parts: 4, page: lazy(() => import("../pages/Executions")) },
  { name: "imports", title: "imports.title", right: "read", parts: 1, page: lazy(() => import("../pages/Imports")) },
  { name: "tasks", title: "tasks.title", right: "read", parts: 1, page: lazy(() => import("../pages/Tasks")) },
  { name: "approvals", title: "approvals.title", right: "readApprovals", parts: 1, page: lazy(() => import("../pages/Approvals")) },
  { name: "read-models", title: "models.title", right: "environment", parts: 0, page: lazy(() => import("../pages/ReadModels")) },
  { name: "doctor", title: "doctor.title", right: "environment", parts: 1, page: lazy(() => import("../pages/Doctor")) },
];

export function PageOf({ place }: PageProps) {
  const { t } = useText();
  const entry = PAGES.find(({ name }) => name === place.page);
  if (entry === undefined || place.parts.length > entry.parts) return <NoPage />;
  return (
    <Suspense fallback={<StatusIndicator type="loading">{t("app.loading")}</StatusIndicator>}>
      <Permitted entry={entry} place={place} />
    </Suspense>
  );
}

function Permitted({ entry, place }: PageProps & { entry: Entry }) {
  const { t } = useText();
  const isPermitted = useMay(entry.right);
  const Shown = entry.page;
  if (isPermitted) return <Shown place={place} />;
  return (
    <Page title={t(entry.title)}>
      <Alert type="warning" header={t("app.noRight")}>
        {entry.right === "environment"
          ? t("app.ofAllTenants")
          : t("app.noRightText", { names: rolesOf(entry.right).join(", ") })}
      </Alert>
    </Page>
  );
}
