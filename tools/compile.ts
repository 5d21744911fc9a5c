/**
 * `deno task compile [OUTPUT]`: one executable with the migrations of this project in it,
 * `dist/migrator` unless told otherwise.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { bundleMigrations } from "../src/bundle/bundle_migrations.ts";
import { findBun, ROOT } from "./bun.ts";

const output = path.resolve(process.argv[2] ?? path.join(ROOT, "dist", "migrator"));
const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-compile-"));
try {
  const base = path.join(scratch, "migrator");
  const { status } = spawnSync(
    findBun(),
    [
      path.join(ROOT, "tools", "build_executable.ts"),
      base,
      path.join(scratch, "pglite_template.tar.gz"),
    ],
    { stdio: ["ignore", "inherit", "inherit"], cwd: ROOT },
  );
  if (status !== 0) throw new Error(`Bun could not build the executable (status ${status})`);
  await fs.mkdir(path.dirname(output), { recursive: true });
  const written = await bundleMigrations({
    base,
    output,
    migrations: path.join(ROOT, "migrations"),
  });
  console.log(
    `${path.relative(process.cwd(), output)}: ${(written.bytes / 1e6).toFixed(1)} MB, ` +
      `${written.migrations} migrations of ${written.databases.join(", ")}`,
  );
} finally {
  await fs.rm(scratch, { recursive: true, force: true });
}
