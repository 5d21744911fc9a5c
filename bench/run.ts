/**
 * `deno task bench [ROUNDS]`: how long the executable takes, beside psql doing the least that the same
 * job needs, in turn on one server. Quote the ratios: seconds are those of the machine.
 *
 * Needs `dist/migrator` (`deno task compile`), psql, and GNU time for memory.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { startCluster } from "../tests/support/cluster.ts";

const MIGRATIONS = 1_000;
const rounds = Number(process.argv[2] ?? 8);
const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-bench-"));
// The server's own defaults, but for a disk that syncs: that is a part of what is measured.
const cluster = await startCluster({
  major: 18,
  settings: { fsync: "on", full_page_writes: "on" },
});
try {
  const executable = await bundle();
  const script = path.join(scratch, "psql.sql");
  await fs.writeFile(script, psqlScript());

  const up: Pair[] = [];
  let applied = "";
  const ours = () =>
    inNewDatabase((url) => {
      applied = url;
      return measure(executable, ["up"], url);
    });
  const floor = () => inNewDatabase((url) => measure("psql", ["-q", "-f", script, url]));
  await floor();
  for (let round = 0; round < rounds; round++) {
    // A disk has its moods, and whoever comes second finds it warmer: they take turns.
    const isOursFirst = round % 2 === 0;
    const first = await (isOursFirst ? ours() : floor());
    const second = await (isOursFirst ? floor() : ours());
    up.push(isOursFirst ? { ours: first, floor: second } : { ours: second, floor: first });
  }
  const noop: Pair[] = [];
  for (let round = 0; round < rounds * 3; round++) {
    noop.push({
      ours: measure(executable, ["up"], applied),
      floor: measure("psql", ["-c", "select 1", applied]),
    });
  }
  print(`up, ${MIGRATIONS} small migrations; psql: a transaction and a history row for each`, up);
  print(`up, nothing to do, ${MIGRATIONS} applied; psql -c 'select 1'`, noop);
} finally {
  await cluster.dispose();
  await fs.rm(scratch, { recursive: true, force: true });
}

/** With the disk at rest: making a database leaves much to be written. */
async function inNewDatabase(run: (url: string) => Sample): Promise<Sample> {
  const url = cluster.url(await cluster.createDatabase());
  await cluster.sql("postgres", "CHECKPOINT");
  return run(url);
}

interface Sample {
  readonly seconds: number;
  /** Undefined without GNU time. */
  readonly megabytes: number | undefined;
}

interface Pair {
  readonly ours: Sample;
  readonly floor: Sample;
}

function measure(command: string, args: readonly string[], url?: string): Sample {
  const memory = path.join(scratch, "memory");
  const env = { ...process.env, PGOPTIONS: "", ...(url ? { DATABASE_URL: url } : {}) };
  const hasTime = spawnSync("/usr/bin/time", ["--version"]).status === 0;
  const words = hasTime
    ? ["/usr/bin/time", "-o", memory, "-f", "%M", command, ...args]
    : [command, ...args];
  const began = performance.now();
  const { status, stderr } = spawnSync(words[0]!, words.slice(1), { env, encoding: "utf8" });
  const seconds = (performance.now() - began) / 1_000;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited ${status}: ${stderr}`);
  const peak = hasTime ? spawnSync("cat", [memory], { encoding: "utf8" }).stdout : "";
  return { seconds, megabytes: peak ? Number(peak) * 1_024 / 1e6 : undefined };
}

function print(title: string, pairs: readonly Pair[]): void {
  const ours = median(pairs.map(({ ours }) => ours.seconds));
  const floor = median(pairs.map(({ floor }) => floor.seconds));
  const ratio = median(pairs.map(({ ours, floor }) => ours.seconds / floor.seconds));
  const memory = Math.max(...pairs.map(({ ours }) => ours.megabytes ?? NaN));
  console.log(
    `${title}\n  ${pairs.length} pairs: migrator ${ours.toFixed(3)} s, psql ${
      floor.toFixed(3)
    } s, ` +
      `ratio ${ratio.toFixed(2)}; migrator's peak ${memory.toFixed(0)} MB`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function bundle(): Promise<string> {
  for (let index = 0; index < MIGRATIONS; index++) {
    const directory = path.join(
      scratch,
      "migrations",
      "shop",
      `${1_700_000_000 + index}_table_${index}`,
    );
    await fs.mkdir(directory, { recursive: true });
    await fs.writeFile(path.join(directory, "up.sql"), `${createTable(index)};\n`);
    await fs.writeFile(path.join(directory, "down.sql"), `DROP TABLE t${index};\n`);
    await fs.writeFile(
      path.join(directory, "metadata.yaml"),
      `name: table ${index}\nparents: [${index === 0 ? "" : 1_700_000_000 + index - 1}]\n`,
    );
  }
  const output = path.join(scratch, "shop");
  const args = ["bundle", "--migrations", path.join(scratch, "migrations"), "--output", output];
  const { status, stderr } = spawnSync("dist/migrator", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`cannot bundle: ${stderr}`);
  return output;
}

function createTable(index: number): string {
  return `CREATE TABLE t${index} (\n  id bigint PRIMARY KEY,\n  name text NOT NULL\n)`;
}

function psqlScript(): string {
  const lines = ["CREATE TABLE history (version bigint PRIMARY KEY, name text, at timestamptz);"];
  for (let index = 0; index < MIGRATIONS; index++) {
    lines.push(
      "BEGIN;",
      `${createTable(index)};`,
      `INSERT INTO history VALUES (${1_700_000_000 + index}, 'table ${index}', now());`,
      "COMMIT;",
    );
  }
  return lines.join("\n") + "\n";
}
