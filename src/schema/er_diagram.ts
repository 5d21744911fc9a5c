// Pure.
/**
 * Entity-relationship diagrams as SVG. The same tables always give the same drawing.
 *
 * @module
 */

import { escapeHtml } from "../format/escape_html.ts";

/** A foreign key between two tables. */
export interface Relation {
  /** Qualified names; `from` references `to`. */
  readonly from: string;
  readonly to: string;
  /** What is shown at the line: its columns. */
  readonly label: string;
}

/** What a box links to and says. */
export interface DrawnTable {
  readonly name: string;
  /** The target of its link. */
  readonly href: string;
  /** What is written in it, below its name. */
  readonly lines: readonly string[];
}

const CHARACTER = 6.7;
const LINE = 15;
const PADDING = 6;
const GAP = { x: 70, y: 12 } as const;

/** Boxes below each other before a new column of the same layer begins. */
const TALLEST = 40;

/** A cycle of foreign keys would otherwise have no end. */
const MOST_LAYERS = 24;

interface Box {
  readonly table: DrawnTable;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * All tables in columns: what is referenced stands to the left of what references it, and tables without
 * relations stand last. Undefined where there is no table.
 */
export function layeredDiagram(
  tables: readonly DrawnTable[],
  relations: readonly Relation[],
): string | undefined {
  if (tables.length === 0) return undefined;
  const names = new Set(tables.map(({ name }) => name));
  const drawn = relations.filter(({ from, to }) => names.has(from) && names.has(to));
  const related = new Set(drawn.flatMap(({ from, to }) => [from, to]));
  const layers = layersOf(tables.filter(({ name }) => related.has(name)), drawn);
  const alone = tables.filter(({ name }) => !related.has(name));
  return svg(placed([...layers, ...alone.length > 0 ? [alone] : []]), drawn);
}

/**
 * One table between those that reference it, to the left, and those that it references, to the right.
 * Undefined where there are none.
 */
export function neighbourhoodDiagram(
  table: DrawnTable,
  { tables, relations }: {
    readonly tables: ReadonlyMap<string, DrawnTable>;
    readonly relations: readonly Relation[];
  },
): string | undefined {
  const own = relations.filter(({ from, to }) => from === table.name || to === table.name);
  if (own.length === 0) return undefined;
  const others = (names: readonly string[]) =>
    [...new Set(names)].filter((name) => name !== table.name).sort()
      .map((name) => tables.get(name) ?? { name, href: "", lines: [] });
  const left = others(own.filter(({ to }) => to === table.name).map(({ from }) => from));
  const right = others(own.filter(({ from }) => from === table.name).map(({ to }) => to));
  const isLeft = new Set(left.map(({ name }) => name));
  const columns = [left, [table], right.filter(({ name }) => !isLeft.has(name))];
  return svg(placed(columns.filter((column) => column.length > 0)), own);
}

/** Referenced tables first; within a layer in the given order. */
function layersOf(
  tables: readonly DrawnTable[],
  relations: readonly Relation[],
): readonly (readonly DrawnTable[])[] {
  const depth = new Map(tables.map(({ name }) => [name, 0]));
  const edges = relations.filter(({ from, to }) => from !== to);
  for (let pass = 0, moved = true; moved && pass < MOST_LAYERS; pass++) {
    moved = false;
    for (const { from, to } of edges) {
      const wanted = Math.min(depth.get(to)! + 1, MOST_LAYERS);
      if (depth.get(from)! >= wanted) continue;
      depth.set(from, wanted);
      moved = true;
    }
  }
  const used = [...new Set(depth.values())].sort((a, b) => a - b);
  return used.map((layer) => tables.filter(({ name }) => depth.get(name) === layer));
}

function placed(columns: readonly (readonly DrawnTable[])[]): readonly Box[] {
  const boxes: Box[] = [];
  let x = 0;
  for (const column of columns) {
    for (let start = 0; start < column.length; start += TALLEST) {
      const part = column.slice(start, start + TALLEST);
      const width = Math.max(...part.map(widthOf));
      let y = 0;
      for (const table of part) {
        const height = LINE * (1 + table.lines.length) + PADDING;
        boxes.push({ table, x, y, width, height });
        y += height + GAP.y;
      }
      x += width + GAP.x;
    }
  }
  return boxes;
}

function widthOf({ name, lines }: DrawnTable): number {
  const longest = Math.max(...[name, ...lines].map((line) => [...line].length));
  return Math.ceil(longest * CHARACTER) + 2 * PADDING;
}

function svg(boxes: readonly Box[], relations: readonly Relation[]): string {
  const byName = new Map(boxes.map((box) => [box.table.name, box]));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) + 2;
  const height = Math.max(...boxes.map((box) => box.y + box.height)) + 2;
  const lines = relations.flatMap(({ from, to, label }) => {
    const [start, end] = [byName.get(from), byName.get(to)];
    return start && end
      ? [
        `<path d="${curve(start, end)}"><title>${
          escapeHtml(`${from} (${label}) → ${to}`)
        }</title></path>`,
      ]
      : [];
  });
  return `<svg class="er" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="-1 -1 ${width} ${height}" role="img"><g class="lines">${lines.join("")}</g>` +
    `${boxes.map(drawnBox).join("")}</svg>`;
}

/** From the middle of one box to that of the other, on the sides that face each other. */
function curve(from: Box, to: Box): string {
  if (from === to) {
    const [x, y] = [from.x + from.width, from.y + 4];
    return `M${x} ${y} c24 -6 24 18 0 12`;
  }
  const isRight = to.x > from.x;
  const isSame = to.x === from.x;
  const start = {
    x: isRight || isSame ? from.x + from.width : from.x,
    y: from.y + from.height / 2,
  };
  const end = { x: isRight ? to.x : to.x + to.width, y: to.y + to.height / 2 };
  const bend = isSame ? 30 : (isRight ? 1 : -1) * GAP.x / 2;
  return `M${start.x} ${start.y} C${start.x + bend} ${start.y} ${
    isSame ? end.x + bend : end.x - bend
  } ${end.y} ${end.x} ${end.y}`;
}

function drawnBox({ table: { name, href, lines }, x, y, width, height }: Box): string {
  const texts = [name, ...lines].map((line, index) =>
    `<text x="${x + PADDING}" y="${y + LINE * (index + 1) - 2}"${
      index === 0 ? ' class="name"' : ""
    }>${escapeHtml(line)}</text>`
  );
  const box = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="3"/>${
    texts.join("")
  }`;
  return href === "" ? `<g>${box}</g>` : `<a href="${escapeHtml(href)}">${box}</a>`;
}
