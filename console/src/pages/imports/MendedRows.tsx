import type { Schemas } from "@command-workflows/client";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";

import { go, hrefOf } from "../../app/router";
import { useAccess, useMay } from "../../data/access";
import { parseCsv, writeCsv } from "../../data/csv";
import { expectRows } from "../../data/expected";
import { forgetMends, keepMends, keptMends } from "../../data/mends";
import { useAction } from "../../data/useAction";
import { useLoaded } from "../../data/useLoaded";
import { useText } from "../../text/text";
import { BigTable, type Column } from "../../ui/BigTable";
import { LoadingState } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";

/** The number of a row and why it was rejected come before the file's own columns. */
const OWN_COLUMNS = 2;

interface Row {
  index: number;
  cells: readonly string[];
}

/** The rejected rows of an import that is over: mend them, and import them again. */
export function MendedRows({ id, job }: { id: string; job: Schemas["Import"] }) {
  const { t, number } = useText();
  const { client, tenant } = useAccess();
  const mayImport = useMay("publish");
  const failed = job.counts["failed"] ?? 0;
  const [kept] = useState(() => keptMends(id));
  const [mended, setMended] = useState(kept.mended);
  const [leftOut, setLeftOut] = useState(kept.leftOut);
  useEffect(() => keepMends(id, { mended, leftOut }), [id, mended, leftOut]);
  const file = useLoaded(failed === 0 ? null : `errors/${tenant}/${id}`, async (signal) => {
    const { data } = await client.operations.getRejectedRowsLink({ path: { id }, signal });
    const answer = await fetch(data.url, { signal });
    if (!answer.ok) throw new Error(`The file was answered by ${answer.status}.`);
    const [columns = [], ...rows] = parseCsv(await answer.text());
    return { url: data.url, columns, rows: rows.map((cells, index): Row => ({ index, cells })) };
  });
  const shown = file.data;
  const chosen = shown?.rows.filter(({ index }) => !leftOut.has(index)) ?? [];
  const again = useAction(async () => {
    if (shown === undefined) return;
    const rows = chosen.map(({ index, cells }) => cells.map((cell, at) => mended.get(placeOf(index, at)) ?? cell));
    const name = job.upload.replace(/^\w{26}-/, "").replace(/(\.csv)?$/i, "-mended.csv");
    const { data } = await client.importFile({
      target: job.target,
      name: name.slice(-120),
      content: new Blob([writeCsv([shown.columns, ...rows].map(withoutOwn))], { type: "text/csv" }),
    });
    expectRows(data.id, rows.length);
    forgetMends(id);
    go(hrefOf(tenant, "imports", data.id));
  });
  if (failed === 0) return null;
  const change = (row: Row, at: number, typed: string) =>
    setMended((before) => {
      const after = new Map(before);
      // A browser's fields have line feeds alone.
      const text = row.cells[at]?.includes("\r\n") ? typed.replace(/\n/g, "\r\n") : typed;
      if (row.cells[at] === text) after.delete(placeOf(row.index, at));
      else after.set(placeOf(row.index, at), text);
      return after;
    });
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${number(failed)})`}
          {...(mayImport ? { description: t("imports.rejectedHint") } : {})}
          actions={
            shown && (
              <SpaceBetween direction="horizontal" size="xs">
                <Button href={shown.url} target="_blank" iconName="download">
                  {t("imports.download")}
                </Button>
                {mayImport && (
                  <Button
                    variant="primary"
                    loading={again.isRunning}
                    disabled={chosen.length === 0}
                    onClick={() => again.run()}
                  >
                    {t("imports.again", { count: number(chosen.length) })}
                  </Button>
                )}
              </SpaceBetween>
            )
          }
        >
          {t("imports.rejectedRows")}
        </Header>
      }
    >
      <SpaceBetween size="s">
        <LoadingState of={file} />
        <Problem error={again.error} />
        {mended.size > 0 && <Box>{t("imports.mended", { count: number(mended.size) })}</Box>}
        {shown && (
          <BigTable
            label={t("imports.rejectedRows")}
            rows={shown.rows}
            keyOf={({ index }) => String(index)}
            empty={t("imports.noRejected")}
            rowHeight={62}
            columns={columnsOf(shown.columns)}
          />
        )}
      </SpaceBetween>
    </Container>
  );

  function columnsOf(names: readonly string[]): Column<Row>[] {
    const own: Column<Row>[] = [
      { id: "row", header: t("imports.row"), width: 60, cell: ({ cells }) => cells[0] },
      {
        id: "reason",
        header: t("imports.rejectReason"),
        width: 280,
        cell: ({ cells }) => (
          <span className="wrapped" title={cells[1]}>
            {cells[1]}
          </span>
        ),
      },
    ];
    const others = names.slice(OWN_COLUMNS).map((name, offset): Column<Row> => {
      const at = offset + OWN_COLUMNS;
      return {
        id: `cell-${at}`,
        header: name,
        width: 104,
        cell: (row) => {
          const place = placeOf(row.index, at);
          const text = mended.get(place) ?? row.cells[at] ?? "";
          if (!mayImport) return text;
          const field = {
            value: text,
            className: mended.has(place) ? "mended" : "",
            "aria-label": t("imports.cell", { column: name, row: row.cells[0] ?? "" }),
            onChange: ({ target }: { target: { value: string } }) => change(row, at, target.value),
          };
          // An input takes line breaks away.
          return /[\r\n]/.test(row.cells[at] ?? "") ? <textarea rows={1} {...field} /> : <input {...field} />;
        },
      };
    });
    if (!mayImport) return [...own, ...others];
    const leave: Column<Row> = {
      id: "leave",
      header: t("imports.leaveOut"),
      width: 80,
      cell: ({ index, cells }) => (
        <input
          type="checkbox"
          checked={leftOut.has(index)}
          aria-label={t("imports.leaveOutRow", { row: cells[0] ?? "" })}
          onChange={({ target }) =>
            setLeftOut((before) => {
              const after = new Set(before);
              if (target.checked) after.add(index);
              else after.delete(index);
              return after;
            })
          }
        />
      ),
    };
    return [...own, ...others, leave];
  }
}

/** What the file itself had: the columns of the report would come back with the next one's beside them. */
function withoutOwn(cells: readonly string[]): readonly string[] {
  return cells.slice(OWN_COLUMNS);
}

function placeOf(row: number, at: number): string {
  return `${row}/${at}`;
}
