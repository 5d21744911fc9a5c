// Pure.
/**
 * Writes rows under headings, aligned as psql does.
 *
 * @module
 */

/** Headings are centred, cells begin at the left; no line ends in blanks. */
export function textTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headings.map((heading, at) =>
    Math.max(width(heading), ...rows.map((row) => width(row[at] ?? "")))
  );
  const line = (cells: readonly string[]) => cells.join("|").trimEnd();
  return [
    line(headings.map((heading, at) => ` ${centred(heading, widths[at]!)} `)),
    widths.map((columns) => "-".repeat(columns + 2)).join("+"),
    ...rows.map((row) => line(row.map((cell, at) => ` ${padded(cell, widths[at]!)} `))),
  ].join("\n");
}

/** In characters: wide ones count as one. */
function width(text: string): number {
  return [...text].length;
}

function padded(text: string, columns: number): string {
  return text + " ".repeat(columns - width(text));
}

function centred(text: string, columns: number): string {
  const blank = columns - width(text);
  const before = Math.floor(blank / 2);
  return " ".repeat(before) + text + " ".repeat(blank - before);
}
