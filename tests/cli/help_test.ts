import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { runMigrator } from "../support/command.ts";

const COMMANDS = [
  "up",
  "down",
  "downto",
  "undo",
  "redo",
  "upgrade",
  "rollback",
  "repair",
  "adopt",
  "status",
  "plan",
  "describe",
  "validate",
  "graph",
  "leaves",
  "doctor",
  "drift",
  "config",
  "wait",
  "lock",
  "serve",
  "add",
  "convert",
  "docs",
  "verify",
  "squash",
  "compat",
  "lint",
  "check",
  "log",
  "force",
  "script",
  "bundle",
  "release",
  "background",
  "completions",
  "version",
  "help",
];

const WIDTH = 80;

describe("help", () => {
  let general: string;
  const pages = new Map<string, string>();
  before(async () => {
    general = (await runMigrator(["help"])).stdout;
    for (const command of COMMANDS) {
      const { status, stdout, stderr } = await runMigrator(["help", command]);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" }, command);
      pages.set(command, stdout);
    }
  });

  test("lists every command with a line of its own", () => {
    const listed = [...general.matchAll(/^ {2}([a-z]+)(?: [<[]\w+[>\]])? {2,}\S/gm)].map((m) =>
      m[1]
    );
    assert.deepEqual(listed, COMMANDS);
  });

  test(`has no line longer than ${WIDTH} columns, and no white space at an end`, () => {
    for (const [name, page] of [["help", general] as const, ...pages]) {
      const bad = page.split("\n").filter((line) => line.length > WIDTH || /\s$/.test(line));
      assert.deepEqual(bad, [], name);
      assert.match(page, /[^\n]\n$/, name);
    }
  });

  test("describes every command and its every argument", () => {
    for (const [name, page] of pages) {
      assert.match(page, /^Usage: migrator \w+ .*\n\n[A-Z][^\n]{20}/, name);
      const argument = /^Usage: .*[<[](\w+)(?:\.{3})?[>\]]$/m.exec(page)?.[1];
      if (argument !== "options") {
        assert.match(page, new RegExp(`^ {2}${argument} +\\S`, "m"), name);
      }
    }
  });

  for (const asked of [["--help"], ["-h"], ["-help"], ["help", "--db", "x"]]) {
    const refused = asked.length > 2;
    test(`${asked.join(" ")} ${refused ? "is refused" : "is the same as help"}`, async () => {
      const { status, stdout } = await runMigrator(asked);
      assert.deepEqual(
        { status, stdout },
        refused ? { status: 2, stdout: "" } : { status: 0, stdout: general },
      );
    });
  }

  test("of a command is what its --help says", async () => {
    for (
      const args of [["up", "--help"], ["--help", "up"], ["-h", "up"], ["up", "--db", "x", "-h"]]
    ) {
      assert.equal((await runMigrator(args)).stdout, pages.get("up"), args.join(" "));
    }
  });

  test("is one line of JSON for programs", async () => {
    for (const args of [["help", "--json"], ["--json", "--help"]]) {
      const [only, ...more] = (await runMigrator(args)).json();
      assert.deepEqual(more, []);
      assert.equal(only?.["event"], "finished");
      assert.equal(`${only?.["text"]}\n`, general);
    }
  });

  test("has examples that can be typed as they are", async () => {
    for (const [name, page] of [["", general] as const, ...pages]) {
      const examples = [...page.matchAll(/^ {2}\$ migrator (.*)$/gm)].map((match) =>
        match[1] ?? ""
      );
      assert.ok(examples.length > 0, `${name} has no example`);
      for (const example of examples) {
        if (name) assert.equal(example.split(" ")[0], name);
        assert.deepEqual(await complaints(example), [], example);
      }
    }
  });
});

describe("help of an error code", () => {
  test("prints its page", async () => {
    const { status, stdout, stderr } = await runMigrator(["help", "lock/held"]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(stdout, /^lock\/held: Another runner is at work\n\n {2}The migration lock/);
    assert.match(stdout, /^ {7}\$ migrator lock --db NAME$/m);
  });

  test("prints the pages of all that are named, and of all that a last part means", async () => {
    const { stdout } = await runMigrator(["help", "graph/cycle", "wrong-type"]);
    assert.deepEqual(
      [...stdout.matchAll(/^([a-z]+\/[a-z-]+): /gm)].map(([, code]) => code),
      ["graph/cycle", "settings/wrong-type", "definition/wrong-type"],
    );
  });

  test("lists those of a family, and all", async () => {
    const { stdout: family } = await runMigrator(["help", "graph/"]);
    assert.match(family, /^Exit status 4, migration files:\n {2}graph\/cycle +Migrations are each/);
    const { stdout: all } = await runMigrator(["help", "errors"]);
    assert.ok(all.includes(family.split("\n")[1]!), all);
    assert.match(all, /^ {2}defect\/unexpected +A defect of migrator$/m);
  });

  test("is one line of JSON for programs", async () => {
    const [only, ...more] = (await runMigrator(["help", "lock/held", "--json"])).json();
    assert.deepEqual(more, []);
    const { event, command, text, pages } = only as Record<string, unknown>;
    assert.deepEqual({ event, command }, { event: "finished", command: "help" });
    assert.match(String(text), /^lock\/held: Another runner/);
    const [page] = pages as Record<string, unknown>[];
    assert.equal(page?.["code"], "lock/held");
    assert.equal(page?.["exit_code"], 6);
    assert.equal(page?.["retry"], "later");
  });

  const WRONG: readonly (readonly [word: string, printed: RegExp])[] = [
    [
      "graph/cycel",
      /^error\[usage\/unknown-code\]: .*"graph\/cycel"\.\n {2}next: migrator help graph\/cycle\n$/,
    ],
    ["cycel", /^error\[usage\/unknown-code\]: .*\n {2}next: migrator help graph\/cycle\n$/],
    ["no/such-thing", /^error\[usage\/unknown-code\]: .*\n {2}next: .*migrator help errors\n$/],
    ["statsu", /^error\[usage\/unknown-command\]: .*\n {2}next: migrator status\n$/],
    [
      "frobnicate",
      /^error\[usage\/unknown-command\]: .*\n {2}next: See the commands: migrator help\n$/,
    ],
  ];
  for (const [word, printed] of WRONG) {
    test(`that is none says what is near: ${word}`, async () => {
      const { status, stdout, stderr } = await runMigrator(["help", word]);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: "" });
      assert.match(stderr, printed);
    });
  }
});

/** Examples in which the words of a command line end before a remark, a pipe or another command. */
function words(example: string): string[] {
  const [line = ""] = example.split(/\s+(?:#|\||&&)/);
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

/** Usage errors of the example where there are neither migrations nor a server. */
async function complaints(example: string): Promise<unknown[]> {
  const args = words(example).filter((word) => !word.startsWith("pglite:"));
  if (args.length < words(example).length) args.push("postgres://127.0.0.1:1/none");
  const { stdout, stderr } = await runMigrator(args);
  return [...`${stdout}${stderr}`.matchAll(/error\[usage\/.*/g)].map(([line]) => line);
}
