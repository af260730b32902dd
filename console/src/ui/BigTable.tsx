import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { type ReactNode, type UIEvent, useLayoutEffect, useRef, useState } from "react";

import { useText } from "../text/text";
import { useIsPhone } from "./phone";

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T, index: number) => ReactNode;
  /** Width in pixels; the widths of all columns are shares of the table's. */
  width: number;
  /** Whether a phone leaves it out, as the page that the row leads to has it. */
  isElsewhere?: boolean;
}

interface Props<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T, index: number) => string;
  empty: string;
  /** Called when the end comes into sight. */
  more?: (() => void) | undefined;
  isLoading?: boolean;
  /** Nothing could be read yet, so nobody knows whether it is empty; the page says beside it why. */
  isUnknown?: boolean;
  rowHeight?: number | undefined;
  /** Key of the row that is marked. */
  chosen?: string | undefined;
}

const ROW_HEIGHT = 41;
/** Of a row with two lines. */
const PHONE_ROW_HEIGHT = 57;
/** Of a line, and of what is free above and below them; a phone shows as many as a row has room for. */
const LINE_HEIGHT = 18;
const FREE_HEIGHT = 20;
/** Rows beyond those in sight, so that a quick scroll shows no gap. */
const BEYOND = 12;
/** In pixels; the other columns of a phone need their share, too. */
const WIDEST_ON_PHONE = 160;
const TALLEST = 520;

/**
 * A table of any length, of which only the rows in sight are elements of the page.
 *
 * All rows are equally high, so what arrives below or changes in place moves nothing. When rows come or
 * go above, it is scrolled by their height: the rows in sight stay where they are, unless it is at its top.
 */
export function BigTable<T>(props: Props<T>) {
  const { t } = useText();
  const { rows, more } = props;
  const isPhone = useIsPhone();
  const columns = isPhone ? fittingOf(props.columns) : props.columns;
  const rowHeight = Math.max(props.rowHeight ?? 0, isPhone ? PHONE_ROW_HEIGHT : ROW_HEIGHT);
  const lines = Math.floor((rowHeight - FREE_HEIGHT) / LINE_HEIGHT);
  const [top, setTop] = useState(0);
  const asked = useRef(-1);
  const region = useRef<HTMLDivElement>(null);
  const inSight = useRef<InSight>({ from: 0, keys: [] });
  const first = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
  const last = Math.min(rows.length, Math.ceil((top + TALLEST) / rowHeight) + BEYOND);
  const isEndInSight = last >= rows.length;

  // Before it is painted, so that the button of what does not go by itself is not seen in between.
  useLayoutEffect(() => {
    if (!isEndInSight || more === undefined || asked.current === rows.length) return;
    asked.current = rows.length;
    more();
  }, [isEndInSight, more, rows.length]);

  const { keyOf } = props;
  const look = (element: HTMLDivElement) => {
    const from = Math.floor(element.scrollTop / rowHeight);
    const seen = rows.slice(from, from + Math.ceil(TALLEST / rowHeight));
    inSight.current = { from, keys: seen.map((row, offset) => keyOf(row, from + offset)) };
  };
  // Browsers' own anchoring takes the gap for what was in sight.
  useLayoutEffect(() => {
    const element = region.current;
    if (element === null) return;
    const moved = element.scrollTop > 0 ? movedBy(inSight.current, rows, keyOf) : 0;
    if (moved !== 0) {
      element.scrollTop += moved * rowHeight;
      setTop(element.scrollTop);
    }
    look(element);
    // Only other rows move anything; what is in sight is looked at when it is scrolled.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rows, rowHeight]);

  const scrolled = ({ currentTarget }: UIEvent<HTMLDivElement>) => {
    look(currentTarget);
    setTop(currentTarget.scrollTop);
  };
  const wide = columns.reduce((sum, { width }) => sum + width, 0);
  // Without the columns that are elsewhere, it fits.
  const minWidth = columns.length < props.columns.length ? undefined : wide;
  if (rows.length === 0 && props.isUnknown) return null;
  if (rows.length === 0) {
    return (
      <div className="empty" role="status">
        {props.isLoading ? t("app.loading") : props.empty}
        {more && <More more={more} />}
      </div>
    );
  }
  return (
    <div
      ref={region}
      className="big-table"
      onScroll={scrolled}
      role="region"
      aria-label={props.label}
      // A region that scrolls has to be reached by keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <table aria-rowcount={rows.length + 1} aria-label={props.label} style={{ minWidth }}>
        <colgroup>
          {columns.map(({ id, width }) => (
            <col key={id} style={{ width: `${(100 * width) / wide}%` }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ id, header }) => (
              <th key={id} scope="col">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <Gap height={first * rowHeight} />}
          {rows.slice(first, last).map((row, offset) => {
            const index = first + offset;
            return (
              <tr
                key={props.keyOf(row, index)}
                aria-rowindex={index + 2}
                aria-current={props.chosen !== undefined && props.keyOf(row, index) === props.chosen ? true : undefined}
                style={{ height: rowHeight }}
              >
                {columns.map(({ id, cell }) => (
                  <td key={id}>
                    <div className="cell" style={{ WebkitLineClamp: lines }}>
                      {cell(row, index)}
                    </div>
                  </td>
                ))}
              </tr>
            );
          })}
          {last < rows.length && <Gap height={(rows.length - last) * rowHeight} />}
        </tbody>
      </table>
      {props.isLoading && (
        <div className="empty" role="status">
          {t("app.loading")}
        </div>
      )}
      {isEndInSight && more && <More more={more} />}
    </div>
  );
}

/** Keys of the rows in sight, from the first one's place on. */
interface InSight {
  from: number;
  keys: readonly string[];
}

/** By how many places the first of the rows in sight that is still there was moved. */
function movedBy<T>({ from, keys }: InSight, rows: readonly T[], keyOf: (row: T, index: number) => string): number {
  const places = new Map(rows.map((row, index) => [keyOf(row, index), index]));
  const offset = keys.findIndex((key) => places.has(key));
  return offset === -1 ? 0 : (places.get(keys[offset] ?? "") ?? 0) - (from + offset);
}

/** The columns for a phone: those that are elsewhere left out, and none so wide that others break their words. */
function fittingOf<T>(columns: readonly Column<T>[]): readonly Column<T>[] {
  const kept = columns.filter(({ isElsewhere }) => !isElsewhere);
  if (kept.length === columns.length) return columns;
  return kept.map((column) => ({ ...column, width: Math.min(column.width, WIDEST_ON_PHONE) }));
}

/** Reads on when that does not go by itself: the last try failed, or has found nothing yet. */
function More({ more }: { more: () => void }) {
  const { t } = useText();
  return (
    <Box padding="s" textAlign="center">
      <Button onClick={more}>{t("common.more")}</Button>
    </Box>
  );
}

/** Stands for the rows that are out of sight. */
function Gap({ height }: { height: number }) {
  return <tr aria-hidden="true" className="gap" style={{ height }} />;
}
