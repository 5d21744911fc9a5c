import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, before, describe, test } from "node:test";
import { type Cluster, PASSWORD, startCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";

const CANARY = "c4n4ry";

/** Passwords that hold the canary and what is hard to read around it. */
const HARD = [
  `${CANARY}`,
  `a@${CANARY}`,
  `a/${CANARY}:b`,
  `${CANARY}%zz`,
  `x ${CANARY}'y`,
  `#${CANARY}?`,
];

interface Attempt {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly passFile?: string;
}

describe("a password is printed by no failure", () => {
  let cluster: Cluster;
  let directory: string;
  let attempts: readonly Attempt[];
  before(async () => {
    cluster = await startCluster({ major: 18 });
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-canary-"));
    const migration = path.join(directory, "migrations", "shop", "1_init");
    fs.mkdirSync(migration, { recursive: true });
    fs.writeFileSync(path.join(migration, "up.sql"), "SELECT 1/0;\n");
    fs.writeFileSync(path.join(migration, "down.sql"), "");
    fs.writeFileSync(path.join(migration, "metadata.yaml"), "name: init\nparents: []\n");
    await cluster.sql("postgres", "CREATE ROLE guarded LOGIN PASSWORD 'right'");
    const hba = path.join(cluster.dataDirectory, "pg_hba.conf");
    fs.writeFileSync(
      hba,
      `host all guarded all scram-sha-256\n${fs.readFileSync(hba, "utf8")}`,
    );
    await cluster.sql("postgres", "SELECT pg_reload_conf()");
    attempts = attemptsAt(cluster);
  });
  after(async () => {
    await cluster.dispose();
    fs.rmSync(directory, { recursive: true });
  });

  for (const words of [["up"], ["status", "--json"]]) {
    test(words.join(" "), { timeout: 300_000 }, async () => {
      for (const attempt of attempts) await tryIt(attempt, words);
    });
  }

  test("nor by a failure of SQL, in what is kept of it, or in what shows it", async () => {
    const database = await cluster.createDatabase();
    const url = cluster.url(database).replace("postgres@", `postgres:${CANARY}@`);
    for (const args of [["up"], ["status"], ["describe", "1"], ["up", "--dry-run"]]) {
      await tryIt({ name: "sql", args: ["--database-url", url] }, args);
    }
    const kept = await cluster.sql(
      database,
      "SELECT to_json(l)::text FROM migrator.migration_logs l",
    );
    assert.equal(kept.length, 1);
    assert.doesNotMatch(JSON.stringify(kept), new RegExp(CANARY));
  });

  test("nor by a server's error that holds it, not even one that an older version stored", async () => {
    const database = await cluster.createDatabase();
    const url = cluster.url(database);
    assert.ok(url.includes(PASSWORD) && PASSWORD.includes(CANARY));
    const split = `'${PASSWORD.slice(0, -3)}' || '${PASSWORD.slice(-3)}'`;
    const migrations = fs.mkdtempSync(path.join(directory, "raising-"));
    fs.mkdirSync(path.join(migrations, "shop"));
    fs.writeFileSync(
      path.join(migrations, "shop", "1_a.up.sql"),
      `DO $$ BEGIN RAISE WARNING USING MESSAGE = ${split};
      RAISE EXCEPTION USING MESSAGE = 'login with ' || ${split},
        DETAIL = 'password=' || ${split}, HINT = ${split}; END $$`,
    );
    const args = ["--database-url", url, "--migrations", migrations];
    await tryIt({ name: "raised", args }, ["up"]);
    await tryIt({ name: "raised", args: [...args, "--json"] }, ["up"]);
    const kept = await cluster.sql(
      database,
      "SELECT to_json(l)::text AS row FROM migrator.migration_logs l",
    );
    assert.equal(kept.length, 2);
    assert.doesNotMatch(JSON.stringify(kept), new RegExp(CANARY));
    await cluster.sql(
      database,
      `UPDATE migrator.migration_logs SET error =
        '{"code": "sql/statement-failed", "sqlstate": "P0001", "message": "login with ${PASSWORD}",
          "detail": "postgres://a:${CANARY}@h", "hint": "${PASSWORD}", "where": "${PASSWORD}"}'`,
    );
    for (
      const words of [["status"], ["describe", "1"], ["doctor"], ["repair"], ["log"], ["plan"]]
    ) {
      await tryIt({ name: "stored", args }, words);
      await tryIt({ name: "stored", args: [...args, "--json"] }, words);
    }
  });

  test("nor in a place where no password belongs", async () => {
    const url = `postgres://app:${CANARY}@127.0.0.1:1/shop`;
    for (
      const args of [
        ["up", url],
        [url],
        ["up", "--frob", url],
        ["up", `--password=${CANARY}`],
        ["up", `-p${CANARY}`],
        ["status", "--db", url],
        ["up", "--target", url],
        ["up", "--lock-wait", `password=${CANARY}`],
        ["up", `host=db password=${CANARY}`],
        ["describe", url],
        ["help", url],
        ["add", "x", "--db", url],
        ["status", "--migrations", url],
        ["config", "--migrations", url],
        ["validate", "--migrations", `host=db password=${CANARY}`],
        ["status", "--config", url],
        ["bundle", "--output", url],
        ["bundle", "--output", path.join(directory, "x"), "--base", url],
      ]
    ) {
      await tryIt({ name: args.join(" ") }, args);
      await tryIt({ name: args.join(" ") }, [...args, "--json"]);
    }
  });

  test("nor by what reads it in a settings file", async () => {
    const texts = [
      `url: postgres://guarded:${CANARY}@127.0.0.1:1/x`,
      `url: mysql://app:${CANARY}@db/shop`,
      `url: "host=db pasword=${CANARY}"`,
      "url: postgres://guarded:${PW}@127.0.0.1:1/x",
      "url: ${PW}",
      `url: postgres://guarded:\${NOT_SET}${CANARY}@127.0.0.1:1/x`,
      "lockTimeout: ${PW}",
    ];
    for (const text of texts) {
      fs.writeFileSync(path.join(directory, "settings.yaml"), text);
      const attempt = { name: text, args: ["--config", "settings.yaml"], env: { PW: CANARY } };
      await tryIt(attempt, ["up"]);
    }
  });

  async function tryIt(attempt: Attempt, words: readonly string[]): Promise<void> {
    const passFile = path.join(directory, "passfile");
    if (attempt.passFile) fs.writeFileSync(passFile, attempt.passFile, { mode: 0o600 });
    const { status, stdout, stderr } = await runMigrator(
      [...words, ...attempt.args ?? []],
      {
        cwd: directory,
        env: {
          LOG_LEVEL: "debug",
          DATABASE_QUERY_LOGGING_ENABLED: "true",
          ...attempt.env,
          ...(attempt.passFile ? { PGPASSFILE: passFile } : {}),
        },
      },
    );
    assert.notEqual(status, 70, `${attempt.name}: ${stdout}${stderr}`);
    if (words[0] === "up" && !words.includes("--dry-run")) assert.notEqual(status, 0, attempt.name);
    assert.doesNotMatch(stdout + stderr, new RegExp(CANARY), attempt.name);
  }
});

function attemptsAt({ port }: Cluster): readonly Attempt[] {
  const encoded = encodeURIComponent(CANARY).replace("c", "%63");
  return [
    ...HARD.flatMap((password): Attempt[] => {
      const url = `postgres://guarded:${password}@127.0.0.1:${port}/postgres`;
      const safe = `postgres://guarded:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
      return [
        { name: `raw URL, ${password}`, args: ["--database-url", url] },
        { name: `URL, ${password}`, args: ["--database-url", safe] },
        { name: `named URL, ${password}`, args: ["--database-url", `shop=${safe}`] },
        {
          name: `keywords, ${password}`,
          args: [
            "--database-url",
            `host=127.0.0.1 port=${port} user=guarded dbname=postgres password=${password}`,
          ],
        },
        {
          name: `PGPASSWORD, ${password}`,
          env: {
            PGHOST: "127.0.0.1",
            PGPORT: String(port),
            PGUSER: "guarded",
            PGPASSWORD: password,
          },
        },
        {
          name: `unreachable, ${password}`,
          args: ["--database-url", `postgres://a:${encodeURIComponent(password)}@127.0.0.1:1/x`],
        },
      ];
    }),
    {
      name: "twice encoded",
      env: { DATABASE_URL: `postgres://guarded:${encoded}@127.0.0.1:${port}/x` },
    },
    {
      name: "pass file",
      env: { PGHOST: "127.0.0.1", PGPORT: String(port), PGUSER: "guarded" },
      passFile: `*:*:*:*:${CANARY}\n`,
    },
    {
      name: "pass file that is none",
      env: { PGHOST: "127.0.0.1", PGPORT: String(port), PGUSER: "guarded" },
      passFile: `${CANARY}\n:::${CANARY}`,
    },
    ...[
      `postgres://app:${CANARY}@nowhere.invalid/shop`,
      `postgres://app:${CANARY}@127.0.0.1:port/shop`,
      `postgres://app:${CANARY}@127.0.0.1:1/shop?sslmod=require`,
      `postgres://app:${CANARY}@127.0.0.1:1/shop?sslpassword=${CANARY}&frob=1`,
      `postgres://app:${CANARY}@[::1/shop`,
      `mysql://app:${CANARY}@db/shop`,
      `app:${CANARY}@db/shop`,
      `host=db pasword=${CANARY}`,
      `password='${CANARY}`,
      `password = ${CANARY} host`,
      `other=postgres://app:${CANARY}@db/shop`,
      CANARY,
    ].map((text): Attempt => ({ name: text, env: { DATABASE_URL: text } })),
  ];
}
