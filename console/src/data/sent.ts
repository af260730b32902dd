/** A request whose method and path the API itself has told, such as a remedy. */

import { ProblemError } from "@command-workflows/client";

import type { Session } from "../session/session";

export async function sent(
  session: Session,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const base = session.config.api || window.location.origin;
  const headers = new Headers({
    Authorization: `Bearer ${await session.token({ isRefused: false })}`,
    "Idempotency-Key": crypto.randomUUID(),
  });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const answer = await fetch(base + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const told: unknown = text === "" ? undefined : JSON.parse(text);
  if (!answer.ok) throw new ProblemError(answer.status, told as object, answer.headers);
  return told;
}
