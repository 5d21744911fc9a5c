import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sharedCluster } from "../support/cluster.ts";
import { withOnly } from "../support/only_environment.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a shell has to type to run it, as `command.ts` runs it. */
const MIGRATOR = (() => {
  const executable = process.env["MIGRATOR_TEST_EXECUTABLE"];
  if (executable) return quoted(executable);
  const cli = quoted(path.join(ROOT, "cli.ts"));
  const runtime = quoted(process.execPath);
  return "deno" in process.versions
    ? `${runtime} run -A -q --config ${quoted(path.join(ROOT, "deno.json"))} ${cli}`
    : `${runtime} run --no-env-file ${cli}`;
})();

const hasTerminal = spawnSync("script", ["--version"]).status === 0;

describe("standard output and standard error", () => {
  let directory: string;
  let url: string;
  before(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-streams-"));
    const shop = path.join(directory, "migrations", "shop");
    // More than a pipe holds, in each kind of output: 64 KiB.
    const long = "x".repeat(2_500);
    for (let version = 1; version <= 40; version++) {
      const step = path.join(shop, `${version}_step`);
      fs.mkdirSync(step, { recursive: true });
      // `describe 1` prints its script.
      const comments = version === 1 ? `-- ${long}\n`.repeat(40) : "";
      fs.writeFileSync(path.join(step, "up.sql"), `SELECT 1;\n${comments}`);
      fs.writeFileSync(path.join(step, "down.sql"), "");
      fs.writeFileSync(
        path.join(step, "metadata.yaml"),
        `name: step ${long}\nparents: [${version === 1 ? "" : version - 1}]\n`,
      );
    }
    const server = await sharedCluster(18);
    url = server.url(await server.createDatabase());
  });
  after(() => fs.rmSync(directory, { recursive: true }));

  /** Runs a line of shell in which `migrator` is the program. */
  function shell(line: string, env: Readonly<Record<string, string>> = {}): string {
    const words = ["/bin/bash", "-c", `migrator() { ${MIGRATOR} "$@"; }; ${line}`] as const;
    return execute(words, env);
  }

  /** The same with a terminal of 80 columns around both streams; what the terminal was sent. */
  function terminal(line: string, env: Readonly<Record<string, string>> = {}): string {
    const script = path.join(directory, "typed.sh");
    fs.writeFileSync(script, `stty cols 80\nmigrator() { ${MIGRATOR} "$@"; }\n${line}\n`);
    const words = ["script", "-qec", `/bin/bash ${quoted(script)}`, "/dev/null"] as const;
    return execute(words, { TERM: "xterm", ...env });
  }

  function execute(words: readonly [string, ...string[]], env: Readonly<Record<string, string>>) {
    return execFileSync(...withOnly({ ...environment(), DATABASE_URL: url, ...env }, words), {
      cwd: directory,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  test("a reader that goes early is no failure", () => {
    for (const args of ["status", "status --json", "plan", "help", "describe 1"]) {
      const out = shell(
        `migrator ${args} --migrations migrations 2>errors | head -1; echo "\${PIPESTATUS[0]}"`
          .replace("help --migrations migrations", "help"),
      );
      assert.match(out, /\n0\n$/, args);
      assert.equal(fs.readFileSync(path.join(directory, "errors"), "utf8"), "", args);
    }
  });

  test("a reader that is slow gets all of it", () => {
    const out = shell("migrator status --migrations migrations | (sleep 1; wc -l)");
    const quick = shell("migrator status --migrations migrations | cat | wc -l");
    assert.equal(out, quick);
    assert.ok(Number(out) > 40, out);
  });

  test("a run goes on when nobody reads it any more", () => {
    const out = shell(
      "migrator up --json --migrations migrations | head -1 >/dev/null; " +
        'echo "${PIPESTATUS[0]}"; migrator status --exit-code --migrations migrations | tail -1',
    );
    assert.equal(out, "0\n  40 applied\n");
  });

  test("a run goes on over a full disk, and says 74 when it would have said 0", () => {
    const out = shell(
      `migrator up --migrations migrations >/dev/full; echo $?
      migrator undo --migrations migrations 2>/dev/full >/dev/null; echo $?
      migrator up --target 99 --migrations migrations 2>/dev/full; echo $?
      migrator plan --migrations migrations --json | grep -c '"direction":"up"'
      migrator up --migrations migrations >/dev/null`,
    );
    assert.deepEqual(out.trim().split("\n"), ["74", "74", "2", "1"]);
  });

  test("a result that a closed standard output does not take is 74, and /dev/null takes it", () => {
    // Deno opens what is closed as /dev/null, so that nobody can tell it from one that was given.
    const closed = "deno" in process.versions && !process.env["MIGRATOR_TEST_EXECUTABLE"] ? 0 : 74;
    const status = "migrator status --migrations migrations";
    const out = shell(
      `${status} >&-; echo $?; ${status} >&- 2>/dev/null; echo $?
      ${status} >/dev/null; echo $?; ${status} 1<>/dev/null; echo $?
      migrator frob >&-; echo $?`,
    );
    assert.deepEqual(out.trim().split("\n").map(Number), [closed, closed, 0, 0, 2]);
  });

  test("other closed streams are no failure", () => {
    assert.equal(shell("migrator frob 2>&-; echo $?"), "2\n");
    assert.match(shell("migrator version <&-"), /^migrator /);
  });

  test("results go to the one and everything else to the other", () => {
    const out = shell("migrator redo --migrations migrations 2>errors");
    const errors = fs.readFileSync(path.join(directory, "errors"), "utf8");
    assert.match(out, /^shop: took back 1, applied 1 migration in .*\n$/);
    assert.match(errors, /^shop: 2 to run on .*\nshop 1\/2 down 40 step .*\nshop 2\/2 up .*\n$/);
  });

  test("there are no colours but in a terminal", () => {
    const out = shell("migrator status --migrations migrations; migrator frob 2>&1 || true");
    assert.ok(!out.includes("\x1b"));
    const forced = (env: Readonly<Record<string, string>>) =>
      shell("migrator frob 2>&1 || true", env).includes("\x1b[31merror");
    assert.ok(forced({ CLICOLOR_FORCE: "1", TERM: "dumb" }));
    assert.ok(!forced({ CLICOLOR_FORCE: "1", NO_COLOR: "1" }));
    assert.ok(!forced({ FORCE_COLOR: "0" }));
  });

  test("a terminal gets colours, and plain text where NO_COLOR or TERM=dumb asks for it", {
    skip: !hasTerminal,
  }, () => {
    const status = "migrator status --migrations migrations | cat; " +
      "migrator status --migrations migrations; migrator frob || true";
    const coloured = terminal(status);
    assert.ok(coloured.includes("\x1b[32mapplied"), coloured.slice(0, 500));
    assert.ok(coloured.includes("\x1b[31merror[usage/unknown-command]:"));
    for (const plain of [{ NO_COLOR: "1" }, { TERM: "dumb" }, { CLICOLOR: "0" }]) {
      assert.ok(
        !terminal("migrator frob || true", plain).includes(
          "\x1b",
        ),
      );
    }
  });

  test("JSON has no colours in a terminal either", { skip: !hasTerminal }, () => {
    const lines = terminal("migrator status --json --migrations migrations").trim().split("\r\n");
    assert.equal(lines.length, 42);
    for (const line of lines) JSON.parse(line);
  });

  test("help is as wide as the terminal", { skip: !hasTerminal }, () => {
    const wide = terminal("stty cols 120; migrator help up").split("\r\n");
    assert.ok(wide.some((line) => line.length > 80 && line.length <= 120));
  });
});

function environment(): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: process.env["HOME"] ?? "/",
    TMPDIR: os.tmpdir(),
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
