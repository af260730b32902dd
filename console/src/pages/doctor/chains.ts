/** Findings of failed chains, whose commands the API tells in pages. */

import type { Schemas } from "@command-workflows/client";

export type Finding = Schemas["FindingPage"]["findings"][number];

const KINDS: readonly string[] = ["failed chain", "failed command"];
const COUNTED = /^(\d+) failed\b/;
const VERSION = /@(\d+)$/;

/** The findings, with those of the same chain as one: that of its first version, with the count of all. */
export function joined(findings: readonly Finding[]): Finding[] {
  const chains = new Map<string, Finding>();
  for (const finding of findings) {
    const chain = chainOf(finding);
    const known = chains.get(chain);
    chains.set(chain, known === undefined ? finding : both(known, finding));
  }
  return [...chains.values()];
}

/** What findings of one chain have in common, and no others have. */
function chainOf({ id, problem, subject, detail }: Finding): string {
  return KINDS.includes(problem) && COUNTED.test(detail) ? `chain ${subject.replace(VERSION, "")}` : `one ${id}`;
}

function both(one: Finding, other: Finding): Finding {
  const first = versionOf(one) <= versionOf(other) ? one : other;
  const count = countOf(one) + countOf(other);
  return { ...first, problem: "failed chain", detail: first.detail.replace(COUNTED, `${count} failed`) };
}

function versionOf({ subject }: Finding): number {
  return Number(VERSION.exec(subject)?.[1] ?? 0);
}

function countOf({ detail }: Finding): number {
  return Number(COUNTED.exec(detail)?.[1] ?? 1);
}
