import Alert from "@cloudscape-design/components/alert";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useText } from "../../text/text";
import { API_LANGUAGE } from "../../ui/Problem";
import { Status } from "../../ui/Status";
import type { Run } from "./runs";

/** The phases in their order; a phase that has counted nothing yet is not among a run's. */
const PHASES: readonly Run["phase"][] = ["fill", "settle", "verify", "clear"];

/** A rebuild, replay or removal: how far it is, and what it has counted in each phase. */
export function RunView({ run }: { run: Run }) {
  const { t, moment, number } = useText();
  const counted = PHASES.flatMap((phase) => {
    const counts = Object.entries(run.counts[phase] ?? {}).filter(([, count]) => count !== 0);
    return counts.length === 0 ? [] : [{ phase, text: counts.map(([name, count]) => `${name} ${number(count)}`).join(" · ") }];
  });
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={4}
        items={[
          { label: t("models.run"), value: run.kind },
          { label: t("models.phase"), value: <Status of={run.phase} /> },
          { label: t("common.started"), value: moment(run.begun_at) },
          { label: t("models.phaseSince"), value: moment(run.phase_at) },
          ...counted.map(({ phase, text }) => ({ label: t("models.counted", { phase }), value: text })),
        ]}
      />
      {run.kind === "rebuild" && run.phase === "ready" && <Alert type="info">{t("models.readyText")}</Alert>}
      {run.examples.length > 0 && (
        <Alert type="warning" header={t("models.examples")}>
          <ul lang={API_LANGUAGE}>
            {run.examples.map((example) => (
              <li key={example}>{example}</li>
            ))}
          </ul>
        </Alert>
      )}
    </SpaceBetween>
  );
}
