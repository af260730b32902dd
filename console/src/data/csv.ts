/** CSV files as RFC 4180 has them. */

/** The rows of a file, each with its cells. A byte order mark is left out. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  const start = text.startsWith("\ufeff") ? 1 : 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (character === '"' && cell === "") isQuoted = true;
    else if (character === ",") {
      row.push(cell);
      cell = "";
    } else if (character === "\n" || (character === "\r" && text[at + 1] === "\n")) {
      if (character === "\r") at += 1;
      rows.push([...row, cell]);
      row = [];
      cell = "";
    } else cell += character;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows;
}

export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

/** How many rows a file has beside its header. */
export async function countRows(file: Blob): Promise<number> {
  let lines = 0;
  let isEmpty = true;
  let isQuoted = false;
  const decoder = new TextDecoder();
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (const character of decoder.decode(value, { stream: true })) {
      if (character === '"') isQuoted = !isQuoted;
      if (character === "\n" && !isQuoted) {
        if (!isEmpty) lines += 1;
        isEmpty = true;
      } else if (character !== "\r") isEmpty = false;
    }
  }
  return Math.max(0, lines - (isEmpty ? 1 : 0));
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
