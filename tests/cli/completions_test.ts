import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { commandLine, denoDirectory, runMigrator } from "../support/command.ts";
import { withOnly } from "../support/only_environment.ts";

/** What is typed before the Tab, and what stands there afterwards. */
const TYPED: readonly (readonly [typed: string, completed: string])[] = [
  ["migrator undo --dry", "--dry-run"],
  ["./migrator up --db fr", "frontend"],
  ["migrator --migrations migrations down --db frontend --target 165", "1650000100"],
  ["migrator up --durable=ea", "--durable=each"],
  ["migrator bundle --migrations mig", "migrations/"],
  ["migrator bundle --output=x --base no", "notes"],
];

describe("completions", () => {
  let directory: string;
  before(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-completions-"));
    for (const name of ["frontend/1650000100_users", "codeintel/1650000200_symbols"]) {
      const migration = path.join(directory, "migrations", name);
      fs.mkdirSync(migration, { recursive: true });
      fs.writeFileSync(path.join(migration, "up.sql"), "this is not read");
    }
    fs.writeFileSync(path.join(directory, "notes"), "");
    const program = commandLine().map((word) => `'${word}'`).join(" ");
    const file = path.join(directory, "migrator");
    fs.writeFileSync(file, `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
    // Whatever a name says, it must never be run.
    fs.mkdirSync(path.join(directory, "odd", "$(touch oops)", "1_x"), { recursive: true });
  });
  after(() => fs.rmSync(directory, { recursive: true }));

  function run(shell: string, args: readonly string[]): string {
    const env = {
      PATH: `${directory}:${process.env["PATH"]}`,
      HOME: directory,
      DENO_DIR: denoDirectory(),
      TERM: "dumb",
    };
    return execFileSync(...withOnly(env, [shell, ...args]), {
      cwd: directory,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 240_000,
    });
  }

  function skipWithout(shell: string): false | string {
    return spawnSync(shell, ["-c", ":"]).status === 0 ? false : `there is no ${shell}`;
  }

  test("bash completes what is typed", { skip: skipWithout("bash"), timeout: 240_000 }, () => {
    const asked = [
      ...TYPED,
      ["migrator up --database-url postgres://u@h:5/d --dur", "--durable"] as const,
      ["migrator status --migrations odd --db ", "\\$\\(touch\\ oops\\)"] as const,
    ];
    // As bash hands a line over: taken apart at white space, and at = and : as words of their own.
    const calls = asked.map(([line]) => {
      const words = line.match(/\s+$|[=:]|[^\s=:]+/g)!.map((word) => `'${word.trim()}'`);
      return `ask '${line}' ${words.join(" ")}`;
    });
    const answers = run("bash", [
      "-c",
      `source <(migrator completions bash)
      ask() {
        COMP_LINE=$1 COMP_POINT=\${#1}
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _migrator
        printf '%s\\n' "\${COMPREPLY[*]}"
      }
      ${calls.join("\n")}`,
    ]);
    // It puts back what stands before the = itself, and the / of a directory.
    const wanted = asked.map(([, word]) => word.replace(/^--\w+=|\/$/, ""));
    assert.deepEqual(answers.trimEnd().split("\n"), wanted);
    assert.ok(!fs.existsSync(path.join(directory, "oops")));
  });

  test("zsh completes what is typed", { skip: skipWithout("zsh"), timeout: 240_000 }, () => {
    // A shell with a line editor: after each Tab a key writes the line down.
    const lines = TYPED.map(([line]) => `type ${JSON.stringify(line)}`);
    const answers = run("zsh", [
      "-fc",
      `zmodload zsh/zpty
      zpty inner zsh -fi
      zpty -w inner 'bindkey -e; bindkey "^I" complete-word
        keep() { print -r -- "$BUFFER" >> kept; BUFFER= }; zle -N keep; bindkey "^Xk" keep
        autoload -Uz compinit; compinit -u -d zcompdump
        source <(migrator completions zsh); print READY'
      repeat 200; do zpty -r inner out '*READY'$'\\r' && break; done
      type() { zpty -w -n inner "$1"$'\\t\\C-xk' }
      : > kept
      ${lines.join("\n")}
      repeat 300; do
        zpty -r -t inner out
        (( $(wc -l < kept) == ${TYPED.length} )) && break
        sleep 0.1
      done
      zpty -d inner
      cat kept`,
    ]);
    assert.deepEqual(
      answers.trimEnd().split("\n").map((line) => line.trimEnd().split(" ").at(-1)),
      TYPED.map(([, word]) => word),
    );
  });

  test("fish completes what is typed", { skip: skipWithout("fish"), timeout: 240_000 }, () => {
    const asked = TYPED.map(([line]) => `complete -C '${line}'`);
    const answers = run("fish", [
      "-c",
      `migrator completions fish | source\n${asked.join("\n")}`,
    ]);
    const words = answers.trimEnd().split("\n").map((line) => line.split("\t")[0]);
    assert.deepEqual(words, TYPED.map(([, word]) => word));
  });

  test("nothing is said about what is wrong while somebody types", async () => {
    const env = { LOG_LEVEL: "debug", DATABASE_URL: "mysql://nonsense" };
    for (const words of [["up", "--db", ""], ["describe", "--db", "none", ""], ["frob", "--x="]]) {
      const { status, stdout, stderr } = await runMigrator(["__complete", "--", ...words], { env });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" }, words.join(" "));
      assert.match(stdout, /^words\n/);
    }
  });
});
