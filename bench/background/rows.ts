/**
 * Rows per second: one worker and two, beside loops of psql that commit 10,000 keys at a time.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import * as path from "node:path";
import { type Bed, median, start, timed } from "./bed.ts";

/** Keys in one transaction of a loop. */
const STEP = 10_000;

/** Who does it; their seconds are compared with those of the first. */
const CONTENDERS: Readonly<Record<string, (bed: Bed, database: string) => Promise<unknown>>> = {
  "a loop of psql": (bed, database) => loops(bed, database, 1),
  "one worker": (bed, database) => work(bed, database, 1),
  "two workers": (bed, database) => work(bed, database, 2),
  "two loops of psql": (bed, database) => loops(bed, database, 2),
};

export async function* measureRows(bed: Bed, rounds: number): AsyncGenerator<string> {
  const names = Object.keys(CONTENDERS);
  const seconds = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    // A disk has its moods, and whoever comes later finds it warmer: they take turns.
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) {
      // How far two loops get is only asked for once: they show what the machine has to give.
      if (name === "two loops of psql" && round > 0) continue;
      seconds[name]!.push(await once(bed, name));
    }
  }
  const [base = []] = Object.values(seconds);
  for (const name of names) {
    const ratios = seconds[name]!.map((value, round) => base[round]! / value);
    const rate = bed.rows / median(seconds[name]!) / 1_000;
    yield `${name}: ${ratio(ratios)} of the rows per second of ${names[0]} (${rate.toFixed(0)}k/s)`;
  }
}

async function once(bed: Bed, name: string): Promise<number> {
  return await bed.withCopy("fast", async (database) => {
    const seconds = await timed(() => CONTENDERS[name]!(bed, database));
    const [row] = await bed.sql(database, "SELECT min(n), max(n) FROM moved");
    if (row?.["min"] !== 1 || row["max"] !== 1) throw new Error(`${name}: not each row once`);
    return seconds;
  });
}

/** `0.95 (0.93, 0.97)` */
function ratio(values: readonly number[]): string {
  const all = values.length > 1 ? ` (${values.map((value) => value.toFixed(2)).join(", ")})` : "";
  return `${median(values).toFixed(2)}${all}`;
}

async function work(bed: Bed, database: string, workers: number): Promise<void> {
  const args = ["background", "work", "--workers", String(workers), "--no-throttle"];
  await bed.migrator("fast", database, ...args).ended();
}

/** Each has its part of the table. */
async function loops(bed: Bed, database: string, count: number): Promise<void> {
  const files = [];
  for (let number = 0; number < count; number++) {
    const file = path.join(bed.scratch, `loop_${number + 1}_of_${count}.sql`);
    const first = Math.floor(bed.rows / count) * number;
    const last = number === count - 1 ? bed.rows : first + Math.floor(bed.rows / count);
    let script = "";
    for (let after = first; after < last; after += STEP) {
      const until = Math.min(after + STEP, last);
      script += `UPDATE moved SET n = n + 1 WHERE id > ${after} AND id <= ${until};\n`;
    }
    await fs.writeFile(file, script);
    files.push(file);
  }
  await Promise.all(
    files.map((file) => start("psql", "-X", "-q", "-f", file, bed.url(database)).ended()),
  );
}
