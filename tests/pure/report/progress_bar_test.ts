import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type IndexProgressBar,
  isWorthALine,
  progressBar,
  progressLine,
} from "../../../src/report/index_progress_bar.ts";
import { humanOutput } from "../../../src/cli/output/human.ts";
import { COLOURLESS } from "../../../src/report/palette.ts";
import { toIndexProgress } from "../../../src/runner/context/index_progress.ts";

const { style } = COLOURLESS;

const SCANNING: IndexProgressBar = {
  database: "app",
  index: "public.orders_user",
  phase: "building index: scanning table",
  percent: 42,
  blocksDone: 42,
  blocksTotal: 100,
  tuplesDone: 0,
  tuplesTotal: 0,
  lockersDone: 0,
  lockersTotal: 0,
  locker: null,
  seconds: 3,
};

const WAITING: IndexProgressBar = {
  ...SCANNING,
  phase: "waiting for writers before build",
  percent: 0,
  lockersTotal: 3,
  locker: 4711,
};

describe("the bar of an index build", () => {
  const cases: readonly (readonly [string, IndexProgressBar, string])[] = [
    [
      "shows how much is done",
      SCANNING,
      "app: public.orders_user [#########..............]  42% building: scanning table",
    ],
    [
      "names who is waited for",
      WAITING,
      "app: public.orders_user waiting for writers before build (1 of 3, pid 4711)",
    ],
    [
      "is none where nothing is counted",
      { ...SCANNING, phase: "building index: sorting live tuples", percent: null },
      "app: public.orders_user building index: sorting live tuples",
    ],
    [
      "shortens a long name",
      { ...SCANNING, index: "public.a_very_long_name_of_an_index_that_nobody_could_ever_read" },
      "app: public.a_very_long_name_of_an_in… [###.....]  42% building: scanning table",
    ],
  ];
  for (const [what, progress, line] of cases) {
    test(what, () => {
      const drawn = progressBar(progress, { columns: 80, style });
      assert.equal(drawn, line);
    });
  }

  test("is narrower than any terminal", () => {
    for (const progress of cases.map(([, one]) => one)) {
      for (let columns = 20; columns <= 80; columns++) {
        for (const percent of [0, 1, 99, 100, null]) {
          const drawn = progressBar({ ...progress, percent }, { columns, style });
          assert.ok(drawn.length < columns, `${drawn.length} of ${columns}: ${drawn}`);
        }
      }
    }
  });

  test("where lines stay is one for each phase, and each ten seconds", () => {
    assert.equal(
      progressLine(WAITING),
      "app: public.orders_user waiting for writers before build (1 of 3, pid 4711)",
    );
    assert.equal(isWorthALine(SCANNING, undefined), true);
    assert.equal(isWorthALine({ ...SCANNING, seconds: 12 }, SCANNING), false);
    assert.equal(isWorthALine({ ...SCANNING, seconds: 13 }, SCANNING), true);
    assert.equal(isWorthALine(WAITING, SCANNING), true);
    assert.equal(isWorthALine({ ...SCANNING, index: "public.other" }, SCANNING), true);
  });
});

describe("progress in the output for people", () => {
  const step = { version: 1n, name: "m", direction: "up", file: "up.sql" } as const;
  const event = { type: "progress", step, ...SCANNING } as const;

  /** What both streams got, in order. */
  function written(columns: number | undefined, seen: readonly number[]): string {
    const texts: string[] = [];
    const write = (text: string | (() => string)) =>
      void texts.push(typeof text === "string" ? text : text());
    const verbosity = { level: "info", queries: false } as const;
    const streams = { stdout: write, stderr: write };
    const output = humanOutput(streams, {
      ...verbosity,
      palette: COLOURLESS,
      isScreen: false,
      columns,
      rows: 24,
    });
    for (const seconds of seen) output.event({ ...event, seconds });
    output.print("done");
    output.print("all");
    return texts.join("");
  }

  test("is drawn over on a terminal, and gives way to lines that stay", () => {
    const bar = progressBar(SCANNING, { columns: 80, style });
    assert.equal(written(80, [3, 4]), `\r${bar}\x1b[K\r${bar}\x1b[K\r\x1b[Kdone\nall\n`);
  });

  test("is written rarely elsewhere", () => {
    const line = progressLine(SCANNING);
    assert.equal(written(undefined, [3, 4, 5, 14]), `${line}\n${line}\ndone\nall\n`);
  });
});

describe("a row of pg_stat_progress_create_index", () => {
  const row = {
    index: "public.i",
    phase: "building index: scanning table",
    blocks_done: "1",
    blocks_total: "3",
    tuples_done: "5",
    tuples_total: "10",
    lockers_done: "1",
    lockers_total: "1",
    locker: null,
  };
  const phases: readonly (readonly [string, number | null])[] = [
    ["building index: scanning table", 33],
    ["building index: loading tuples in tree", 50],
    ["waiting for old snapshots", 100],
  ];
  for (const [phase, percent] of phases) {
    test(`counts what belongs to its phase: ${phase}`, () => {
      assert.equal(toIndexProgress({ ...row, phase }).percent, percent);
    });
  }

  test("has no percentage without a total", () => {
    assert.equal(toIndexProgress({ ...row, blocks_total: "0" }).percent, null);
  });
});
