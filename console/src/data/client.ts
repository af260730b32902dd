/** The client of a tenant's API. */

import { Client } from "@command-workflows/client";

import type { Session } from "../session/session";

export function clientOf(session: Session, tenant: string): Client {
  return new Client({
    baseUrl: session.config.api || window.location.origin,
    tenant,
    token: session.token,
    // Somebody looks on: say soon that it does not work, and let him try again.
    retries: { attempts: 4, longestMs: 2_000 },
  });
}
