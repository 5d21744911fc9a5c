/**
 * The reader of the ZIP at the end of an executable.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { Archive } from "../../src/bundle/zip_reader.ts";
import { bundleMigrations } from "../../src/bundle/bundle_migrations.ts";
import { openBundle } from "../../src/bundle/bundle_source.ts";
import { verifyBundle } from "../../src/bundle/verify_bundle.ts";
import { HEADERS, markOf, program } from "../support/program.ts";
import { failsWell, type Target, target } from "./target.ts";

/** A byte to write, counted from the end of the file: most of what is read first lies there. */
type Damage = { readonly fromEnd: number; readonly byte: number };
interface Input {
  readonly cut: number;
  readonly damage: readonly Damage[];
}

let whole: Promise<{ readonly file: string; readonly bytes: Buffer }> | undefined;

/** A small bundle, made once. */
function bundle(): Promise<{ readonly file: string; readonly bytes: Buffer }> {
  return whole ??= (async () => {
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-fuzz-"));
    await fs.mkdir(`${directory}/m/shop`, { recursive: true });
    await fs.writeFile(`${directory}/m/shop/1_a.up.sql`, "CREATE TABLE a (i int);");
    await fs.writeFile(`${directory}/base`, program(HEADERS["linux-x64"], markOf()));
    const output = `${directory}/out`;
    await bundleMigrations({ base: `${directory}/base`, migrations: `${directory}/m`, output });
    const bytes = await fs.readFile(output);
    await fs.rm(directory, { recursive: true });
    const file = path.join(os.tmpdir(), `migrator-fuzz-${crypto.randomUUID()}`);
    return { file, bytes };
  })();
}

export const BUNDLE_TARGET: Target = target<Input>({
  name: "bundle-zip",
  inputs: fc.record({
    cut: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(3_000)),
    damage: fc.array(fc.record({ fromEnd: fc.nat(2_200), byte: fc.nat(255) }), { maxLength: 4 }),
  }),
  runs: 150,
  limit: 5_000,
  read: async ({ cut, damage }) => {
    const { file, bytes } = await bundle();
    const copy = Buffer.from(bytes.subarray(0, bytes.length - cut));
    for (const { fromEnd, byte } of damage) copy.writeUInt8(byte, copy.length - 1 - fromEnd);
    await fs.writeFile(file, copy);
    try {
      await failsWell(() => verifyBundle(file));
      await failsWell(() => {
        const archive = Archive.open(file);
        try {
          for (const name of archive?.names() ?? []) archive?.read(name);
        } finally {
          archive?.close();
        }
      });
      await failsWell(async () => {
        const source = await openBundle(file);
        for (const database of source?.databases ?? []) {
          const set = await source!.load(database);
          for (const { up, down } of set.definitions) {
            await up.read();
            await down?.read();
          }
        }
      });
    } finally {
      await fs.rm(file, { force: true });
    }
  },
});
