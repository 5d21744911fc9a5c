import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { buildProgram, programFor } from "../../../src/cli/program.ts";

const begin = () => assert.fail("nothing is run");

/** The commands that are there for these arguments. */
async function loaded(...args: string[]): Promise<readonly string[]> {
  const program = await programFor(args, begin, () => {});
  return program.commands.map((command) => command.name());
}

describe("loading one command", () => {
  const all = Object.keys(COMMANDS);

  test("calls each by its own name", async () => {
    for (const word of all) {
      const { commands } = await buildProgram(begin, () => {}, [word]);
      const words = commands.flatMap((one) => [one.name(), ...one.aliases()]);
      assert.deepEqual(words, [word]);
    }
  });

  test("is enough where the command and its options are known", async () => {
    assert.deepEqual(await loaded("version"), ["version"]);
    assert.deepEqual(await loaded("up", "--db=frontend", "-dry-run"), ["up"]);
    assert.deepEqual(await loaded("background", "work", "--help"), ["background"]);
    assert.deepEqual(await loaded("compat", "--", "prog", "--unknown"), ["compat"]);
  });

  test("is not where the answer may depend on the others", async () => {
    for (
      const args of [
        [],
        ["--help"],
        ["help", "up"],
        ["__complete", "u"],
        ["--db", "frontend", "up"],
        ["verison"],
        ["toString"],
        ["version", "--target", "12"],
      ]
    ) {
      assert.deepEqual(await loaded(...args), all, args.join(" "));
    }
  });
});
