/**
 * The catalogue of error codes against the sources that use them. Nothing of `src` but the catalogue is
 * imported, so that this says what is missing also when the rest does not compile.
 */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ErrorPage } from "../../../src/error_pages/error_page.ts";
import { ERROR_PAGES } from "../../../src/error_pages/error_pages.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CODES = Object.keys(ERROR_PAGES);
const FAMILIES = [...new Set(CODES.map((code) => code.split("/")[0]!))];

/** Where the codes are told, and not thrown. */
const CATALOGUE = /^src\/(error_pages\/|error_code\.ts$)/;

interface Mention {
  readonly code: string;
  /** `src/graph/defects.ts:61`. */
  readonly place: string;
  /** It is only looked for: `error.code === "…"`. */
  readonly isCompared: boolean;
}

/** Every string literal of the form of a code, outside comments. */
function mentions(file: string, text: string): readonly Mention[] {
  const pattern = new RegExp(`(===|!==)?\\s*"((?:${FAMILIES.join("|")})/[a-z0-9-]+)"`, "g");
  return [...text.matchAll(pattern)].map((match) => ({
    code: match[2]!,
    place: placeOf(file, text, match.index + match[0].indexOf('"')),
    isCompared: match[1] !== undefined,
  }));
}

/** Places where a code is put together at run time, so that a search would not find it. */
function composed(file: string, text: string): readonly string[] {
  const pattern = new RegExp(`\`(?:${FAMILIES.join("|")})/[a-z0-9-]*\\$\\{(?!string\\})`, "g");
  const joined = new RegExp(`"(?:${FAMILIES.join("|")})/[a-z0-9-]*" \\+`, "g");
  return [pattern, joined].flatMap((one) => [...text.matchAll(one)])
    .map((match) => placeOf(file, text, match.index));
}

function placeOf(file: string, text: string, offset: number): string {
  return `${file}:${text.slice(0, offset).split("\n").length}`;
}

/** Comments become blanks, so that lines keep their numbers. */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (match, string?: string) => string ?? match.replaceAll(/[^\n]/g, " "),
  );
}

const sources = fs.readdirSync(path.join(ROOT, "src"), { recursive: true })
  .map((name) => `src/${String(name).replaceAll("\\", "/")}`)
  .filter((file) => file.endsWith(".ts") && !CATALOGUE.test(file))
  .map((file) => [file, withoutComments(fs.readFileSync(path.join(ROOT, file), "utf8"))] as const);

describe("the catalogue of error codes", () => {
  const used = sources.flatMap(([file, text]) => mentions(file, text));

  test("has a page for each code that the sources use", () => {
    const missing = used.filter(({ code }) => !CODES.includes(code)).map(({ code, place }) => {
      const [family] = code.split("/");
      return `${code} (${place}) has no page: add it to Code in src/error_code.ts, write its page ` +
        `in src/error_pages/${family}_errors.ts or a file beside it, then run: deno task docs`;
    });
    assert.deepEqual(missing, []);
  });

  test("has no page of a code that nothing reports", () => {
    const reported = new Set(used.filter((one) => !one.isCompared).map(({ code }) => code));
    const idle = CODES.filter((code) => !reported.has(code)).map((code) =>
      `nothing in src reports ${code}: a released code stays, so report it again or say in its page ` +
      "that older versions did; one that was never released goes, with its page"
    );
    assert.deepEqual(idle, []);
  });

  test("is complete, because no code is put together at run time", () => {
    const places = sources.flatMap(([file, text]) => composed(file, text));
    assert.deepEqual(places, [], "write each code out, so that a search finds it");
  });
});

describe("each page of an error code", () => {
  const pages = Object.entries<ErrorPage>(ERROR_PAGES);
  const stepsOf = ({ steps }: ErrorPage) => steps.map(([text]) => text);
  const commandsOf = ({ steps }: ErrorPage) => steps.flatMap(([, ...commands]) => commands);

  test("has a heading of its own that fits into a line", () => {
    const titles = pages.map(([, { title }]) => title);
    for (const [code, { title }] of pages) {
      assert.match(title, /^[\w-].*[^.\s]$/, code);
      assert.ok(title.length <= 70, `${code}: the title has ${title.length} characters`);
      assert.equal(titles.filter((one) => one === title).length, 1, `${code}: "${title}" is taken`);
    }
  });

  test("says in sentences what the state is and what to do", () => {
    for (const [code, page] of pages) {
      for (const text of [page.cause, ...stepsOf(page)]) {
        assert.match(text, /^(`|[A-Z"]|bun ).*[.:]$/, `${code}: ${text}`);
        assert.equal(text.split("`").length % 2, 1, `${code}: a backtick is not closed: ${text}`);
      }
      assert.ok(page.steps.length > 0, `${code} says nothing to do`);
    }
  });

  test("tells nobody to destroy anything", () => {
    const dangerous =
      /DROP (TABLE|SCHEMA|DATABASE|VIEW|INDEX)|TRUNCATE|DELETE FROM|CASCADE;|\brm |kill|pg_terminate|pg_resetwal|sslmode=(disable|allow|prefer)/i;
    for (const [code, page] of pages) {
      for (const text of [...stepsOf(page), ...commandsOf(page)]) {
        assert.doesNotMatch(text, dangerous, code);
      }
    }
  });
});

describe("a command that records what a person says, or takes something back", () => {
  test("is shown with --dry-run, so that it can be obeyed without a second look", () => {
    const deciding = /^migrator (force|log add|down|downto|undo|redo|repair .*--continue)\b/;
    const commands = Object.entries<ErrorPage>(ERROR_PAGES).flatMap(([code, { steps }]) =>
      steps.flatMap(([, ...commands]) => commands.map((command) => `${code}: ${command}`))
    ).filter((line) => deciding.test(line.slice(line.indexOf(": ") + 2)));
    assert.ok(commands.length > 5, "they were not found");
    assert.deepEqual(commands.filter((line) => !line.includes("--dry-run")), []);
  });
});

describe("the reading of sources for codes", () => {
  const example = withoutComments([
    'throw new Failure("graph/cycle", text);',
    '// throw new Failure("graph/old", text);',
    'if (error.code === "lock/held") return;',
    "new Failure(`graph/${word}`, text);",
    'new Failure("graph/" + word, text);',
    'import { x } from "../graph/cycle.ts";',
  ].join("\n"));

  test("finds literals with their lines, and none in comments", () => {
    assert.deepEqual(mentions("a.ts", example), [
      { code: "graph/cycle", place: "a.ts:1", isCompared: false },
      { code: "lock/held", place: "a.ts:3", isCompared: true },
    ]);
  });

  test("finds what is put together at run time", () => {
    assert.deepEqual(composed("a.ts", example), ["a.ts:4", "a.ts:5"]);
  });
});
