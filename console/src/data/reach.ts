/** Whether the API was reached at all. */

import { ProblemError } from "@command-workflows/client";

/** What stands before the API answers so, in words that are none of its own. */
const GATEWAY: readonly number[] = [502, 503, 504];

/** Whether the API was not asked at all. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return true;
  return GATEWAY.includes(error.status) && error.type === "about:blank";
}
