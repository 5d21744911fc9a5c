import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { describeCatalog } from "../support/catalog.ts";
import { type Server, sharedCluster } from "../support/cluster.ts";

const EXECUTABLE = process.env["MIGRATOR_TEST_EXECUTABLE"] ?? "";

/** Nobody, where the tests may become somebody else. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

describe("the executable by itself", () => {
  let server: Server;
  let folder: string;
  before(async () => {
    server = await sharedCluster(18);
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-alone-"));
    await fs.copyFile(EXECUTABLE, path.join(folder, "migrator"));
    await fs.chmod(path.join(folder, "migrator"), 0o755);
    // Nothing can be written beside it, nor at home: there is none.
    await fs.chmod(folder, 0o555);
  });
  after(async () => {
    await fs.chmod(folder, 0o755);
    await fs.rm(folder, { recursive: true });
  });

  /** Runs `./migrator` with no environment to speak of, as a user who owns nothing. */
  function alone(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { status, stdout, stderr } = spawnSync("./migrator", args, {
      cwd: folder,
      encoding: "utf8",
      env,
      ...NOBODY,
    });
    return { status, stdout, stderr };
  }

  test("migrates a real server and back from a folder that cannot be written", {}, async () => {
    const url = server.url(await server.createDatabase());
    const before = await catalog(url);
    const up = alone(["up", "--database-url", url]);
    assert.equal(up.status, 0, up.stderr);
    assert.match(up.stdout, /frontend: applied \d+ migrations/);
    const full = await catalog(url);
    assert.notEqual(full, before);
    assert.match(alone(["up"], { DATABASE_URL: url }).stdout, /frontend: nothing to do/);
    for (const database of ["frontend", "codeintel", "codeinsights"]) {
      const down = alone(["down", "1000", "--db", database, "--database-url", url]);
      assert.equal(down.status, 0, down.stderr);
    }
    assert.equal(await catalog(url), before);
    assert.equal(alone(["up"], { DATABASE_URL: url }).status, 0);
    assert.equal(await catalog(url), full);
  });

  test("needs no home, no name and no PATH", {}, () => {
    const { status, stdout } = alone(["version", "--json"]);
    assert.equal(status, 0);
    assert.equal(JSON.parse(stdout).event, "finished");
    assert.equal(alone(["up", "--database-url", "pglite:memory"]).status, 0);
  });

  test(
    "takes a directory that is named before what it carries, and has nothing to say of it",
    {},
    async () => {
      const named = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-named-"));
      await fs.chmod(named, 0o755);
      await fs.mkdir(path.join(named, "depot"));
      await fs.writeFile(path.join(named, "depot", "1_bays.up.sql"), "CREATE TABLE bays ();");
      const { stdout, stderr } = alone(["leaves", "--migrations", named]);
      await fs.rm(named, { recursive: true });
      assert.match(stdout, /^depot 1 /);
      assert.equal(stderr, "");
    },
  );

  async function catalog(url: string): Promise<string> {
    const name = new URL(url).pathname.slice(1);
    return await describeCatalog((text) => server.sql(name, text));
  }
});
