import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BackgroundEvent } from "../../../src/background/state/event.ts";
import { humanOutput } from "../../../src/cli/output/human.ts";
import { jsonOutput } from "../../../src/cli/output/json.ts";
import { logLines } from "../../../src/cli/output/log_lines.ts";
import type { Output, Streams } from "../../../src/cli/output/output.ts";
import { wrap } from "../../../src/cli/output/wrap.ts";
import { type Code, Failure } from "../../../src/failure.ts";
import type { RunEvent } from "../../../src/runner/context/event.ts";
import { loggerAdapter } from "../../../src/library/logger_adapter.ts";
import { coloured, COLOURLESS, type Palette } from "../../../src/report/palette.ts";
import { escapeControls, paragraph, sourceLines } from "../../../src/format/escape_controls.ts";
import { assertHarmless, CONTROLS, HOSTILE } from "../../support/hostile_text.ts";

const step = { version: 1n, name: HOSTILE, direction: "up", file: HOSTILE } as const;
const blocker = {
  pid: "7",
  prepared: null,
  application: HOSTILE,
  role: HOSTILE,
  host: HOSTILE,
  backend: HOSTILE,
  state: HOSTILE,
  since: HOSTILE,
  seconds: 3,
  started: HOSTILE,
  query: HOSTILE,
  relation: HOSTILE,
};
const label = { database: HOSTILE, id: HOSTILE, name: HOSTILE };

/** One of each, hostile wherever it is a text. */
const RUN: { readonly [T in RunEvent["type"]]: Omit<RunEvent & { type: T }, "type"> } = {
  connecting: { database: HOSTILE, server: HOSTILE, why: HOSTILE },
  "not-ready": { database: HOSTILE, server: HOSTILE, reason: HOSTILE, why: HOSTILE },
  inherited: { database: HOSTILE, name: HOSTILE, value: HOSTILE, source: HOSTILE, applies: true },
  planned: { database: HOSTILE, steps: 2, server: HOSTILE },
  waiting: {
    database: HOSTILE,
    holder: { application: HOSTILE, pid: 7, host: HOSTILE, since: HOSTILE } as never,
    seconds: 3,
  },
  started: { database: HOSTILE, step, number: 1, of: 2 },
  retrying: {
    database: HOSTILE,
    step,
    why: HOSTILE,
    detail: HOSTILE,
    seconds: 3,
    blockers: [blocker],
  },
  blocked: { database: HOSTILE, step, seconds: 3, blockers: [blocker] },
  silent: { database: HOSTILE, seconds: 3, isReachable: true },
  "awaiting-standby": { database: HOSTILE, seconds: 3 },
  index: { database: HOSTILE, step, index: HOSTILE, what: "already-valid" },
  progress: {
    database: HOSTILE,
    step,
    seconds: 3,
    index: HOSTILE,
    phase: HOSTILE,
    percent: 3,
    blocksDone: 1,
    blocksTotal: 2,
    tuplesDone: 1,
    tuplesTotal: 2,
    lockersDone: 0,
    lockersTotal: 0,
    locker: null,
  },
  resuming: { database: HOSTILE, step, object: HOSTILE, what: "already-gone" },
  notice: { database: HOSTILE, step, severity: "WARNING", message: HOSTILE },
  applied: { database: HOSTILE, step, milliseconds: 3, number: 1, of: 2 },
  recorded: { database: HOSTILE, step, number: 1, of: 2 },
  "step-failed": { database: HOSTILE, step, place: { file: HOSTILE } },
  readers: { database: HOSTILE, roles: [HOSTILE], refused: HOSTILE },
  durable: { database: HOSTILE },
};
const BACKGROUND: {
  readonly [T in BackgroundEvent["type"]]: Omit<BackgroundEvent & { type: T }, "type">;
} = {
  "job-transition": {
    ...label,
    job: HOSTILE,
    previousState: "running",
    newState: "failed",
    jobArguments: { a: HOSTILE },
    exceptionClass: HOSTILE,
    exceptionMessage: HOSTILE,
    worker: HOSTILE,
  },
  "migration-transition": { ...label, event: HOSTILE, newState: "failed", reason: HOSTILE },
  "sub-batch": { ...label, job: HOSTILE, cursor: [HOSTILE], size: 1, affected: 1, milliseconds: 3 },
  held: { ...label, reason: HOSTILE, holdFor: 3, isOverdue: true },
  slowed: { ...label, reason: HOSTILE },
  "indicator-unreadable": { ...label, reason: HOSTILE },
  resized: { ...label, batchSize: 1, subBatchSize: 1, reason: HOSTILE },
  quarantined: {
    ...label,
    job: HOSTILE,
    key: [HOSTILE],
    exceptionClass: HOSTILE,
    exceptionMessage: HOSTILE,
  },
  "waiting-for-writers": { ...label, transactions: 3 },
  "lease-lost": { ...label, job: HOSTILE, worker: HOSTILE },
  archived: {
    ...label,
    part: 1,
    jobs: 3,
    failures: 0,
    at: HOSTILE,
    place: HOSTILE,
    sha256: HOSTILE,
    bytes: 1,
  },
  finding: {
    level: "refuse",
    database: HOSTILE,
    name: HOSTILE,
    code: HOSTILE as Code,
    message: HOSTILE,
    hint: HOSTILE,
  },
  "passed-over": { ...label, reason: HOSTILE },
  "job-log": { ...label, message: HOSTILE },
  reconnecting: { database: HOSTILE, worker: HOSTILE, reason: HOSTILE, inMs: 3 },
};
const EVENTS = Object.entries({ ...RUN, ...BACKGROUND })
  .map(([type, fields]) => ({ type, ...fields }) as RunEvent | BackgroundEvent);

/** What both streams get. */
function written(
  use: (output: Output) => void,
  make: (streams: Streams) => Output,
): string {
  const texts: string[] = [];
  const write = (text: string | (() => string)) =>
    void texts.push(typeof text === "string" ? text : text());
  use(make({ stdout: write, stderr: write }));
  return texts.join("");
}

const VERBOSITY = { level: "debug", queries: true, columns: undefined, rows: 24 } as const;
const human = (palette: Palette, isScreen = true) => (streams: Streams) =>
  humanOutput(streams, { ...VERBOSITY, palette, isScreen });

const OUTPUTS: Readonly<Record<string, (streams: Streams) => Output>> = {
  "plain": human(COLOURLESS),
  "coloured": human(coloured("4711")),
  "as JSON": (streams) => jsonOutput(streams, { command: HOSTILE, queries: true, quiet: false }),
  "as lines of a log": (streams) =>
    logLines(streams, { human: human(COLOURLESS)(streams), ...VERBOSITY, now: () => 0 }),
};

const SAYINGS: Readonly<Record<string, (output: Output) => void>> = {
  "a result": (output) =>
    output.print(HOSTILE, output.style.bold(HOSTILE), ...wrap(output.style.bad("x  "), HOSTILE)),
  "a document": (output) => output.document(HOSTILE.replaceAll("next", "text")),
  "a record": (output) =>
    output.record({ event: "x", name: HOSTILE, facts: [{ [HOSTILE]: HOSTILE }] }),
  "a warning": (output) => output.warn(HOSTILE),
  "how far something is": (output) => output.meter(HOSTILE, { event: "x", name: HOSTILE }),
  "a query": (output) =>
    output.query!(
      { sql: `SELECT 1 AS "${HOSTILE}"`, milliseconds: 3, application: HOSTILE } as never,
    ),
  "the end": (output) => output.finished({ text: HOSTILE }),
  "a failure": (output) =>
    output.failed([
      new Failure("sql/refused", HOSTILE, {
        hint: HOSTILE,
        place: { file: HOSTILE, line: 3 },
        facts: { name: HOSTILE },
      }),
    ], 7),
  ...Object.fromEntries(
    EVENTS.map((event) => [`the event ${event.type}`, (output: Output) => output.event(event)]),
  ),
};

describe("text from outside reaches no terminal as it is", () => {
  for (const [how, make] of Object.entries(OUTPUTS)) {
    for (const [what, use] of Object.entries(SAYINGS)) {
      test(`${what}, ${how}`, () => {
        assertHarmless(written(use, make), { where: what, isColoured: how === "coloured" });
      });
    }
  }

  test("nor where lines are drawn over", () => {
    const drawn = (hostile: string) =>
      written(
        (output) => output.terminal!.draw([hostile]),
        (streams) =>
          humanOutput(streams, { ...VERBOSITY, palette: COLOURLESS, isScreen: true, columns: 80 }),
      );
    assert.equal(drawn(HOSTILE), drawn("x").replace("x", escapeControls(HOSTILE)));
  });

  test("nor in what an application's logger is given", () => {
    const said: string[] = [];
    const log = (message: string) => void said.push(message);
    const told = loggerAdapter({ debug: log, info: log, warn: log, error: log }, {
      queries: true,
    });
    for (const event of EVENTS) told.event(event);
    told.warn(HOSTILE);
    told.inform(HOSTILE, { event: "x" });
    for (const message of said) assertHarmless(message);
    assert.equal(said.length, EVENTS.length + 2);
  });
});

describe("what is shown of it", () => {
  test("is each control by its number", () => {
    for (const control of CONTROLS) {
      assert.match(escapeControls(control), /^\\(x[0-9A-F]{2}|u[0-9A-F]{4})$/);
    }
    assert.equal(escapeControls("é\x1b[1m\x9b\u202e\r\n"), "é\\x1B[1m\\x9B\\u202E\\x0D\\x0A");
  });

  test("is all of it: other scripts, emoji and our own colours pass", () => {
    for (const text of ["データ", "naïve", "👩‍🚀", "עברית", "a\u0301"]) {
      assert.equal(escapeControls(text), text);
    }
    const { style, paint } = coloured("4711");
    assert.equal(
      paint(`${style.bad("no")} ${style.dim("x\x07")}`),
      "\x1b[31mno\x1b[39m \x1b[2mx\\x07\x1b[22m",
    );
    assert.equal(COLOURLESS.paint(COLOURLESS.style.bad("no")), "no");
  });

  test("are lines that cannot pass for ours", () => {
    assert.deepEqual(paragraph("a\r\nnext: b"), ["a", "  | next: b"]);
    assert.deepEqual(wrap("  head ", "a\nnext: b"), ["  head a", "       | next: b"]);
    assert.deepEqual(sourceLines("a\tb\r\n\tc"), ["a       b", "        c"]);
  });

  test("is the same JSON", () => {
    const text = written((output) => output.finished({ text: HOSTILE }), OUTPUTS["as JSON"]!);
    assert.equal(JSON.parse(text).text, HOSTILE);
  });

  test("is a document as it is, where it is kept in a file", () => {
    const kept = written(
      (output) => output.document("SELECT '\x1b\t';\n"),
      human(COLOURLESS, false),
    );
    assert.equal(kept, "SELECT '\x1b\t';\n");
  });
});
