import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { humanOutput } from "../../../src/cli/output/human.ts";
import { jsonOutput } from "../../../src/cli/output/json.ts";
import { logLines } from "../../../src/cli/output/log_lines.ts";
import type { Output, Streams } from "../../../src/cli/output/output.ts";
import { redacted } from "../../../src/cli/output/redacted.ts";
import { Failure } from "../../../src/failure.ts";
import { loggerAdapter } from "../../../src/library/logger_adapter.ts";
import { toJson } from "../../../src/report/json_record.ts";
import { COLOURLESS } from "../../../src/report/palette.ts";

const CANARY = "c4n4ry";
const URL = `postgres://app:${CANARY}@db/shop`;
const SHOWN = "postgres://app:***@db/shop";

const VERBOSITY = { level: "debug", queries: false, columns: undefined, rows: 24 } as const;
const human = (streams: Streams) =>
  humanOutput(streams, { ...VERBOSITY, palette: COLOURLESS, isScreen: false });
const OUTPUTS: Readonly<Record<string, (streams: Streams) => Output>> = {
  "lines": human,
  "JSON": (streams) => jsonOutput(streams, { command: "up", queries: false, quiet: false }),
  "a log": (streams) => logLines(streams, { ...VERBOSITY, human: human(streams), now: () => 0 }),
};
const step = { version: 1n, name: "m", direction: "up", file: URL } as const;
const EVENT = { type: "notice", database: "app", step, severity: "WARNING", message: URL } as const;
const SAYINGS: Readonly<Record<string, (output: Output) => void>> = {
  "a warning": (output) => output.warn(`using the migrations in ${URL}`),
  "a failure": (output) =>
    output.failed([
      new Failure("source/not-found", URL, {
        hint: URL,
        place: { file: URL },
        facts: { databases: [URL], nested: { url: URL }, version: 1n },
      }),
    ], 4),
  "an event": (output) => output.event(EVENT),
  "the end": (output) => {
    output.print(URL);
    output.finished({ output: URL });
  },
};

describe("a password in a place where none belongs is not told", () => {
  for (const [how, make] of Object.entries(OUTPUTS)) {
    for (const [what, use] of Object.entries(SAYINGS)) {
      test(`in ${what}, as ${how}`, () => {
        const texts: string[] = [];
        const write = (text: string | (() => string)) =>
          void texts.push(typeof text === "string" ? text : text());
        use(redacted(make({ stdout: write, stderr: write })));
        const text = texts.join("");
        assert.doesNotMatch(text, new RegExp(CANARY));
        assert.ok(text.includes(SHOWN), text);
      });
    }
  }

  test("to an application's logger", () => {
    const said: string[] = [];
    const log = (...all: unknown[]) => void said.push(toJson(all));
    const told = loggerAdapter({ debug: log, info: log, warn: log, error: log }, {
      queries: false,
    });
    told.warn(URL);
    told.event(EVENT);
    told.inform(URL, { event: "x", url: URL });
    assert.equal(said.length, 3);
    for (const one of said) assert.doesNotMatch(one, new RegExp(CANARY));
  });

  test("but SQL of a migration is told as it is", () => {
    let text = "";
    const output = redacted(human({ stdout: (one) => text += one as string, stderr: () => {} }));
    output.source("UPDATE users SET password = 'x'");
    output.document("SELECT dblink('password=x')");
    assert.equal(text, "UPDATE users SET password = 'x'\nSELECT dblink('password=x')\n");
  });
});
