import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { everyCommand, wordsOf } from "../../../src/cli/program/command_tree.ts";
import { examplesOf } from "../../../src/cli/program/examples.ts";
import { buildProgram } from "../../../src/cli/program.ts";

const WIDTH = 80;

const pages = new Map<string, string>();
const program = await buildProgram(
  () => {
    throw new Error("nothing is begun");
  },
  (text) => void pages.set(asked, (pages.get(asked) ?? "") + text),
);
let asked = "";

describe("help of commands within commands", () => {
  const inner = everyCommand(program).filter((command) => wordsOf(command).includes(" "));

  for (const command of inner) {
    const words = wordsOf(command);
    test(`fits into ${WIDTH} columns: ${words}`, () => {
      asked = words;
      command.outputHelp();
      const page = pages.get(words)!;
      assert.deepEqual(page.split("\n").filter((line) => line.length > WIDTH), []);
      assert.match(page, new RegExp(`^Usage: migrator ${words}\\b`));
      const examples = examplesOf(command);
      assert.ok(examples.length > 0);
      for (const example of examples) assert.match(example, new RegExp(`^migrator ${words}\\b`));
    });
  }
});
