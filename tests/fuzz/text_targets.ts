/**
 * Readers of text: connection strings, YAML, headers, times, SQL.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { loadModule, scanSync } from "libpg-query";
import { readConfig } from "../../src/config/read_config.ts";
import { findPassword } from "../../src/connection/settings/password_file.ts";
import { redactText } from "../../src/connection/settings/redact.ts";
import { resolveSettings } from "../../src/connection/settings/resolve_settings.ts";
import { readBatchedMigration } from "../../src/definition/batched/batched_migration_file.ts";
import { readHeader } from "../../src/definition/migration/header.ts";
import { readMetadata } from "../../src/definition/migration/metadata.ts";
import { formatDuration, parseDuration } from "../../src/format/duration.ts";
import { scan } from "../../src/sql/scanner.ts";
import { failsWell, type Target, target } from "./target.ts";

/** Texts of words that mean something to the reader, and of anything between them. */
function wordsOf(...words: readonly string[]): fc.Arbitrary<string> {
  const noise = fc.string({ unit: "binary", maxLength: 6 });
  const word = fc.constantFrom(...words);
  return fc.array(fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: noise }), {
    maxLength: 40,
  }).map((parts) => parts.join(""));
}

const CONNECTION = wordsOf(
  ..."postgres:// postgresql:// pglite: @ : / ? & = % %41 %zz %00 [ ] ::1 , ' \\ \\' # + user pass"
    .split(
      " ",
    ),
  ..."host= port= password= dbname= sslmode= options= service= hostaddr= passfile= sslpassword="
    .split(" "),
  ..."require verify-full /run localhost 5432 99999 any random target_session_attrs=".split(" "),
  " ",
  "\n",
  "\t",
);

const YAML = [
  ..."name: parents: queues: finalizes: deletes: transaction: none lockTimeout: statementTimeout:"
    .split(" "),
  ..."irreversible: privileged: true databases: shop: url: readers: layout: bun durable: table: sql:"
    .split(" "),
  ..."key: filter: arguments: batchSize: pause: interval: throttle: watch: strategy: remaining:"
    .split(" "),
  ...[
    "\n",
    "\n  ",
    "\n- ",
    " ",
    "[",
    "]",
    "{",
    "}",
    ",",
    ": ",
    "- ",
    "&a ",
    "*a",
    "<<: *a",
    "!!int ",
  ],
  ...[
    '"',
    "'",
    "|\n  ",
    ">\n  ",
    "# ",
    "---\n",
    "...\n",
    "? ",
    "\\0",
    "~",
    "null",
    "0x1F",
    "1e400",
  ],
  ...[
    "5s",
    "5",
    "0",
    "9223372036854775808",
    "UPDATE t SET a = 1 WHERE batch()",
    "${A}",
    "${A:-b}",
    "$${",
  ],
];

const SQL = wordsOf(
  ..."SELECT ' '' E' e'\\ \\' \" \"\" $$ $x$ $1 -- /* */ ; :: := , . .. 1 1.5 1e5 0x1F _a é U&' n' B'"
    .split(" "),
  ..."+ - * / < > = ~ ! @ # % ^ & | ` ? ( ) [ ] :a".split(" "),
  "\n",
  "\r\n",
  " ",
  "\t",
);

const report = () => {};

/** What PostgreSQL's own scanner finds; undefined where it refuses, or breaks on controls. */
function reference(text: string): readonly string[] | undefined {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0b\x0e-\x1f\x7f-\uffff]/.test(text)) return undefined;
  try {
    return scanSync(text).tokens
      .filter(({ tokenName }) => !tokenName.endsWith("COMMENT"))
      .map(({ start, end }) => text.slice(start, end));
  } catch {
    return undefined;
  }
}

export const TEXT_TARGETS: readonly Target[] = [
  target<string>({
    name: "connection-string",
    inputs: CONNECTION,
    runs: 400,
    limit: 2_000,
    read: (text) =>
      failsWell(async () => {
        redactText(text);
        findPassword(text, { hosts: ["h"], port: 1, database: "d", user: "u" });
        await resolveSettings({
          database: "shop",
          databases: ["shop"],
          urls: [text],
          environment: { PGOPTIONS: text, PGHOST: text },
          configured: () => undefined,
          homeDirectory: "/nowhere",
          userName: "me",
          readFile: () => Promise.resolve(text),
          permissions: () => Promise.resolve(0o100600),
        });
      }),
  }),
  target<string>({
    name: "config-yaml",
    inputs: wordsOf(...YAML),
    runs: 300,
    limit: 2_000,
    read: (text) => failsWell(() => readConfig(text, "migrator.yaml")),
  }),
  target<string>({
    name: "metadata-yaml",
    inputs: wordsOf(...YAML),
    runs: 300,
    limit: 2_000,
    read: (text) =>
      failsWell(() => {
        const read = readMetadata(text, { path: "metadata.yaml", report });
        assert.ok(!read?.name?.includes("\0"), "a name with NUL was read");
      }),
  }),
  target<string>({
    name: "batched-yaml",
    inputs: wordsOf(...YAML),
    runs: 150,
    limit: 4_000,
    read: (text) =>
      failsWell(() => readBatchedMigration(text, { name: "a", path: "a.yaml", report })),
  }),
  target<string>({
    name: "header",
    inputs: wordsOf(
      ..."-- migrator: transaction none lockTimeout: 5s queues: [a {name: } privileged irreversible /* */"
        .split(" "),
      "\n",
      "\r",
      " ",
      ":",
    ),
    runs: 400,
    limit: 2_000,
    read: (text) => failsWell(() => readHeader(text, { path: "up.sql", report })),
  }),
  target<string>({
    name: "duration",
    inputs: wordsOf(
      "1",
      "5",
      ".",
      "0",
      "ms",
      "s",
      "min",
      "m",
      "h",
      "d",
      "us",
      " ",
      "none",
      "e",
      "-",
    ),
    runs: 500,
    limit: 1_000,
    read: (text) => {
      const { milliseconds } = parseDuration(text);
      if (milliseconds === undefined) return;
      assert.ok(Number.isInteger(milliseconds) && milliseconds >= 0, String(milliseconds));
      assert.equal(parseDuration(formatDuration(milliseconds)).milliseconds, milliseconds);
    },
  }),
  target<string>({
    name: "sql-scanner",
    inputs: SQL,
    runs: 600,
    limit: 2_000,
    read: async (text) => {
      await loadModule();
      let last = 0;
      const found: string[] = [];
      for (const { start, end } of scan(text)) {
        assert.ok(
          start >= last && end > start && end <= text.length,
          "tokens overlap or are empty",
        );
        last = end;
        found.push(text.slice(start, end));
      }
      const wanted = reference(text);
      if (wanted !== undefined) assert.deepEqual(found, wanted);
    },
  }),
];
