import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { CommanderError } from "commander";
import { normaliseArguments } from "../../src/cli/program/arguments.ts";
import { buildProgram, knownOptions } from "../../src/cli/program.ts";
import { documentation, type DocumentationPage, ROOT } from "../support/documentation.ts";
import { type Page, readMarkdown } from "../support/markdown.ts";
import { type SimpleCommand, simpleCommands } from "../support/shell_words.ts";
import { stepsOf } from "./session.ts";

/** Programs beside ours that a snippet may call; a typing error in a name would be none of them. */
const OTHERS = new Set(
  ("$EDITOR apk aws bun bunx cat cd chmod cp createdb createuser echo export git jq kill man mkdir openssl " +
    "npm pgbouncer psql rm sha256sum source tee unzip").split(" "),
);

const TASKS = Object.keys(
  (JSON.parse(fs.readFileSync(path.join(ROOT, "deno.json"), "utf8")) as { tasks: object }).tasks,
);

class Begun extends Error {}

/** Whether the command line takes these words: commands, options, their values, arguments. */
async function refusal(args: readonly string[]): Promise<string | undefined> {
  const program = await buildProgram(() => {
    throw new Begun();
  }, () => {});
  try {
    await program.parseAsync(normaliseArguments(args, knownOptions(program)), { from: "user" });
  } catch (error) {
    if (error instanceof Begun) return undefined;
    if (error instanceof CommanderError) return error.exitCode === 0 ? undefined : error.message;
    throw error;
  }
  return "it does nothing";
}

/** `npx --yes deno@2.9.6 task test` is `deno task test`. */
function denoOf([program, ...args]: SimpleCommand): readonly string[] | undefined {
  if (program === "deno") return args;
  if (program !== "npx") return undefined;
  return args[0] === "--yes" && args[1] === "deno@2.9.6" ? args.slice(2) : [];
}

async function problemOf(command: SimpleCommand): Promise<string | undefined> {
  const [program, ...args] = command;
  const deno = denoOf(command);
  if (deno !== undefined) return await problemOfDeno(deno);
  if (/(?:^|\/|-)migrator$/.test(program)) return await refusal(args);
  if (/^\.ci\/|^\.\//.test(program)) {
    return fs.existsSync(path.join(ROOT, program)) ? undefined : `there is no ${program}`;
  }
  return OTHERS.has(program) ? undefined : `${program} is a program that no page should need`;
}

async function problemOfDeno([verb = "", ...args]: readonly string[]) {
  if (verb === "task") return TASKS.includes(args[0] ?? "") ? undefined : `no task ${args[0]}`;
  const file = args.find((arg) => !arg.startsWith("-"));
  if (verb === "run" && file === "cli.ts") return await refusal(args.slice(args.indexOf(file) + 1));
  if (!/^(run|test|fmt|lint|check|doc|add)$/.test(verb)) return `deno has no ${verb}`;
  return file === undefined || verb === "add" || fs.existsSync(path.join(ROOT, file))
    ? undefined
    : `there is no ${file}`;
}

/** What a session types, but for what is shown because it is refused: `$ migrator upp   # exit 2`. */
function typedIn(session: string): string {
  return stepsOf(session).filter(({ status }) => status !== 2).map(({ typed }) => typed).join("\n");
}

async function problemsOf(page: Pick<Page, "blocks" | "spans"> & { readonly path: string }) {
  const scripts = page.blocks.flatMap(({ language, text, line }) =>
    language === "sh" ? { text, line } : language === "console" ? { text: typedIn(text), line } : []
  );
  // A span with an ellipsis leaves the rest to the reader.
  const spans = page.spans.filter(({ text }) => /^(\S+=\S+ )*migrator [a-z-]/.test(text))
    .filter(({ text }) => !text.includes("…"));
  const problems: string[] = [];
  for (const { text, line } of [...scripts, ...spans]) {
    for (const command of simpleCommands(text)) {
      const problem = await problemOf(command);
      if (problem) problems.push(`${page.path}:${line}: ${command.join(" ")}: ${problem}`);
    }
  }
  return problems;
}

/** Options of other programs that pages mention. */
const OTHER_OPTIONS = new Set(["--bun:", "--bun:split", "--empty", "--omit=optional"]);

const known = knownOptions(await buildProgram(() => assert.fail("nothing is run"), () => {}));

/** Options that are mentioned in passing, such as `--lock-wait 10min`. */
function unknownOptions({ path, spans }: Pick<DocumentationPage, "path" | "spans">) {
  return spans.flatMap(({ text, line }) =>
    [...text.matchAll(/(?<=^|\s)--[a-z][\w:=-]*/g)]
      .map(([option]) => option)
      .filter((option) => !known.has(option.split("=")[0]!) && !OTHER_OPTIONS.has(option))
      .map((option) => `${path}:${line}: ${option}`)
  );
}

describe("the documentation's commands", () => {
  const pages = documentation();

  test("are taken by the command line as they stand", async () => {
    const problems: string[] = [];
    for (const page of pages) problems.push(...await problemsOf(page));
    assert.deepEqual(problems, []);
  });

  test("and the options that users' pages mention exist", () => {
    const users = pages.filter((page) =>
      /^(README|docs\/|migrations\/|examples\/)/.test(page.path)
    );
    assert.deepEqual(users.flatMap(unknownOptions), []);
  });

  const wrong: Readonly<Record<string, string>> = {
    "an unknown command": "```sh\nmigrator upp\n```\n",
    "an unknown option": "```sh\nA=1 ./shop-migrator up --tarket 3 > file\n```\n",
    "a value that is none": "```sh\nmigrator up --lock-timeout soon\n```\n",
    "a missing argument": "```console\n$ migrator describe\nnothing\n```\n",
    "an argument too many": "A word on `migrator status now`.\n",
    "another program": "```sh\nmigrator status | gerp pending\n```\n",
    "an unknown task": "```sh\nnpx --yes deno@2.9.6 task tset\n```\n",
    "another Deno": "```sh\nnpx --yes deno@2.9.5 task test\n```\n",
  };
  for (const [name, text] of Object.entries(wrong)) {
    test(`are refused: ${name}`, async () => {
      const problems = await problemsOf({ path: "page.md", ...readMarkdown(text) });
      assert.equal(problems.length, 1, problems.join("\n"));
    });
  }
});
