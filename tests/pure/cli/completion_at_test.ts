import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Command } from "commander";
import { type Completion, completionAt } from "../../../src/cli/completion/completion_at.ts";
import { everyCommand } from "../../../src/cli/program/command_tree.ts";
import { buildProgram } from "../../../src/cli/program.ts";

const program = await buildProgram(() => assert.fail("nothing is run"), () => {});

describe("completion", () => {
  // The last word is the one at the cursor.
  const TABLE: readonly (readonly [line: string, wanted: string])[] = [
    ["down --target ", "versions"],
    ["-db frontend down -target ", "versions"],
    ["down --target=1", "versions"],
    ["describe ", "versions"],
    ["describe --db frontend ", "versions"],
    ["log add ", "versions"],
    ["log add --up --reason done ", "versions"],
    ["up --db ", "databases"],
    ["up --db=", "databases"],
    ["--db ", "databases"],
    ["-db=fr", "databases"],
    ["up --migrations ", "directories"],
    ["bundle --migrations db --output ", "files"],
    ["bundle --output=", "files"],
    ["up --durable ", "run each"],
    ["wait --for=", "schema server"],
    ["graph --format ", "text mermaid dot"],
    ["completions ", "bash zsh fish"],
    ["log ", "add"],
    ["help ", "help"],
    ["help graph/", "help"],
    ["help log ", "add"],
    ["log add 5 --reason ", ""],
    ["add ", ""],
    ["down ", ""],
    ["down --database-url --target ", ""],
    ["status -- ", ""],
    ["up --frob --durable ", "run each"],
  ];
  for (const [line, wanted] of TABLE) {
    test(`of "${line}" is ${wanted || "nobody's guess"}`, () => {
      assert.equal(said(completionAt(program, line.split(" "))), wanted);
    });
  }

  test("offers every visible command, and every option of each, wherever it is nested", () => {
    const help = program.createHelp();
    for (const command of everyCommand(program)) {
      const words = pathOf(command);
      const inner = help.visibleCommands(command).map((one) => one.name());
      if (inner.length > 0) {
        assert.equal(said(completionAt(program, [...words, ""])), inner.join(" "));
      }
      const options = help.visibleOptions(command).map(({ long }) => long);
      assert.equal(said(completionAt(program, [...words, "-"])), options.join(" "));
    }
  });

  test("finds its way through commands of any depth", () => {
    const outer = new Command("outer");
    outer.command("one").command("two").command("three").argument("<version>").option("--x <dir>");
    assert.equal(said(completionAt(outer, ["one", "two", "three", ""])), "versions");
    assert.equal(said(completionAt(outer, ["one", "two", "three", "--x", ""])), "directories");
  });

  test("offers options where nothing else can stand, and no flag twice", () => {
    const words = said(completionAt(program, ["status", "--pending", ""])).split(" ");
    assert.ok(words.includes("--exit-code") && words.includes("--db"), words.join());
    assert.ok(!words.includes("--pending"), words.join());
  });

  test("offers nothing that is hidden", () => {
    assert.doesNotMatch(said(completionAt(program, [""])), /__complete/);
    assert.doesNotMatch(said(completionAt(program, ["validate", "--"])), /--database-url/);
  });

  test("knows the options in front of the cursor as their command would be given them", () => {
    const words = [
      "--db",
      "a",
      "down",
      "-db=b",
      "--migrations=x",
      "--lock-wait",
      "soon",
      "--target",
    ];
    assert.deepEqual(completionAt(program, [...words, ""]).options, {
      db: ["a", "b"],
      migrations: "x",
    });
  });

  test("keeps what stands before the last comma", () => {
    assert.equal(completionAt(program, ["up", "--db", "one,two,th"]).before, "one,two,");
    assert.equal(completionAt(program, ["up", "--db=one,"]).before, "one,");
    assert.equal(completionAt(program, ["up", "--db", "on"]).before, "");
  });
});

function pathOf(command: Command): readonly string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

function said({ source }: Completion): string {
  return source.kind === "words" ? source.words.map(({ word }) => word).join(" ") : source.kind;
}
