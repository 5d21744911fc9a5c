import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  COMMAND_ALIASES,
  commandAlias,
  optionAlias,
} from "../../../src/cli/program/command_aliases.ts";
import { everyCommand } from "../../../src/cli/program/command_tree.ts";
import { buildProgram } from "../../../src/cli/program.ts";

const program = await buildProgram(() => assert.fail("nothing is run"), () => {});
const commands = everyCommand(program);

describe("the words of other tools", () => {
  test("are none of ours, and lead to commands and options that there are", () => {
    for (const word of COMMAND_ALIASES) {
      assert.ok(!program.commands.some((command) => command.name() === word), word);
      const { hint } = commandAlias(word, [])!;
      const named = [...hint.matchAll(/migrator (\w+(?: add)?)((?: --\w+)*)/g)];
      assert.ok(named.length > 0, word);
      for (const [, name = "", options = ""] of named) {
        const found = commands.find((one) => one.name() === name.split(" ").at(-1));
        assert.ok(found, `${word}: ${name}`);
        for (const option of options.split(" ").filter(Boolean)) {
          assert.ok(found.options.some(({ long }) => long === option), `${word}: ${option}`);
        }
      }
    }
  });

  test("are understood however they are written, with what was typed behind them", () => {
    const hint = (line: string) => {
      const [word = "", ...rest] = line.split(" ");
      return commandAlias(word, rest)?.hint;
    };
    assert.equal(hint("Migrate"), "migrator up");
    assert.equal(
      hint("mark_applied 20240101000000 --db proxy"),
      'migrator log add 20240101000000 --up --reason "…" --db proxy',
    );
    assert.equal(hint("upto -db=frontend -target=5"), "migrator up --target 5");
    assert.equal(hint("downgrade --db frontend"), "migrator downto VERSION --db frontend");
    assert.equal(hint("up"), undefined);
    assert.equal(hint("constructor"), undefined);
  });

  test("may be options", () => {
    const known = new Set(commands.flatMap(({ options }) => options.map(({ long }) => long)));
    for (const option of ["--path", "--database", "--dsn", "--schema", "--format", "--v"]) {
      assert.ok(known.has(optionAlias(option)), option);
    }
    assert.equal(optionAlias("--constructor"), "--constructor");
  });
});
