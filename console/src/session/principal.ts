/** Who is signed in, as the claims of the token say. The API decides; this only hides buttons. */

import type { Identity } from "../app/config";

export const ROLES = ["reader", "publisher", "approver", "operator", "administrator"] as const;
export type Role = (typeof ROLES)[number];

/** Stands for every tenant among those of a principal. */
export const EVERY_TENANT = "*";

export interface Principal {
  name: string;
  tenants: readonly string[];
  roles: ReadonlySet<Role>;
  /** Milliseconds of the epoch at which the token ends. */
  endsAt: number;
}

/** What somebody wants to do; the roles that may are those of docs/api.md. */
export type Right = "read" | "publish" | "readApprovals" | "answer" | "repair" | "environment" | "rebuild";

/** Of the environment as a whole, so that they take every tenant. */
const OF_ALL_TENANTS: readonly Right[] = ["environment", "rebuild"];

const MAY: Readonly<Record<Right, readonly Role[]>> = {
  read: ["reader", "publisher", "operator", "administrator"],
  publish: ["publisher", "administrator"],
  readApprovals: ["approver", "operator", "administrator"],
  answer: ["approver", "administrator"],
  repair: ["operator", "administrator"],
  environment: ["operator", "administrator"],
  rebuild: ["administrator"],
};

export function rolesOf(right: Right): readonly Role[] {
  return MAY[right];
}

export function may(principal: Principal, right: Right): boolean {
  if (OF_ALL_TENANTS.includes(right) && !principal.tenants.includes(EVERY_TENANT)) return false;
  return MAY[right].some((role) => principal.roles.has(role));
}

export function principalOf(token: string, identity: Identity): Principal {
  const claims = claimsOf(token);
  const groups = listOf(claims[identity.roles]);
  const roles = groups.map((group) => identity.role_names[group]);
  return {
    name: textOf(claims[identity.name] ?? claims["email"] ?? claims[identity.subject]),
    tenants: listOf(claims[identity.tenants]),
    roles: new Set(ROLES.filter((role) => roles.includes(role))),
    endsAt: Number(claims["exp"]) * 1000,
  };
}

function claimsOf(token: string): Record<string, unknown> {
  const [, payload = ""] = token.split(".");
  const text = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}

/** A list, or a text whose members spaces or commas part. */
function listOf(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.map(textOf);
  return textOf(claim).split(/[\s,[\]"']+/).filter(Boolean);
}

function textOf(claim: unknown): string {
  return typeof claim === "string" || typeof claim === "number" ? String(claim) : "";
}
