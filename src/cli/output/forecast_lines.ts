// Pure.
/**
 * Formats the forecast of a batched migration as lines for people.
 *
 * @module
 */

import { formatAge, formatElapsed } from "../../format/elapsed_time.ts";
import { formatBytes } from "../../format/byte_size.ts";
import { formatCount, formatNumber } from "../../format/count.ts";
import type { Estimate, Prediction } from "../../background/forecast/estimate.ts";
import { planLines } from "../../background/forecast/explained.ts";
import type { Forecast } from "../../background/forecast/forecast.ts";
import type { RefusedSample, Sample } from "../../background/forecast/sample.ts";
import type { TableFinding } from "../../background/strategy/finding.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import type { Style } from "../../report/style.ts";
import { wrap } from "./wrap.ts";

/** How it scans the table, what it runs, how many rows there are. */
export function forecastLines(
  declaration: BatchedMigration,
  { scanPlan, bound, body, estimate }: Forecast,
  style: Style,
): readonly string[] {
  if (scanPlan === undefined) return [];
  const by = scanPlan.key.length === 0
    ? "ctid: by where rows lie"
    : `${scanPlan.key.map(({ name }) => name).join(", ")}, by the index ${scanPlan.index}`;
  const why = declaration.strategy === "primary-key"
    ? "the primary key, since no `key` is declared"
    : `declared: ${declaration.strategy}`;
  const parts = scanPlan.segments.length === 1 ? [] : [["parts", String(scanPlan.segments.length)]];
  const facts = [
    ["table", declaration.table],
    ["walked by", `${by} (${why})`],
    ...parts,
    ...(estimate ? estimateFacts(declaration, estimate) : []),
    ...(bound?.milliseconds === undefined
      ? []
      : [["bound", `the end of one batch was found in ${formatElapsed(bound.milliseconds)}`]]),
  ];
  return [
    ...facts.flatMap(([label, text]) => wrap(`  ${label!.padEnd(10)}  `, text!)),
    ...(body.length === 0 ? [] : [`  ${style.bold("what a sub-batch does")}`]),
    ...body.flatMap(({ root }) => planLines(root).map((line) => `    ${line}`)),
  ];
}

function estimateFacts(
  { batchSize, subBatchSize, targetMs, pauseMs }: BatchedMigration,
  { unit, units, batches, subBatches, milliseconds, wal }: Estimate,
): readonly (readonly [string, string])[] {
  if (units === undefined) return [[unit, "unknown: the table was never analyzed"]];
  if (units === 0) return [[unit, "none here"]];
  return [
    [
      unit,
      `about ${formatNumber(units)}: ${formatCount(batches!, "batch", "batches")} of ` +
      `${formatNumber(batchSize)}, ${formatCount(subBatches!, "sub-batch", "sub-batches")} of ` +
      formatNumber(subBatchSize),
    ],
    [
      "time",
      `${formatAge(milliseconds! / 1_000)} with one worker, if each of these takes its target of ` +
      `${targetMs} ms and pauses ${pauseMs} ms; they grow while they take less (to measure it: ` +
      "--sample 20)",
    ],
    ...(wal
      ? [
        [
          "WAL",
          `${formatBytes(wal.least)} to ${
            formatBytes(wal.most)
          }, by the room in its pages and by those ` +
          "that checkpoints make it write whole",
        ] as const,
      ]
      : []),
  ];
}

/** The findings, each with the next command. */
export function findingsLines(findings: readonly TableFinding[], style: Style): readonly string[] {
  return findings.flatMap(({ level, code, message, hint }) => {
    const paint = level === "refuse" ? style.bad : style.caution;
    const head = `  ${level.padEnd(6)}  `;
    return [
      ...wrap(paint(head), `${code.replace("background/", "")}: ${message}`),
      ...wrap(" ".repeat(head.length), `next: ${hint}`),
    ];
  });
}

/** The measurements of a sample. */
export function sampleLines(
  { samples, refused, prediction }: {
    readonly samples: readonly Sample[];
    readonly refused: readonly RefusedSample[];
    readonly prediction: Prediction | undefined;
  },
  style: Style,
): readonly string[] {
  const spread = (value: (one: Sample) => number, text: (value: number) => string) => {
    const sorted = samples.map(value).sort((a, b) => a - b);
    return `${text(sorted[Math.floor((sorted.length - 1) / 2)]!)} ` +
      `(${text(sorted[0]!)} to ${text(sorted.at(-1)!)})`;
  };
  const hot = samples.flatMap((one) => one.hot === undefined ? [] : [one.hot]);
  const facts: readonly (readonly [string, string])[] = samples.length === 0 ? [] : [
    ["each took", spread((one) => one.milliseconds, formatElapsed)],
    ["WAL", spread((one) => one.walBytes, formatBytes)],
    ["rows", `${spread((one) => one.rows, formatNumber)} changed`],
    ...(hot.length === 0 ? [] : [
      [
        "HOT",
        `${
          Math.round(100 * hot.reduce((sum, one) => sum + one, 0) / hot.length)
        } % of the updates needed no new entry in any index`,
      ] as const,
    ]),
    ...(prediction
      ? [
        [
          "all of it",
          `${formatAge(prediction.milliseconds / 1_000)} with one worker in sub-batches of ` +
          `${formatNumber(prediction.subBatchSize)}, ${formatBytes(prediction.walBytes)} of WAL, ` +
          `${formatNumber(prediction.rows)} rows changed`,
        ] as const,
      ]
      : []),
  ];
  return [
    `  ${
      style.bold(`${formatCount(samples.length, "sub-batch", "sub-batches")}, run and rolled back`)
    } (median, and from least to most)`,
    ...facts.flatMap(([label, text]) => wrap(`  ${label.padEnd(10)}  `, text)),
    ...refused.flatMap(({ range, sqlstate, message }) =>
      wrap(
        `  ${style.bad("refused")}     `,
        `after ${range.after?.join(", ") ?? "the beginning"}, up to ${range.until.join(", ")}: ` +
          `${message} (SQLSTATE ${sqlstate})`,
      )
    ),
  ];
}
