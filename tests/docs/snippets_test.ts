import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { readBatchedMigration } from "../../src/definition/batched/batched_migration_file.ts";
import type { LayoutName } from "../../src/definition/migration/definition.ts";
import { readHeader } from "../../src/definition/migration/header.ts";
import { readMetadata } from "../../src/definition/migration/metadata.ts";
import type { Failure } from "../../src/failure.ts";
import { readConfig } from "../../src/config/read_config.ts";
import { SyntaxProblem } from "../../src/sql/parser.ts";
import { parseStatements } from "../../src/sql/script_statements.ts";
import { documentation, ROOT } from "../support/documentation.ts";
import { loadFiles } from "../pure/definition/load_files.ts";
import { type Block, readMarkdown } from "../support/markdown.ts";

/** What is wrong with a snippet; undefined when nothing is. */
type Check = (block: Block) => Promise<string | undefined> | string | undefined;

/** By language. A snippet in another one fails, because nothing would notice when it gets stale. */
const CHECKS: Readonly<Record<string, Check>> = {
  yaml: checkYaml,
  sql: checkSql,
  json: checkJson,
  text: checkText,
  // The types are checked below; commands and sessions in commands_test.ts and sessions_test.ts.
  ts: () => undefined,
  sh: () => undefined,
  console: () => undefined,
};

async function problemsOf(pages: readonly { path: string; blocks: readonly Block[] }[]) {
  const problems: string[] = [];
  for (const { path, blocks } of pages) {
    for (const block of blocks) {
      const check = CHECKS[block.language];
      const problem = check ? await check(block) : `nothing checks "${block.language}"`;
      if (problem !== undefined) problems.push(`${path}:${block.line}: ${problem}`);
    }
  }
  return problems;
}

/** What other programs read: only its syntax is checked. */
const FOREIGN_YAML: ReadonlySet<string> = new Set([
  "prometheus.yml",
  ".github/workflows/migrations.yml",
  ".gitlab-ci.yml",
  ".pre-commit-config.yaml",
  ".pre-commit-hooks.yaml",
]);

/** By the file that the fence names: ```` ```yaml metadata.yaml ````. */
async function checkYaml({ about, text }: Block): Promise<string | undefined> {
  const defects: Failure[] = [];
  const reporting = { path: about, report: (defect: Failure) => void defects.push(defect) };
  const background = /(?:^|\/)background\/(\w+)\.yaml$/.exec(about)?.[1];
  try {
    if (/(?:^|\/)migrator\.yaml$/.test(about)) readConfig(text, about);
    else if (/(?:^|\/)metadata\.yaml$/.test(about)) readMetadata(text, reporting);
    else if (background) await readBatchedMigration(text, { name: background, ...reporting });
    else if (FOREIGN_YAML.has(about)) return checkForeignYaml(text);
    else return `nothing reads the YAML of "${about}"`;
  } catch (error) {
    return String(error);
  }
  return defects.length > 0 ? defects.map(String).join("; ") : undefined;
}

function checkForeignYaml(text: string): string | undefined {
  const problems = parseAllDocuments(text).flatMap(({ errors, warnings }) => [
    ...errors,
    ...warnings,
  ]);
  return problems.length > 0 ? problems.map(String).join("; ") : undefined;
}

/** PostgreSQL's grammar, and the keys of a `-- migrator:` header. */
async function checkSql({ about, text }: Block): Promise<string | undefined> {
  const defects: Failure[] = [];
  readHeader(text, { path: about, report: (defect) => void defects.push(defect) });
  if (defects.length > 0) return defects.map(String).join("; ");
  try {
    await parseStatements(text);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxProblem) return error.message;
    throw error;
  }
}

function checkJson({ text }: Block): string | undefined {
  for (const line of text.trimEnd().split("\n")) {
    try {
      JSON.parse(line);
    } catch (error) {
      return String(error);
    }
  }
  return undefined;
}

const METADATA = "name: any\nparents: []\n";

/** ```` ```text layout golang-migrate ````: the files of one database. ```` ```text commit ````: a subject. */
async function checkText({ about, text }: Block): Promise<string | undefined> {
  if (about === "commit") {
    return /^[a-z]+: \S.{0,70}\S\n$/.test(text)
      ? undefined
      : "a subject is `room: what is changed`";
  }
  const [, layout] = /^layout ([a-z-]+)$/.exec(about) ?? [];
  if (layout === undefined) return "a text that is neither a layout nor a commit cannot be checked";
  const names = text.trimEnd().split("\n").map((line) => /^migrations\/\w+\/(\S+)/.exec(line)?.[1]);
  if (names.includes(undefined)) return "each line names a file of migrations/<database>/";
  const files = Object.fromEntries(
    (names as string[]).map((name) => [name, name.endsWith(".yaml") ? METADATA : "SELECT 1;\n"]),
  );
  try {
    const found: LayoutName = (await loadFiles(files)).layout;
    return found === layout ? undefined : `these files are of the layout ${found}`;
  } catch (error) {
    return String(error);
  }
}

describe("the documentation's snippets", () => {
  test("are what they say, by the program's own readers and PostgreSQL's grammar", async () => {
    assert.deepEqual(await problemsOf(documentation()), []);
  });

  test("in TypeScript have right types", {
    skip: "Bun" in globalThis ? "Deno checks types" : false,
  }, () => {
    const pages = documentation().filter(({ blocks }) =>
      blocks.some(({ language }) => language === "ts")
    ).map(({ path }) => path);
    assert.ok(pages.length > 0);
    const checked = spawnSync(process.execPath, ["check", "--quiet", "--doc-only", ...pages], {
      cwd: ROOT,
      encoding: "utf8",
    });
    assert.equal(checked.status, 0, checked.stderr);
  });

  const wrong: Readonly<Record<string, string>> = {
    "an unknown language": "```perl\nprint 1\n```\n",
    "no language": "```\nprint 1\n```\n",
    "SQL that does not parse": "```sql\nSELEC 1;\n```\n",
    "a header with an unknown key": "```sql\n-- migrator: lockTimeuot: 5s\nSELECT 1;\n```\n",
    "YAML that nothing reads": "```yaml other.yaml\na: 1\n```\n",
    "an unknown setting": "```yaml migrator.yaml\nreader: [a]\n```\n",
    "unknown metadata": "```yaml metadata.yaml\nparents: []\nprivilegd: true\n```\n",
    "a batched migration without SQL": "```yaml background/fill.yaml\ntable: routes\n```\n",
    "JSON that is cut off": '```json\n{"a": 1\n```\n',
    "a subject without its room": "```text commit\nFix things\n```\n",
    "another layout": "```text layout bun\nmigrations/shop/1_init.up.sql\n```\n",
  };
  for (const [name, text] of Object.entries(wrong)) {
    test(`are refused: ${name}`, async () => {
      const problems = await problemsOf([{ path: "page.md", blocks: readMarkdown(text).blocks }]);
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, /^page\.md:1: /);
    });
  }
});
