/** Problems (RFC 9457) as errors. */

import { PROBLEM_TYPES } from "./generated/operations.js";
import type { components } from "./generated/schema.js";

/** A type that the project's routes have; routes of an application's own may have others. */
export type ProblemType = (typeof PROBLEM_TYPES)[number];

const PREFIX = "urn:cqrs:problem:";

type WithoutPrefix<T> = T extends `urn:cqrs:problem:${infer K}` ? K : never;
/** A type without what all of them begin with, such as `version-conflict`. */
export type ProblemKind = WithoutPrefix<ProblemType>;

type Told = components["schemas"]["Problem"];

/** A single fault of a request: what is wrong, and the member or parameter that has it. */
export type Fault = NonNullable<Told["errors"]>[number];

/** An answer that is not what was asked for. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  /** A URN; `about:blank` for an answer that API Gateway made itself. */
  readonly type: ProblemType | "about:blank" | (string & {});
  readonly title: string;
  /** The fault, its place, and what to do. */
  readonly detail: string;
  /** Identity of the request, by which the service's log has it. */
  readonly instance: string;
  /** Each fault by itself, if there are several. */
  readonly errors: readonly Fault[];
  /** The newest version, of a version conflict. */
  readonly currentVersion: number | undefined;
  readonly headers: Headers;

  constructor(status: number, told: Partial<Told> & { message?: string }, headers: Headers) {
    const detail = told.detail ?? told.message ?? `The API answered ${status}.`;
    super(`${status} ${told.type ?? "about:blank"}: ${detail}`);
    this.status = status;
    this.type = told.type ?? "about:blank";
    this.title = told.title ?? "";
    this.detail = detail;
    this.instance = told.instance ?? headers.get("apigw-requestid") ?? "";
    this.errors = told.errors ?? [];
    this.currentVersion = told.current_version;
    this.headers = headers;
  }

  /** Whether it is of a kind, such as `version-conflict`. */
  is(kind: ProblemKind): boolean {
    return this.type === PREFIX + kind;
  }
}

/** Work that was followed, and ended otherwise than well. */
export class FailedError<T extends { status: string; error?: string | null; cause?: string | null }>
  extends Error
{
  override readonly name = "FailedError";
  /** The command, task or import as it ended. */
  readonly ended: T;

  constructor(location: string, ended: T) {
    super(`${location} ended ${ended.status}: ${ended.error ?? "no error"}: ${ended.cause ?? ""}`);
    this.ended = ended;
  }
}
