import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { useAccess } from "../data/access";
import { useLoaded } from "../data/useLoaded";
import { useText } from "../text/text";
import { LoadingState } from "../ui/Loading";
import { Page } from "../ui/Page";
import { ModelView } from "./read-models/ModelView";
import { isUnderWay, Looks, RUNNING_MS } from "./read-models/runs";

/** While no run is known to be under way. */
const QUIET_MS = 15_000;

/** The read models of the environment: what is read of each, and what fills the next of it. */
export default function ReadModels() {
  const { t } = useText();
  const { client } = useAccess();
  const [isRunning, setRunning] = useState(false);
  const [looks] = useState(() => new Looks());
  const models = useLoaded(
    "read-models",
    async (signal) => {
      const { data } = await client.operations.listReadModels({ signal });
      setRunning(data.read_models.some(({ run }) => isUnderWay(run)));
      const now = Date.now();
      return data.read_models.map((model) => ({ model, isStill: looks.isStill(model, now) }));
    },
    { everyMs: isRunning ? RUNNING_MS : QUIET_MS },
  );
  return (
    <Page title={t("models.title")} description={t("models.description")}>
      <LoadingState of={models} />
      {models.data?.length === 0 && <StatusIndicator type="info">{t("models.none")}</StatusIndicator>}
      <SpaceBetween size="l">
        {(models.data ?? []).map(({ model, isStill }) => (
          <ModelView key={model.name} model={model} isStill={isStill} reload={models.reload} />
        ))}
      </SpaceBetween>
    </Page>
  );
}
