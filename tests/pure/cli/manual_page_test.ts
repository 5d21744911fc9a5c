import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { everyCommand, wordsOf } from "../../../src/cli/program/command_tree.ts";
import { EXIT_STATUSES } from "../../../src/cli/program/exit_statuses.ts";
import { manualPage } from "../../../src/cli/manual/manual_page.ts";
import { plain } from "../../../src/cli/manual/roff.ts";
import { buildProgram } from "../../../src/cli/program.ts";
import { EXIT } from "../../../src/failure.ts";

const SOURCE = fileURLToPath(new URL("../../../src/", import.meta.url));

const program = await buildProgram(() => assert.fail("nothing is run"), () => {});
const page = manualPage(program);

describe("the manual", () => {
  test("has every command, with all of its options and examples", () => {
    const help = program.createHelp();
    const chapters = new Map(
      page.split('\n.SS "').slice(1).map((text) => [text.split('"')[0], text.split("\n.SH")[0]]),
    );
    const hidden = program.commands.filter((one) => !help.visibleCommands(program).includes(one));
    const shown = everyCommand(program).filter((one) => one !== program && !hidden.includes(one));
    assert.equal(chapters.size, shown.length);
    for (const command of shown) {
      const text = chapters.get(`${wordsOf(command)} ${command.usage()}`) ?? "";
      for (const { long } of help.visibleOptions(command)) {
        assert.ok(text.includes(`\\fB${plain(long ?? "")}`), `${wordsOf(command)} ${long}`);
      }
      assert.match(text, /\n\.nf\nmigrator /, wordsOf(command));
    }
    assert.doesNotMatch(page, /__complete/);
  });

  test("describes once what several commands take", () => {
    assert.equal(page.split("one JSON object per line").length, 2);
    assert.equal(page.split("record that a migration").length, 1);
  });

  test("has every exit status", () => {
    const told = EXIT_STATUSES.flatMap(([statuses]) => statuses);
    assert.deepEqual(told, Object.values(EXIT).sort((a, b) => a - b));
  });

  test("has every variable that the program reads", () => {
    const names = fs.readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [
        ...fs.readFileSync(path.join(SOURCE, file), "utf8")
          .matchAll(/\benv(?:ironment)?(?:\["|\.)([A-Z][A-Z_]+)\b/g),
      ])
      .map(([, name = ""]) => name);
    assert.ok(names.length > 10, names.join());
    const [, told = ""] = /\n\.SH ENVIRONMENT\n(.*?)\n\.SH/s.exec(page) ?? [];
    assert.deepEqual(names.filter((name) => !told.includes(name)), []);
  });

  test("holds nothing that its reader would take for an order", () => {
    assert.equal(plain(".so /etc/passwd"), "\\&.so /etc/passwd");
    assert.equal(plain("'it"), "\\&'it");
    assert.equal(plain("a\\fBb --c …"), "a\\efBb \\-\\-c \\[u2026]");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(page, /[^\x00-\x7f]/);
  });
});
