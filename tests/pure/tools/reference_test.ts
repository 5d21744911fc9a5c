import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { before, describe, test } from "node:test";
import { everyCommand, wordsOf } from "../../../src/cli/program/command_tree.ts";
import { buildProgram } from "../../../src/cli/program.ts";
import { ROOT } from "../../../tools/bun.ts";
import { REFERENCE } from "../../../tools/docs.ts";
import { anchor, inline, type Page, table } from "../../../tools/reference/markdown.ts";
import { fieldsOf, recordFaults, type RecordKind } from "../../../tools/reference/record.ts";
import { RECORDS } from "../../../tools/reference/records.ts";
import { referencePages } from "../../../tools/reference/reference.ts";

const program = await buildProgram(() => assert.fail("nothing is run"), () => {});

describe("docs/reference", () => {
  let pages: readonly Page[];
  // Embedded PostgreSQL is prepared once for all who use it on a host.
  before(async () => pages = await referencePages(), { timeout: 120_000 });

  test("is what the program renders; if not, run: deno task docs", () => {
    const stored = fs.readdirSync(REFERENCE, { recursive: true }).map(String)
      .filter((file) => file.endsWith(".md")).map((file) => file.replaceAll("\\", "/")).sort();
    assert.deepEqual(stored, pages.map(({ file }) => file).sort());
    for (const { file, text } of pages) {
      const isSame = fs.readFileSync(path.join(REFERENCE, file), "utf8") === text;
      assert.ok(
        isSame,
        `docs/reference/${file} is stale: run deno task docs, and look at the diff`,
      );
    }
  });

  test("has no link that leads nowhere", () => {
    const targets = new Set(pages.flatMap(({ file, text }) => [
      file,
      ...headingsOf(text).map((heading) => `${file}${anchor(heading)}`),
    ]));
    const broken = pages.flatMap(({ file, text }) =>
      [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) => {
        const [to = "", hash] = target.split("#");
        const full = to === "" ? file : path.posix.join(path.posix.dirname(file), to);
        return hash === undefined ? full : `${full}#${hash}`;
      }).filter((target) => !targets.has(target)).map((target) => `${file}: ${target}`)
    );
    assert.deepEqual(broken, []);
  });

  test("begins each page with its title and says what it is about", () => {
    for (const { file, title, text } of pages) {
      assert.ok(text.startsWith(`# ${title}\n\n<!-- `), file);
      assert.match(text, /-->\n\n[A-Z][^\n]{30,}\.( |\n)/, file);
      assert.doesNotMatch(text, /undefined|\[object Object\]|\n\n\n/, file);
    }
  });
});

/** As GitHub numbers them, the second heading of the same words has another anchor: then none counts. */
function headingsOf(text: string): readonly string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return headings.filter((heading) =>
    headings.filter((one) => anchor(one) === anchor(heading)).length === 1
  );
}

describe("the declared records of --json", () => {
  // Commands that hold others do nothing by themselves, apart from this one.
  const works = ["bundle"];
  const words = everyCommand(program)
    .filter((command) => command.commands.length === 0 || works.includes(wordsOf(command)))
    .map(wordsOf).filter((word) => !word.startsWith("__"));

  test("have a last line for each command", () => {
    const finished = RECORDS.filter(({ events }) => events.includes("finished"));
    assert.deepEqual(finished.flatMap(({ commands }) => commands).sort(), [...words].sort());
  });

  test("name commands that there are", () => {
    const unknown = RECORDS.flatMap(({ commands }) => commands)
      .filter((command) => !words.includes(command));
    assert.deepEqual(unknown, []);
  });

  test("are all that the sources print", () => {
    const declared = RECORDS.flatMap(({ events }) => events);
    const printed = ["src/cli", "src/report"].flatMap((directory) =>
      fs.readdirSync(path.join(ROOT, directory), { recursive: true }).map(String)
        .filter((file) => file.endsWith(".ts"))
        .flatMap((file) => {
          const text = fs.readFileSync(path.join(ROOT, directory, file), "utf8");
          return [...text.matchAll(/\bevent: "([a-z-]+)"/g)].map(([, event = ""]) => event);
        })
    );
    assert.ok(printed.length > 30, "they were not found");
    assert.deepEqual(printed.filter((event) => !declared.includes(event)), []);
  });

  test("are written so that they can be read", () => {
    for (const { events, says, fields } of RECORDS) {
      assert.match(says, /^[A-Z`].*\.$/, events[0]);
      for (const { name, types } of fieldsOf(fields)) {
        assert.match(name, /^[a-z][a-z0-9_]*$/, `${events[0]}.${name}`);
        const known = ["string", "integer", "number", "boolean", "object", "array", "null", "any"];
        assert.deepEqual(types.filter((type) => !known.includes(type)), [], `${events[0]}.${name}`);
      }
    }
  });
});

describe("faults of printed records", () => {
  const KINDS: readonly RecordKind[] = [
    { events: ["done"], commands: ["a"], says: "", fields: { n: "integer: A number." } },
    { events: ["done"], commands: ["b"], says: "", fields: { s: "string|null?: Some text." } },
    {
      events: ["finished"],
      commands: [],
      says: "",
      fields: { command: "string: The command.", ratio: "number?: A part." },
    },
  ];
  const TABLE: readonly (readonly [lines: readonly object[], faults: readonly RegExp[]])[] = [
    [[{ event: "done", n: 1 }, { event: "finished", command: "a" }], []],
    [[{ event: "done", s: null }, { event: "finished", command: "b", ratio: 1 }], []],
    [[{ event: "done" }, { event: "finished", command: "b", ratio: 0.5 }], []],
    [[{ event: "done", n: 1 }], []],
    [[], []],
    [[{ event: "done", s: "x" }, { event: "finished", command: "a" }], [
      /"s" is not declared, in "done" of the command "a"/,
      /"n" is absent/,
    ]],
    [[{ event: "done", n: 1.5 }, { event: "finished", command: "a" }], [
      /"n" is of type number, not integer/,
    ]],
    [[{ event: "done", n: 1 }, { event: "finished", command: "c" }], [
      /event "done" of the command "c" is not declared/,
    ]],
    [[{ event: "gone" }], [/event "gone" .* is not declared/]],
  ];
  for (const [lines, faults] of TABLE) {
    test(`of ${JSON.stringify(lines)} are ${faults.length}`, () => {
      const found = recordFaults(lines as Record<string, unknown>[], KINDS);
      assert.equal(found.length, faults.length, found.join("\n"));
      for (const [index, fault] of faults.entries()) assert.match(found[index]!, fault);
    });
  }

  test("a declaration of another form is refused", () => {
    assert.throws(() => fieldsOf({ n: "an integer" }), /"an integer" of n/);
  });
});

describe("Markdown", () => {
  test("escapes what would be markup, and nothing in code", () => {
    assert.equal(
      inline("<NAME>_PGHOST, pg_… and a_b *: `<x>_*`"),
      "\\<NAME\\>\\_PGHOST, pg\\_… and a_b \\*: `<x>_*`",
    );
    assert.equal(table(["a", "b"], [["x|y", "z\n1"]]), "| a | b |\n| --- | --- |\n| x\\|y | z 1 |");
  });

  test("finds headings where GitHub puts them", () => {
    assert.equal(anchor("migrator log add"), "#migrator-log-add");
    assert.equal(anchor("graph/cycle"), "#graphcycle");
    assert.equal(anchor("migration_logs"), "#migration_logs");
  });
});
