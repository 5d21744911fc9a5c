/**
 * `deno task compile [OUTPUT]`: one executable with the migrations of this project in it,
 * `dist/migrator` unless told otherwise, for Linux x64.
 *
 * `deno task compile --target NAME…`, `--all`: executables for these platforms, or for all,
 * `dist/migrator-NAME`, and `dist/SHA256SUMS` of those that are there.
 *
 * `--empty`: executables without migrations, in `dist/empty` unless told otherwise. Such a one takes
 * `./migrations`, and cannot apply the example's migrations to anybody's database.
 *
 * Each is started once; those that this machine does not run are said to be untried.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { bundleMigrations } from "../src/bundle/bundle_migrations.ts";
import { sealProgram } from "../src/bundle/seal_program.ts";
import { findBun, ROOT } from "./bun.ts";
import { bunOfTarget } from "./bun_of_target.ts";
import type { BuildOrder } from "./build_executable.ts";
import { copyEmpty } from "./copy_empty.ts";
import { removeSignature } from "./remove_signature.ts";
import { DEFAULT_TARGET, fileName, type Target, targetNamed, TARGETS } from "./targets.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    target: { type: "string", multiple: true },
    all: { type: "boolean" },
    empty: { type: "boolean", default: false },
  },
});
/** Executables with and without migrations have the same names, so they have folders of their own. */
const folder = path.join(ROOT, "dist", ...(values.empty ? ["empty"] : []));
const named = values.all ? TARGETS : (values.target ?? []).map(targetNamed);
if (positionals.length > (named.length > 0 ? 0 : 1)) {
  throw new Error("usage: deno task compile [--empty] [OUTPUT | --target NAME… | --all]");
}
const wanted: readonly { readonly target: Target; readonly output: string }[] = named.length > 0
  ? named.map((target) => ({ target, output: path.join(folder, fileName(target)) }))
  : [{
    target: targetNamed(DEFAULT_TARGET),
    output: path.resolve(positionals[0] ?? path.join(folder, "migrator")),
  }];

const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-compile-"));
try {
  const executables = wanted.map(({ target }) => ({
    target: target.name,
    bun: bunOfTarget(target),
    // Bun adds .exe to what is for Windows and has none.
    output: path.join(scratch, fileName(target)),
  }));
  build({ template: path.join(scratch, "pglite_template.tar.gz"), executables });
  for (const { target, output } of wanted) {
    const base = path.join(scratch, fileName(target));
    if (target.name === "darwin-x64") await unsign(base);
    sealProgram(base);
    await fs.mkdir(path.dirname(output), { recursive: true });
    const contents = await write(base, output);
    const { size } = await fs.stat(output);
    console.log(
      `${path.relative(process.cwd(), output)}: ${(size / 1e6).toFixed(1)} MB, ${contents}; ` +
        tried(target, output),
    );
  }
  if (named.length > 0) await writeSums();
} finally {
  await fs.rm(scratch, { recursive: true, force: true });
}

function build(order: BuildOrder): void {
  const { status } = spawnSync(
    findBun(),
    [path.join(ROOT, "tools", "build_executable.ts"), JSON.stringify(order)],
    { stdio: ["ignore", "inherit", "inherit"], cwd: ROOT },
  );
  if (status !== 0) throw new Error(`Bun could not build the executable (status ${status})`);
}

/** Returns what the executable carries, for people. */
async function write(base: string, output: string): Promise<string> {
  if (values.empty) {
    copyEmpty(base, output);
    return "no migrations";
  }
  const { migrations, databases } = await bundleMigrations({
    base,
    output,
    migrations: path.join(ROOT, "migrations"),
  });
  return `${migrations} migrations of ${databases.join(", ")}`;
}

async function unsign(file: string): Promise<void> {
  const bytes = await fs.readFile(file);
  const end = removeSignature(bytes);
  await fs.writeFile(file, bytes.subarray(0, end));
}

/** @throws {Error} When it does not start, though the Bun that it was made from does. */
function tried(target: Target, file: string): string {
  const { stdout, stderr } = start(file, "version");
  if (stdout?.includes(`, ${target.name})`)) return "starts here";
  if (start(bunOfTarget(target), "--version").status !== 0) {
    return "UNTRIED: this machine does not run such programs";
  }
  throw new Error(`${file} does not start: ${stdout}${stderr}`);
}

function start(file: string, argument: string) {
  return spawnSync(file, [argument], { encoding: "utf8", timeout: 60_000 });
}

/** For `sha256sum -c`, in the folder. */
async function writeSums(): Promise<void> {
  const there = new Set(await fs.readdir(folder));
  const lines: string[] = [];
  for (const name of TARGETS.map(fileName).filter((one) => there.has(one))) {
    const bytes = await fs.readFile(path.join(folder, name));
    lines.push(`${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`);
  }
  await fs.writeFile(path.join(folder, "SHA256SUMS"), lines.join(""));
}
