import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { useAccess } from "../data/access";
import { useLoaded } from "../data/useLoaded";
import { useText } from "../text/text";
import { LoadingState } from "../ui/Loading";
import { Page } from "../ui/Page";
import { ModelView } from "./read-models/ModelView";
import { isUnderWay } from "./read-models/runs";

/** No channel tells of runs. */
const RUNNING_MS = 2_000;
const QUIET_MS = 15_000;

/** The read models of the environment: what is read of each, and what fills the next of it. */
export default function ReadModels() {
  const { t } = useText();
  const { client } = useAccess();
  const [isRunning, setRunning] = useState(false);
  const models = useLoaded(
    "read-models",
    async (signal) => {
      const { data } = await client.operations.listReadModels({ signal });
      setRunning(data.read_models.some(({ run }) => isUnderWay(run)));
      return data.read_models;
    },
    { everyMs: isRunning ? RUNNING_MS : QUIET_MS },
  );
  return (
    <Page title={t("models.title")} description={t("models.description")}>
      <LoadingState of={models} />
      {models.data?.length === 0 && <StatusIndicator type="info">{t("models.none")}</StatusIndicator>}
      <SpaceBetween size="l">
        {(models.data ?? []).map((model) => (
          <ModelView key={model.name} model={model} reload={models.reload} />
        ))}
      </SpaceBetween>
    </Page>
  );
}
