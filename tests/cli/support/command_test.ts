import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, before, describe, test } from "node:test";
import { runMigrator, startMigrator } from "../../support/command.ts";

/** A stand-in for an executable that says what it was given. */
const SCRIPT = `#!/bin/sh
case "$1" in
  env) env ;;
  input) cat; echo warned >&2; exit 3 ;;
  json) printf '{"a":1}\\n{"b":"c"}\\n' ;;
  wait) echo ready; exec sleep 30 ;;
esac
`;

describe("a command under test", () => {
  let directory: string;
  let executable: string;

  before(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-command-"));
    executable = path.join(directory, "program");
    fs.writeFileSync(executable, SCRIPT, { mode: 0o755 });
  });
  after(() => fs.rmSync(directory, { recursive: true }));

  test("has a minimal environment and an empty home", async () => {
    const { stdout } = await runMigrator(["env"], { executable, env: { PGHOST: "a" } });
    const names = stdout.trim().split("\n").map((line) => line.split("=")[0] ?? "");
    assert.deepEqual(names.filter((name) => !/^(PWD|OLDPWD|SHLVL|_)$/.test(name)).sort(), [
      "HOME",
      "PATH",
      "PGHOST",
      "TMPDIR",
      "XDG_CACHE_HOME",
    ]);
    const home = /^HOME=(.*)$/m.exec(stdout)?.[1] ?? "";
    assert.notEqual(home, os.homedir());
    assert.ok(!fs.existsSync(home), "the home goes when the command ends");
  });

  test("tells its status and both streams apart", async () => {
    const { status, stdout, stderr } = await runMigrator(["input"], { executable, stdin: "typed" });
    assert.deepEqual({ status, stdout, stderr }, {
      status: 3,
      stdout: "typed",
      stderr: "warned\n",
    });
  });

  test("gives its lines as JSON", async () => {
    const finished = await runMigrator(["json"], { executable });
    assert.deepEqual(finished.json(), [{ a: 1 }, { b: "c" }]);
  });

  test("can be waited for and killed", async () => {
    const running = startMigrator(["wait"], { executable });
    await running.printed(/ready/);
    running.kill("SIGTERM");
    assert.equal((await running.finished).signal, "SIGTERM");
  });

  test("is killed when it takes too long", async () => {
    const { signal } = await runMigrator(["wait"], { executable, timeout: 100 });
    assert.equal(signal, "SIGKILL");
  });

  test("runs from source", async () => {
    const { status, stdout } = await runMigrator(["version"]);
    assert.equal(status, 0);
    assert.match(stdout, /\d+\.\d+\.\d+/);
  });
});
