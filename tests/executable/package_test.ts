import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { findBun, ROOT } from "../../tools/bun.ts";
import { type Server, sharedCluster } from "../support/cluster.ts";
import { denoDirectory } from "../support/command.ts";
import { withOnly } from "../support/only_environment.ts";

const LIMIT = { timeout: 180_000 };

const MIGRATIONS = path.join(ROOT, "migrations");

/** All but the two that a service needs which only waits. */
const HEAVY = ["@electric-sql", "@pgsql", "@zip.js", "commander", "libpg-query"];

/** What an application with TypeScript writes; it has to agree with the declarations. */
const APPLICATION = `
import { type Failure, migrateOnStartup, type StartupResult } from "@migrator/migrator";

const started: StartupResult = await migrateOnStartup({
  migrations: ${JSON.stringify(MIGRATIONS)},
  databases: ["codeintel"],
});
const versions: bigint[] = started.databases.flatMap(({ applied }) => applied.map((one) => one.version));
const failure: Failure | undefined = undefined;
console.log(process.versions.node ? versions.length : failure);
`;

const WAITING = `
import { waitUntilMigrated } from "@migrator/migrator";

console.log(await waitUntilMigrated({
  migrations: ${JSON.stringify(MIGRATIONS)},
  databases: ["codeintel"],
  timeout: 0,
}));
`;

const PROGRAM = `
import process from "node:process";
import { runCli, VERSION } from "@migrator/migrator";

const ours = process.argv[2] === "hello";
if (ours) console.log("hello from the team, with migrator " + VERSION);
process.exit(ours ? 0 : await runCli());
`;

const BUILD = `
import { compileExecutable } from "@migrator/migrator";

await compileExecutable({ entrypoint: "program.ts", output: "team", migrations: "db" });
process.exit(0);
`;

describe("the package for npm", () => {
  let server: Server;
  let folder: string;

  function execute(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    const all = {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"] ?? folder,
      DENO_DIR: denoDirectory(),
      ...env,
    };
    const { status, stdout, stderr } = spawnSync(...withOnly(all, [program, ...args]), {
      cwd: folder,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  function succeed(...[program, args, env]: Parameters<typeof execute>): string {
    const { status, stdout, stderr } = execute(program, args, env);
    assert.equal(status, 0, `${program} ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  before(async () => {
    server = await sharedCluster(18);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-package-"));
    if (!fs.existsSync(path.join(ROOT, "dist", "npm"))) {
      const build = spawnSync(process.execPath, ["run", "-A", `${ROOT}tools/build_npm.ts`]);
      assert.equal(build.status, 0, String(build.stderr));
    }
    const files = {
      "package.json": '{ "private": true, "type": "module" }\n',
      "application.ts": APPLICATION,
      "application.js": APPLICATION.replace(/type \w+, |, type \w+|: [\w| \[\]]+(?= =)/g, ""),
      "waiting.js": WAITING,
      "program.ts": PROGRAM,
      "build.ts": BUILD,
      "db/shop/1_first.up.sql": "CREATE TABLE first ();\n",
      "db/shop/1_first.down.sql": "DROP TABLE first;\n",
    };
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    }
    const quiet = ["--silent", "--no-audit", "--no-fund", "--prefer-offline"];
    succeed("npm", ["pack", "--silent", path.join(ROOT, "dist", "npm")]);
    const archive = fs.readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
    succeed("npm", ["install", ...quiet, `./${archive}`]);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  test("migrates a real server when an application starts, under each runtime", LIMIT, async () => {
    const deno = ["run", "-A", "-q", "--no-check", "--node-modules-dir=manual", "application.ts"];
    for (
      const [program, args] of [
        ["node", ["application.js"]],
        [process.execPath, deno],
        [findBun(), ["application.ts"]],
      ] as const
    ) {
      const url = server.url(await server.createDatabase());
      const env = { DATABASE_URL: url, RUN_DATABASE_MIGRATIONS: "true", LOG_LEVEL: "warn" };
      assert.equal(succeed(program, args, env), "7\n");
      assert.equal(succeed(program, args, env), "0\n");
    }
  });

  test("has the command line", LIMIT, async () => {
    const program = "node_modules/.bin/migrator";
    const env = { DATABASE_URL: server.url(await server.createDatabase()) };
    const all = ["--migrations", MIGRATIONS, "--db", "codeintel"];
    assert.match(succeed(program, ["up", ...all], env), /^codeintel: applied 7 migrations/);
    succeed(program, ["status", "--pending", "--exit-code", ...all], env);
    assert.match(succeed(program, ["completions", "fish"]), /complete/);
  });

  test("has declarations that TypeScript agrees with", LIMIT, () => {
    const check = ["check", "-q", "--node-modules-dir=manual", "application.ts"];
    succeed(process.execPath, check);
    const wrong = APPLICATION.replace("bigint[]", "string[]");
    fs.writeFileSync(path.join(folder, "application.ts"), wrong);
    assert.match(execute(process.execPath, check).stderr, /TS2322/);
  });

  test(
    "makes a team's own executable, which carries their code and migrations",
    LIMIT,
    async () => {
      succeed(findBun(), ["build.ts"]);
      const postgres = await server.createDatabase();
      const env = { DATABASE_URL: server.url(postgres), PATH: "" };
      assert.match(succeed("./team", ["hello"], env), /^hello from the team, with migrator \d/);
      assert.match(succeed("./team", ["up"], env), /^shop: applied 1 migration in /);
      await server.sql(postgres, "SELECT FROM first");
      // The parser is inside: it reads other migrations from source, and refuses those that are none.
      succeed("./team", ["bundle", "--migrations", MIGRATIONS, "--output", "next"], env);
      assert.match(succeed("./next", ["leaves", "--db", "codeintel"], env), /\d{10}/);
      assert.equal(execute("./team", ["undo", "--wrong"], env).status, 2);
      assert.match(succeed("./team", ["down", "1"], env), /took back 1 migration/);
    },
  );

  test("loads neither parser nor embedded PostgreSQL where it only waits", LIMIT, async () => {
    for (const name of HEAVY) {
      fs.rmSync(path.join(folder, "node_modules", name), { recursive: true });
    }
    const url = server.url(await server.createDatabase());
    const waiting = () => execute("node", ["waiting.js"], { DATABASE_URL: url });
    assert.match(waiting().stderr, /status\/not-ready/);
    const up = ["up", "--migrations", MIGRATIONS, "--db", "codeintel", "--database-url", url];
    succeed(process.env["MIGRATOR_TEST_EXECUTABLE"] ?? "", up);
    const { status, stdout, stderr } = waiting();
    assert.equal(status, 0, stderr);
    assert.match(stdout, /database: 'codeintel'/);
  });
});
