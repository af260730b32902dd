import type { Schemas } from "@command-workflows/client";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { useAccess } from "../../data/access";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { LoadingState } from "../../ui/Loading";
import { Status } from "../../ui/Status";

type Alarm = Schemas["Alarm"];

/** CloudWatch tells the live channel nothing, and looks at most metrics once in five minutes. */
const REFRESH_MS = 15_000;
/** What is shown at first; a whole service that is away raises many. */
const SHOWN = 5;

/** Alarms of the environment that are raised or lack data, the latest raised one first. */
export function Alarms() {
  const { t } = useText();
  const { client } = useAccess();
  const [isWhole, showWhole] = useState(false);
  const loaded = useLoaded(
    "overview/alarms",
    async (signal) => {
      const loud: Alarm[] = [];
      let quiet = 0;
      for await (const page of client.pages("listAlarms", { signal })) {
        loud.push(...page.alarms);
        quiet += page.quiet;
      }
      return { loud: loud.sort(byUrgency), quiet };
    },
    { everyMs: REFRESH_MS },
  );
  const loud = loaded.data?.loud ?? [];
  const shown = isWhole ? loud : loud.slice(0, SHOWN);
  return (
    <Container header={<Header variant="h2">{t("overview.alarms")}</Header>}>
      <SpaceBetween size="s">
        <LoadingState of={loaded} />
        {loaded.data && <Summary loud={loud} quiet={loaded.data.quiet} />}
        {shown.length > 0 && (
          <ul className="alarms" aria-label={t("overview.alarms")}>
            {shown.map((alarm) => (
              <One key={alarm.name} alarm={alarm} />
            ))}
          </ul>
        )}
        {shown.length < loud.length && (
          <Button onClick={() => showWhole(true)}>{t("common.more")}</Button>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Summary({ loud, quiet }: { loud: readonly Alarm[]; quiet: number }) {
  const { t } = useText();
  const raised = loud.filter(({ state }) => state === "ALARM").length;
  const unknown = loud.length - raised;
  if (loud.length + quiet === 0) {
    return <Box color="text-body-secondary">{t("overview.noAlarmsKnown")}</Box>;
  }
  if (loud.length === 0) {
    return <StatusIndicator>{t("overview.alarmsQuiet", { count: quiet })}</StatusIndicator>;
  }
  return (
    <>
      {raised > 0 ? (
        <StatusIndicator type="error">{t("overview.alarmsRaised", { count: raised })}</StatusIndicator>
      ) : (
        <StatusIndicator>{t("overview.noAlarms")}</StatusIndicator>
      )}
      {unknown > 0 && (
        <div>
          <StatusIndicator type="pending">
            {t("overview.alarmsWithoutData", { count: unknown })}
          </StatusIndicator>
        </div>
      )}
    </>
  );
}

function One({ alarm: { name, state, description, reason, since } }: { alarm: Alarm }) {
  const { t, moment } = useText();
  return (
    <li>
      <strong>{name}</strong> <Status of={state} />
      <div>{description === "" ? reason : description}</div>
      {since !== null && <small>{t("overview.alarmSince", { moment: moment(since) })}</small>}
    </li>
  );
}

function byUrgency(one: Alarm, other: Alarm): number {
  if (one.state !== other.state) return one.state === "ALARM" ? -1 : 1;
  return (other.since ?? "").localeCompare(one.since ?? "");
}
