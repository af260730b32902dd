import Alert from "@cloudscape-design/components/alert";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { Fragment } from "react";

import { useText } from "../../text/text";
import { API_LANGUAGE } from "../../ui/Problem";
import { Status } from "../../ui/Status";
import type { Run } from "./runs";

/** The phases in their order; a phase that has counted nothing yet is not among a run's. */
const PHASES = ["fill", "settle", "verify", "clear"] as const satisfies readonly Run["phase"][];
const COUNTS = [
  "scanned",
  "read",
  "written",
  "refused",
  "repaired",
  "shown",
  "hidden",
  "moved",
  "missing",
  "equal",
  "different",
  "living_behind",
  "living_shown",
  "removed",
] as const;

type CountName = (typeof COUNTS)[number];

/** The API may be newer than the page. */
function isKnown(name: string): name is CountName {
  return (COUNTS as readonly string[]).includes(name);
}

interface Counted {
  phase: (typeof PHASES)[number];
  counts: readonly (readonly [string, number])[];
}

function countedBy(run: Run): Counted[] {
  return PHASES.map((phase) => ({
    phase,
    counts: Object.entries(run.counts[phase] ?? {}).filter(([, count]) => count !== 0),
  })).filter(({ counts }) => counts.length > 0);
}

/** A rebuild, replay or removal: how far it is, and what it has counted in each phase. */
export function RunView({ run, label }: { run: Run; label: string }) {
  const { t, moment } = useText();
  const counted = countedBy(run);
  const counts = COUNTS.filter((name) => counted.some((one) => one.counts.some(([known]) => known === name)));
  const differs = (run.counts["verify"]?.["different"] ?? 0) + (run.counts["verify"]?.["missing"] ?? 0) > 0;
  const waits = run.kind === "rebuild" && run.phase === "ready";
  const tookNothing = run.kind === "replay" && run.phase === "done" && (run.counts["fill"]?.["read"] ?? 0) === 0;
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={4}
        items={[
          { label, value: <span title={run.kind}>{t(`models.kind.${run.kind}`)}</span> },
          { label: t("models.phase"), value: <PhaseView phase={run.phase} isAsAsked={run.hold && !differs} /> },
          { label: t("common.started"), value: moment(run.begun_at) },
          { label: t("models.phaseSince"), value: moment(run.phase_at) },
          ...counted.map((one) => ({
            label: t("models.counted", { phase: t(`models.phase.${one.phase}`) }),
            value: <Counts of={one} />,
          })),
        ]}
      />
      {counts.length > 0 && (
        <ExpandableSection headerText={t("models.counts")}>
          <ul>
            {counts.map((name) => (
              <li key={name}>
                <strong>{t(`models.count.${name}`)}</strong>: {t(`models.counts.${name}`)}
              </li>
            ))}
          </ul>
        </ExpandableSection>
      )}
      {waits && <Alert type={differs ? "warning" : "info"}>{t(differs ? "models.differsText" : "models.readyText")}</Alert>}
      {tookNothing && <Alert type="warning">{t("models.replayedNothing")}</Alert>}
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

/** A phase in words, with the API's own in its title. */
function PhaseView({ phase, isAsAsked }: { phase: Run["phase"]; isAsAsked: boolean }) {
  const { t } = useText();
  const text = t(`models.phase.${phase}`);
  return (
    <span title={phase}>
      {phase === "ready" && isAsAsked ? (
        <StatusIndicator type="pending">{text}</StatusIndicator>
      ) : (
        <Status of={phase}>{text}</Status>
      )}
    </span>
  );
}

function Counts({ of: { counts } }: { of: Counted }) {
  const { t, number } = useText();
  return (
    <>
      {counts.map(([name, count], index) => (
        <Fragment key={name}>
          {index > 0 && " · "}
          <span title={name}>
            {isKnown(name) ? t(`models.count.${name}`) : name} {number(count)}
          </span>
        </Fragment>
      ))}
    </>
  );
}
