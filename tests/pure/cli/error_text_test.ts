import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CommanderError } from "commander";
import { normaliseArguments } from "../../../src/cli/program/arguments.ts";
import { calledCommand } from "../../../src/cli/program/command_tree.ts";
import { errorFields, errorList, errorPageText } from "../../../src/cli/manual/error_text.ts";
import { CODES, codesMeant, suggestCode } from "../../../src/cli/manual/find_error_pages.ts";
import { humanOutput } from "../../../src/cli/output/human.ts";
import { buildProgram, knownOptions } from "../../../src/cli/program.ts";
import type { ErrorPage } from "../../../src/error_pages/error_page.ts";
import { ERROR_PAGES } from "../../../src/error_pages/error_pages.ts";
import { Failure } from "../../../src/failure.ts";
import { COLOURLESS } from "../../../src/report/palette.ts";
import { PLAIN } from "../../../src/report/style.ts";

const WIDTH = 80;

describe("the page of an error code as text", () => {
  test("fits into 80 columns, but for commands", () => {
    for (const code of CODES) {
      const commands = new Set(ERROR_PAGES[code].steps.flatMap(([, ...commands]) => commands));
      const long = errorPageText(code, PLAIN).split("\n").filter((line) =>
        (line.length > WIDTH || /\s$/.test(line)) && !commands.has(line.replace(/^ {7}(\$ )?/, ""))
      );
      assert.deepEqual(long, [], code);
    }
  });

  test("says what the state is, what to do, and what becomes of the command", () => {
    assert.equal(
      errorPageText("graph/cycle", PLAIN),
      `graph/cycle: Migrations are each other's parents

  Following the parents of a migration leads back to the migration itself, so
  that none of them can come first. The message draws the cycle.

What to do:
  1. Look at the parents of the migrations that are named, and remove the one
     that is wrong from its metadata.yaml.
  2. Check the result.
       $ migrator validate --db NAME

Exit status 4 (migration files). The same command fails again until something is
changed.`,
    );
  });

  test("says of a warning that it ends no command", () => {
    assert.match(
      errorPageText("background/unlogged", PLAIN),
      /\nThis is a warning: no command ends/,
    );
    assert.doesNotMatch(errorPageText("background/unlogged", PLAIN), /Exit status/);
  });

  test("is for programs what it is for people", () => {
    assert.deepEqual(errorFields("interrupted/terminated"), {
      code: "interrupted/terminated",
      exit_code: 143,
      title: "Stopped by SIGTERM or SIGHUP",
      cause: ERROR_PAGES["interrupted/terminated"].cause,
      steps: [
        { text: "See where the database stands.", commands: ["migrator status --db NAME"] },
        { text: "Run the same command again to go on.", commands: [] },
      ],
      retry: "yes",
      seen: "failure",
    });
  });

  test("is listed once, under the exit status of its family", () => {
    const list = errorList(CODES);
    assert.deepEqual([...list.matchAll(/^ {2}(\S+\/\S+) /gm)].map(([, code]) => code), CODES);
    assert.deepEqual(list.split("\n").filter((line) => line.length > WIDTH), []);
    assert.match(list, /^Exit status 5, history needs a person:\n {2}history\//m);
  });
});

describe("the error codes that a word means", () => {
  const TABLE: readonly (readonly [word: string, codes: readonly string[]])[] = [
    ["graph/cycle", ["graph/cycle"]],
    ["GRAPH/Cycle", ["graph/cycle"]],
    ["cycle", ["graph/cycle"]],
    ["unknown-database", [
      "usage/unknown-database",
      "settings/unknown-database",
      "source/unknown-database",
      "definition/unknown-database",
    ]],
    ["plan/", CODES.filter((code) => code.startsWith("plan/"))],
    ["errors", CODES],
    ["cycl", []],
    ["", []],
    ["/", []],
    ["graph", []],
  ];
  for (const [word, codes] of TABLE) {
    test(`of "${word}" are ${codes.length}`, () => assert.deepEqual(codesMeant(word), codes));
  }

  test("are guessed from what is nearly one", () => {
    assert.equal(suggestCode("graph/cycel"), "graph/cycle");
    assert.equal(suggestCode("cycel"), "graph/cycle");
    assert.equal(suggestCode("grph/no-root"), "graph/no-root");
    assert.equal(suggestCode("nothing-of-the-kind"), undefined);
  });
});

/** What stands in commands for a word that has to be of some form. */
const PLACEHOLDERS: Readonly<Record<string, string>> = { VERSION: "1650000100", TOOL: "flyway" };

describe("a command on the page of an error code", () => {
  const commands = Object.entries<ErrorPage>(ERROR_PAGES).flatMap(([code, { steps }]) =>
    steps.flatMap(([, ...commands]) => commands.map((command) => ({ code, command })))
  );

  for (const { code, command } of commands.filter((one) => one.command.startsWith("migrator "))) {
    test(`of ${code} can be typed: ${command}`, async () => {
      let isBegun = false;
      const program = await buildProgram(() => {
        isBegun = true;
        throw new Begun();
      }, () => {});
      const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].slice(1)
        .map(([, double, single, bare]) => double ?? single ?? bare ?? "")
        .map((word) => PLACEHOLDERS[word] ?? word);
      const args = normaliseArguments(words, knownOptions(program));
      assert.notEqual(calledCommand(program, args), program, "no such command");
      try {
        await program.parseAsync(args, { from: "user" });
      } catch (error) {
        // Help ends with an error, too.
        const isHelp = error instanceof CommanderError && error.exitCode === 0;
        if (!isHelp && !(error instanceof Begun)) throw error;
        isBegun ||= isHelp;
      }
      assert.ok(isBegun, "it was refused before it began");
    });
  }

  test("is one of migrator, or one that every administrator knows", () => {
    const known =
      /^(migrator|psql|pg_isready|createdb|openssl|getent|ss|ls|df|ps|echo|export|sha256sum|npx bun|deno task|git fetch|git rev-parse|git status) |^(CREATE|ALTER|GRANT|ANALYZE) .*;$/;
    for (const { code, command } of commands) assert.match(`${command}`, known, code);
  });
});

describe("a failure on a terminal", () => {
  const said = (columns: number | undefined, ...failures: readonly Failure[]) => {
    let text = "";
    const stderr = (one: string | (() => string)) =>
      void (text += typeof one === "string" ? one : one());
    const options = {
      palette: COLOURLESS,
      isScreen: columns !== undefined,
      columns,
      rows: 24,
      level: "info",
      queries: false,
    } as const;
    humanOutput({ stdout: () => assert.fail("results only"), stderr }, options).failed(failures, 4);
    return text;
  };
  const cycle = new Failure("graph/cycle", "Migrations wait for each other.", { hint: "Look." });
  const root = new Failure("graph/no-root", "None is the first.");

  test("says how to read more about it, once for each code", () => {
    assert.equal(
      said(80, cycle, root, cycle),
      "error[graph/cycle]: Migrations wait for each other.\n  next: Look.\n" +
        "error[graph/no-root]: None is the first.\n" +
        "error[graph/cycle]: Migrations wait for each other.\n  next: Look.\n" +
        "  more: migrator help graph/cycle graph/no-root\n",
    );
  });

  test("says no such thing in a log, or where there is nothing to read", () => {
    assert.doesNotMatch(said(undefined, cycle), /more:/);
    assert.doesNotMatch(said(80, new Failure("usage/no-command", "None.")), /more:/);
    assert.doesNotMatch(said(80, new Failure("interrupted/interrupted", "Stopped.")), /more:/);
  });
});

class Begun extends Error {}
