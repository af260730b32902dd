import { stringifyJson } from "@command-workflows/client";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useAccess } from "../../data/access";
import { useText } from "../../text/text";
import { LoadingState } from "../../ui/Loading";
import { Status } from "../../ui/Status";
import { type LogLine, type Span, useLog } from "./useLog";

interface OfStateProps {
  machine: string;
  execution: string;
  state: string;
  span: Span;
}

/** What the function has logged in a state of an execution. */
export function LogOfState({ machine, execution, state, span }: OfStateProps) {
  const { client, tenant } = useAccess();
  const path = { machine, name: execution };
  const log = useLog(`log/${tenant}/${machine}/${execution}/${state}/${span.from}`, span, async (query, signal) => {
    const { data } = await client.operations.listLogLines({ path, query: { ...query, state }, signal });
    return data;
  });
  return <LogView log={log} />;
}

interface OfCommandProps {
  type: string;
  id: string;
  version: string;
  span: Span;
}

/** What the function has logged about a command, in whichever lane. */
export function LogOfCommand({ type, id, version, span }: OfCommandProps) {
  const { client, tenant } = useAccess();
  const path = { type, id, version: version as never };
  const log = useLog(`log/${tenant}/of/${type}/${id}/${version}/${span.from}`, span, async (query, signal) => {
    const { data } = await client.operations.listCommandLogLines({ path, query, signal });
    return data;
  });
  return <LogView log={log} withStates />;
}

function LogView({ log, withStates = false }: { log: ReturnType<typeof useLog>; withStates?: boolean }) {
  const { t } = useText();
  const { data } = log;
  const isEmpty = data !== undefined && data.lines.length === 0 && !data.hasMore;
  return (
    <SpaceBetween size="xs">
      <LoadingState of={log} />
      {isEmpty && (
        <div className="empty" role="status">
          {t(log.mayGrow ? "executions.logNoneYet" : "executions.logNone")}
        </div>
      )}
      {data !== undefined && data.lines.length > 0 && (
        // A region that scrolls has to be reached by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="log" role="region" aria-label={t("executions.log")} tabIndex={0}>
          <ol aria-label={t("executions.log")}>
            {data.lines.map((line) => (
              <li key={line.id} data-level={line.level}>
                <Entry line={line} withState={withStates} />
              </li>
            ))}
          </ol>
        </div>
      )}
      {data?.hasMore && (
        <Button loading={log.isLoading} onClick={log.reload}>
          {t("common.more")}
        </Button>
      )}
    </SpaceBetween>
  );
}

function Entry({ line, withState }: { line: LogLine; withState: boolean }) {
  const { clock, moment } = useText();
  const keys = Object.entries(line.keys);
  if (withState && line.state !== null) keys.unshift(["state", line.state]);
  return (
    <>
      <div>
        <time dateTime={line.at} title={moment(line.at)}>
          {clock(line.at)}
        </time>{" "}
        <Status of={line.level} /> <span>{line.message}</span>
      </div>
      {keys.length > 0 && (
        <small>
          {keys.map(([name, value]) => `${name}=${typeof value === "string" ? value : stringifyJson(value)}`).join("  ")}
        </small>
      )}
      {line.traceback !== null && <pre>{line.traceback}</pre>}
    </>
  );
}
