// Pure.
/**
 * The graph of a database's migrations as SVG, the newest first, each with its state.
 *
 * @module
 */

import type { DrawnMigration } from "../../graph/drawing.ts";
import type { Graph } from "../../graph/graph.ts";
import { arrangeInLanes } from "../../graph/lanes.ts";
import type { MigrationStatus } from "../../plan/database_status.ts";
import { type Html, html } from "../html.ts";

/** Pixels: the height of a row, the width of a lane, and the room for a label. */
const ROW = 24;
const LANE = 18;
const LABEL = 520;
const RADIUS = 5;

/** The longest label in characters. */
const LONGEST = 70;

/** A drawing with a text alternative: the table of migrations says the same in words. */
export function graphPanel(
  database: string,
  { graph, migrations }: {
    readonly graph: Graph<DrawnMigration>;
    readonly migrations: readonly MigrationStatus[];
  },
): Html {
  const { rows, lanes } = arrangeInLanes(graph);
  const states = new Map(migrations.map(({ version, standing }) => [version, standing]));
  const x = (lane: number) => LANE / 2 + lane * LANE;
  const y = (row: number) => ROW / 2 + row * ROW;
  const width = lanes * LANE + LABEL;
  const height = Math.max(1, rows.length) * ROW;
  const lines = rows.flatMap(({ lines }, row) =>
    lines.map(([from, to]) =>
      html`
        <path class="edge" d="${curve([x(from), y(row)], [x(to), y(row + 1)])}" />
      `
    )
  );
  const nodes = rows.map(({ migration: { version, name }, lane }, row) => {
    const state = states.get(version) ?? "pending";
    const label = `${version} ${name}`;
    const shown = label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label;
    return html`
      <g>
        <title>${label}: ${state}</title>
        <circle class="node ${state}" cx="${x(lane)}" cy="${y(row)}" r="${RADIUS}" />
        <text x="${lanes * LANE + 6}" y="${y(row) + 4}">${shown}</text>
      </g>
    `;
  });
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Graph of ${database}">
      <svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
        viewBox="0 0 ${width} ${height}" role="img"
        aria-label="Graph of ${database}: ${rows.length} migrations, the newest first">
    ${lines}${nodes}</svg>
    </div>
  `;
}

type Point = readonly [x: number, y: number];

/** A straight line in one lane; an S between two. */
function curve([x1, y1]: Point, [x2, y2]: Point): string {
  if (x1 === x2) return `M${x1} ${y1}V${y2}`;
  const middle = (y1 + y2) / 2;
  return `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`;
}
