/**
 * `deno task bench:background [ROWS] [ROUNDS] [PARTS]`: batched migrations beside the least that psql
 * needs for the same, and what others feel of them. Quote the ratios: seconds are those of the machine.
 *
 * 5,000,000 rows and two rounds take about seven minutes on two quiet cores; without them the last part
 * says little. PARTS are `bounds`, `rows` and `latency`, joined by commas; all three by default.
 *
 * Needs `dist/migrator` (`deno task compile`), psql and pgbench.
 *
 * @module
 */

import process from "node:process";
import { openBed } from "./background/bed.ts";
import { measureBounds } from "./background/bounds.ts";
import { measureLatency } from "./background/latency.ts";
import { measureRows } from "./background/rows.ts";

const PARTS = { bounds: measureBounds, rows: measureRows, latency: measureLatency };

const rows = Number(process.argv[2] ?? 5_000_000);
const rounds = Number(process.argv[3] ?? 2);
const parts = (process.argv[4] ?? "bounds,rows,latency").split(",") as (keyof typeof PARTS)[];

const began = performance.now();
const bed = await openBed(rows);
try {
  for (const part of parts) {
    for await (const line of PARTS[part](bed, rounds)) console.log(line);
  }
} finally {
  await bed.close();
}
console.log(
  `${rows} rows, ${rounds} rounds: ${((performance.now() - began) / 1_000).toFixed(0)} s`,
);
