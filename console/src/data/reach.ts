/** Whether the API was reached at all. */

import { ProblemError } from "@command-workflows/client";

/** What stands before the API answers so, in words that are none of its own: 404 if the API is another one now. */
const GATEWAY: readonly number[] = [404, 502, 503, 504];
const OF_GATEWAY = "about:blank";

/** Whether the API was not asked at all. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return true;
  return GATEWAY.includes(error.status) && error.type === OF_GATEWAY;
}

/** Whether the API says that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 404 && error.type !== OF_GATEWAY;
}
