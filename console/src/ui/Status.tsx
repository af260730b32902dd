import StatusIndicator, {
  type StatusIndicatorProps,
} from "@cloudscape-design/components/status-indicator";
import { Fragment, type ReactNode } from "react";

const TYPES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  CREATED: "pending",
  QUEUED: "pending",
  PUBLISHED: "in-progress",
  PENDING: "pending",
  PROCESSING: "in-progress",
  RUNNING: "in-progress",
  FINISHED: "success",
  COMPLETED: "success",
  SUCCEEDED: "success",
  APPROVED: "success",
  COMPLETED_WITH_ERRORS: "warning",
  CAUGHT: "warning",
  EXPIRED: "stopped",
  FAILED: "error",
  REJECTED: "error",
  TIMED_OUT: "error",
  ABORTED: "stopped",
  CANCELLED: "stopped",
  ALARM: "error",
  INSUFFICIENT_DATA: "pending",
  WARNING: "warning",
  ERROR: "error",
  CRITICAL: "error",
  fill: "in-progress",
  settle: "in-progress",
  verify: "in-progress",
  clear: "in-progress",
  ready: "warning",
  done: "success",
  cancelled: "stopped",
};

/** A status in the API's own word, which logs and the command line have too. */
export function Status({ of, children }: { of: string | null; children?: string }) {
  if (of === null) return <>–</>;
  return <StatusIndicator type={TYPES[of] ?? "info"}>{children ?? breakable(of)}</StatusIndicator>;
}

/** A narrow column breaks it between its words. */
function breakable(status: string): ReactNode {
  return status.split("_").map((word, index) => (
    <Fragment key={word}>
      {index > 0 && (
        <>
          _<wbr />
        </>
      )}
      {word}
    </Fragment>
  ));
}
