import { ProblemError } from "@command-workflows/client";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";

import { isUnreachable } from "../data/reach";
import { useText } from "../text/text";

/** What went wrong, and what to do, in the API's own words. */
export function Problem({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  const { t } = useText();
  if (error === undefined || error === null) return null;
  const isProblem = !isUnreachable(error) && error instanceof ProblemError;
  const header = title ?? t(isProblem ? "common.failed" : "common.unreachable");
  return (
    <Alert
      type="error"
      header={header}
      action={retry && <Button onClick={retry}>{t("common.retry")}</Button>}
    >
      {isProblem ? <Told problem={error} /> : `${sentence(messageOf(error))} ${t("common.unreachableText")}`}
    </Alert>
  );
}

/** The API tells what is wrong in English, whatever the page speaks. */
export const API_LANGUAGE = "en";

function Told({ problem }: { problem: ProblemError }) {
  const { t } = useText();
  return (
    <>
      <div lang={API_LANGUAGE}>{problem.detail}</div>
      {problem.errors.length > 0 && (
        <ul lang={API_LANGUAGE}>
          {problem.errors.map(({ pointer, detail }) => (
            <li key={`${pointer ?? ""}${detail}`}>{pointer ? `${pointer}: ${detail}` : detail}</li>
          ))}
        </ul>
      )}
      {problem.status >= 500 && problem.instance && (
        <small>{t("common.requestId", { id: problem.instance })}</small>
      )}
    </>
  );
}

function messageOf(error: unknown): string {
  if (error instanceof ProblemError) return `${error.status}: ${error.detail}`;
  return error instanceof Error ? error.message : String(error);
}

function sentence(text: string): string {
  return /[.!?。]$/.test(text) ? text : `${text}.`;
}
