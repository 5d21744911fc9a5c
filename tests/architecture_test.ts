import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/**
 * The rooms, highest first. A room may import itself and the rooms of lower rows. Files beside the rooms
 * are of the last row.
 */
const RANKS: readonly (readonly string[])[] = [
  ["cli", "library"],
  ["page"],
  ["workspace", "report", "drift", "squash"],
  ["release", "script"],
  ["runner", "background", "doctor", "verify", "compat", "lint"],
  ["bundle", "adoption"],
  ["plan", "config", "source", "shadow"],
  ["graph", "history", "schema"],
  ["definition"],
  ["connection", "sql", "yaml"],
  ["runtime", "format", "error_pages"],
  [""],
];

/**
 * The inner rooms of the rooms that have some, highest first. Files beside them are above all of them. An
 * inner room may import itself and those of lower rows.
 */
const INNER_RANKS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  background: [
    ["trial"],
    ["crew"],
    ["janitor", "metrics", "control"],
    ["forecast", "status", "jobs"],
    ["worker"],
    ["archive"],
    ["state"],
    ["throttle", "strategy"],
  ],
  cli: [
    ["commands"],
    ["apply", "completion", "manual"],
    ["invocation"],
    ["program", "output"],
  ],
  connection: [
    ["postgres", "pglite"],
    ["tls", "lock"],
    ["socket", "session"],
    ["settings"],
  ],
  definition: [
    ["layouts"],
    ["migration"],
    ["batched"],
    ["text"],
  ],
  doctor: [
    ["checks"],
    ["check"],
  ],
  schema: [
    ["kinds"],
    ["model"],
  ],
  lint: [
    ["measure"],
    ["rules"],
    ["model"],
  ],
  shadow: [
    ["rows"],
  ],
  runner: [
    ["recover"],
    ["execute"],
    ["lock", "observe"],
    ["context"],
  ],
};

const MAXIMUM_LINES = 350;

/** What a pure file may import by name: nothing that reads, writes, or asks the time. */
const PURE_PACKAGES = ["node:crypto", "node:path/posix", "yaml"];

const IMPURE =
  /\b(Date\.now|new Date\(\)|performance\.now|Math\.random|process\.|console\b|Deno\b|Bun\b|fetch\()/;

interface Import {
  readonly specifier: string;
  /** Erased before anything runs. */
  readonly typeOnly: boolean;
}

interface SourceFile {
  /** From the root: `src/cli/main.ts`. */
  readonly file: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** The text without comments and without what strings hold. */
  readonly code: string;
}

const files = new Map(
  ["src", "tests", "tools"].flatMap(sourceFiles).map((file) => [file, read(file)]),
);
const source = [...files.values()].filter(({ file }) => file.startsWith("src/"));

describe("the house", () => {
  test("imports run one way", () => {
    const broken = source.flatMap(({ file, imports }) =>
      imports.filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => resolve(file, specifier))
        .filter((target) => !mayImport(file, target))
        .map((target) => `${file} imports ${target}`)
    );
    assert.deepEqual(broken, []);
  });

  test("the ranks name every room that exists, and no other", () => {
    const rooms = new Set(source.map(({ file }) => roomOf(file)));
    assert.deepEqual([...rooms].sort(), RANKS.flat().sort());
    for (const [room, ranks] of Object.entries(INNER_RANKS)) {
      const inner = new Set(
        source.filter(({ file }) => roomOf(file) === room).map(({ file }) => innerRoomOf(file)),
      );
      inner.delete("");
      assert.deepEqual([...inner].sort(), ranks.flat().sort(), room);
    }
  });

  test("imports have no cycles, those of types included", () => {
    assert.deepEqual(cycles(), []);
  });

  test("files that say they are pure are", () => {
    const broken = source.filter(isPure).flatMap(({ file, imports, code }) => {
      const impure = IMPURE.exec(code)?.[0];
      return [
        ...(impure === undefined ? [] : [`${file} mentions ${impure}`]),
        ...imports.filter((one) => !one.typeOnly && !isPureImport(file, one.specifier))
          .map(({ specifier }) => `${file} imports ${specifier}`),
      ];
    });
    assert.deepEqual(broken, []);
  });

  test("only the command line prints", () => {
    assert.deepEqual(
      mentions(/\bconsole\b|\bprocess\.std(out|err)\b/, ["src/cli/", "src/runtime/terminal.ts"]),
      [],
    );
  });

  test("only the runtime knows Deno and Bun", () => {
    assert.deepEqual(mentions(/\b(Deno|Bun)\.|from "(bun|deno)/, ["src/runtime/"]), []);
  });

  test(`no file has more than ${MAXIMUM_LINES} lines`, () => {
    const long = [...files.values()]
      .map(({ file, text }) => ({ file, lines: text.trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > MAXIMUM_LINES);
    assert.deepEqual(long, []);
  });

  test("names say what is inside", () => {
    const vague = /(^|[/_])(utils?|helpers?|common|misc|types)(\/|\.ts$)/;
    assert.deepEqual([...files.keys()].filter((file) => vague.test(file)), []);
  });

  test("there are no barrels", () => {
    assert.deepEqual(
      source.filter(({ file, code }) => /\/(index|mod)\.ts$/.test(file) || /^export \*/m.test(code))
        .map(({ file }) => file),
      [],
    );
  });
});

describe("the reading of source files", () => {
  const example = parse(
    "src/plan/example.ts",
    [
      'import { a } from "../graph/graph.ts";',
      "import {",
      "  b,",
      '} from "../sql/b.ts";',
      'import type { C } from "./c.ts";',
      'export { d } from "./d.ts";',
      'import "./e.ts";',
      '// import { no } from "./comment.ts";',
      "/* console.log */",
      'const text = "console.log";',
      'const late = () => import("../runtime/files.ts");',
    ].join("\n"),
  );

  test("finds every kind of import, and none in comments", () => {
    assert.deepEqual(example.imports.map(({ specifier }) => specifier), [
      "../graph/graph.ts",
      "../sql/b.ts",
      "./c.ts",
      "./d.ts",
      "./e.ts",
      "../runtime/files.ts",
    ]);
    assert.deepEqual(example.imports.filter((one) => one.typeOnly).map((one) => one.specifier), [
      "./c.ts",
    ]);
  });

  test("takes nothing in comments and strings for code", () => {
    assert.doesNotMatch(example.code, /console/);
  });

  test("knows up from down", () => {
    assert.ok(mayImport("src/plan/up.ts", "src/graph/graph.ts"));
    assert.ok(mayImport("src/plan/up.ts", "src/plan/plan.ts"));
    assert.ok(mayImport("src/sql/parser.ts", "src/failure.ts"));
    assert.ok(!mayImport("src/plan/up.ts", "src/source/disk.ts"));
    assert.ok(!mayImport("src/graph/graph.ts", "src/plan/up.ts"));
    assert.ok(!mayImport("src/failure.ts", "src/sql/parser.ts"));
    assert.ok(!mayImport("src/cli/main.ts", "cli.ts"));
    assert.ok(mayImport("src/runner/execute/run.ts", "src/runner/context/event.ts"));
    assert.ok(mayImport("src/runner/wait_until_ready.ts", "src/runner/lock/acquire_lock.ts"));
    assert.ok(!mayImport("src/runner/context/event.ts", "src/runner/execute/run.ts"));
    assert.ok(!mayImport("src/runner/context/event.ts", "src/runner/wait_until_ready.ts"));
  });
});

function sourceFiles(directory: string): string[] {
  return fs.readdirSync(path.join(ROOT, directory), { recursive: true })
    .map((name) => `${directory}/${String(name).replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".gen.ts"))
    .filter((file) => !file.startsWith("tests/fixtures/"))
    .sort();
}

function read(file: string): SourceFile {
  return parse(file, fs.readFileSync(path.join(ROOT, file), "utf8"));
}

function parse(file: string, text: string): SourceFile {
  const uncommented = text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, string?: string) => string ?? "",
  );
  const pattern =
    /^(?:import|export)\s+(type\s)?(?:[^"'`;]*?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
  const imports = [...uncommented.matchAll(pattern)].map(([, type, named, late]) => ({
    specifier: named ?? late ?? "",
    typeOnly: type !== undefined,
  }));
  const code = uncommented.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""');
  return { file, text, imports, code };
}

function resolve(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier);
}

/** `plan` for `src/plan/up.ts`, nothing for `src/failure.ts`, undefined outside `src`. */
function roomOf(file: string): string | undefined {
  const [top, room, rest] = file.split("/");
  if (top !== "src") return undefined;
  return rest === undefined ? "" : room;
}

/** `execute` for `src/runner/execute/run.ts`, nothing for a file beside the inner rooms. */
function innerRoomOf(file: string): string {
  const [, , inner, rest] = file.split("/");
  return rest === undefined ? "" : inner ?? "";
}

function rankOf(room: string | undefined, ranks: readonly (readonly string[])[] = RANKS): number {
  return ranks.findIndex((row) => room !== undefined && row.includes(room));
}

function mayImport(file: string, target: string): boolean {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from !== to) return rankOf(from) < rankOf(to);
  const ranks = INNER_RANKS[from ?? ""];
  const [innerFrom, innerTo] = [innerRoomOf(file), innerRoomOf(target)];
  // Files beside the inner rooms have no rank: -1 is above all others.
  return ranks === undefined || innerFrom === innerTo ||
    rankOf(innerFrom, ranks) < rankOf(innerTo, ranks);
}

/** Files that import each other, directly or through others; each cycle once. */
function cycles(): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]) => {
    const start = path.indexOf(file);
    if (start >= 0) found.push(path.slice(start));
    if (start >= 0 || done.has(file)) return;
    for (const { specifier } of files.get(file)?.imports ?? []) {
      if (specifier.startsWith(".")) visit(resolve(file, specifier), [...path, file]);
    }
    done.add(file);
  };
  for (const { file } of source) visit(file, []);
  return found;
}

function isPure({ text }: SourceFile): boolean {
  return text.startsWith("// Pure.\n");
}

function isPureImport(file: string, specifier: string): boolean {
  if (!specifier.startsWith(".")) return PURE_PACKAGES.includes(specifier);
  const target = files.get(resolve(file, specifier));
  return target !== undefined && isPure(target);
}

function mentions(pattern: RegExp, allowed: readonly string[]): string[] {
  return source
    .filter(({ file }) => !allowed.some((prefix) => file.startsWith(prefix)))
    .filter(({ code }) => pattern.test(code))
    .map(({ file }) => file);
}
