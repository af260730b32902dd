import type { Schemas } from "@command-workflows/client";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useAccess } from "../../data/access";
import { usePages } from "../../data/usePages";
import { useText } from "../../text/text";
import { BigTable } from "../../ui/BigTable";
import { LoadingState } from "../../ui/Loading";
import { Who } from "../../ui/Who";

type Discarded = Schemas["DiscardedLetterPage"]["letters"][number];

/** The letters that were given up, with who and why. */
export function Discarded() {
  const { t, moment } = useText();
  const { client } = useAccess();
  const listed = usePages<Discarded>(
    "discarded",
    async (cursor, signal) => {
      const query = { limit: 50, ...(cursor === undefined ? {} : { cursor }) };
      const { data } = await client.operations.listDiscardedLetters({ query, signal });
      return { entries: data.letters, cursor: data.cursor };
    },
    ({ record }) => record,
  );
  return (
    <SpaceBetween size="l">
      <Header variant="h2">{t("doctor.discarded")}</Header>
      <LoadingState of={listed} />
      <BigTable
        label={t("doctor.discarded")}
        rows={listed.entries}
        keyOf={({ record }) => record}
        empty={t("doctor.noDiscarded")}
        isLoading={listed.isLoading && listed.entries.length === 0}
        isUnknown={listed.data === undefined}
        more={listed.more}
        columns={[
          { id: "at", header: t("doctor.discardedAt"), width: 190, cell: ({ discarded_at: at }) => moment(at) },
          { id: "by", header: t("doctor.by"), width: 200, cell: ({ by }) => <Who by={by} /> },
          { id: "why", header: t("doctor.why"), width: 300, cell: ({ why }) => why },
          { id: "source", header: t("doctor.source"), width: 160, cell: ({ source }) => source },
          { id: "message", header: t("common.id"), width: 260, cell: ({ message }) => message },
        ]}
      />
    </SpaceBetween>
  );
}
