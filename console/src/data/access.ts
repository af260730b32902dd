/** What the pages ask: a client of the tenant, its live channel, and who is signed in. */

import type { Client } from "@command-workflows/client";
import { createContext, useContext, useSyncExternalStore } from "react";

import type { Session } from "../session/session";
import { may, type Right } from "../session/principal";
import type { LiveHub, LiveState } from "./live";

export interface Access {
  client: Client;
  live: LiveHub;
  session: Session;
  tenant: string;
}

export const AccessContext = createContext<Access | null>(null);

export function useAccess(): Access {
  const access = useContext(AccessContext);
  if (access === null) throw new Error("Only pages of a tenant ask for its data.");
  return access;
}

export function useMay(right: Right): boolean {
  return may(useAccess().session.principal, right);
}

export function useLiveState(): LiveState {
  const { live } = useAccess();
  return useSyncExternalStore(live.watch, () => live.state);
}
