import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useAccess } from "../../data/access";
import { useAction } from "../../data/useAction";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { ActionDialog } from "../../ui/ActionDialog";
import { LoadingState } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";

interface Props {
  name: string;
  reload: () => void;
  close: () => void;
}

/** Fill a new generation, after a look at what that takes. */
export function RebuildDialog({ name, reload, close }: Props) {
  const { t, number, span } = useText();
  const { client } = useAccess();
  const [fromHistory, setFromHistory] = useState(false);
  const [hold, setHold] = useState(false);
  const path = { name };
  const estimate = useLoaded(
    `read-models/${name}/estimate`,
    async (signal) => (await client.operations.estimateRebuild({ path, signal })).data,
  );
  const begin = useAction(async () => {
    try {
      await client.operations.rebuildReadModel({ path, body: { from_history: fromHistory, hold } });
      close();
    } finally {
      reload();
    }
  });
  const told = estimate.data;
  return (
    <ActionDialog
      title={`${t("models.rebuild")}: ${name}`}
      does={t("models.rebuild")}
      act={begin.run}
      isRunning={begin.isRunning}
      close={close}
    >
      <SpaceBetween size="m">
        <Box>{t("models.rebuildText")}</Box>
        <LoadingState of={estimate} />
        {told && (
          <Box>
            {t(told.exact ? "models.estimate" : "models.roughEstimate", {
              items: number(told.items),
              time: span(told.seconds * 1000),
              usd: number(told.usd, 4),
            })}
          </Box>
        )}
        <Checkbox
          checked={fromHistory}
          description={t("models.fromHistoryHint")}
          onChange={({ detail }) => setFromHistory(detail.checked)}
        >
          {t("models.fromHistory")}
        </Checkbox>
        <Checkbox checked={hold} description={t("models.holdHint")} onChange={({ detail }) => setHold(detail.checked)}>
          {t("models.hold")}
        </Checkbox>
        <Problem error={begin.error} />
      </SpaceBetween>
    </ActionDialog>
  );
}
