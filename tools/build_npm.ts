/**
 * `deno task build:npm [DIRECTORY]`: the library and the command line as a package for npm, in
 * `dist/npm` unless told otherwise. Deno turns TypeScript into JavaScript and declarations; what the
 * package is called and needs is told from deno.json.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { ROOT } from "./bun.ts";

/** As much of deno.json as is used here. */
interface Configuration {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly imports: Readonly<Record<string, string>>;
}

/** What the sources import; the rest of deno.json is for tests and tools. */
const DEPENDENCIES = ["postgres", "yaml", "commander", "libpg-query", "@zip.js/zip.js"];

/** A service that has a server does well without embedded PostgreSQL: `npm install --omit=optional`. */
const OPTIONAL = ["@electric-sql/pglite"];

/** What is packed beside the code. */
const PAPERS = ["README.md", "CHANGELOG.md", "LICENSE", "migrator.schema.json"];

const output = path.resolve(process.argv[2] ?? path.join(ROOT, "dist", "npm"));
const configuration = JSON.parse(
  fs.readFileSync(path.join(ROOT, "deno.json"), "utf8"),
) as Configuration;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-npm-"));
try {
  const archive = path.join(scratch, "package.tgz");
  const ignored = fs.readdirSync(ROOT).filter((name) =>
    !/^(src|mod\.ts|cli\.ts|deno\.json)$/.test(name)
  );
  run(process.execPath, [
    "pack",
    "--quiet",
    "--allow-dirty",
    "--no-source-maps",
    `--output=${archive}`,
    ...ignored.map((name) => `--ignore=${name}`),
  ]);
  run("tar", ["-xzf", archive, "-C", scratch]);
  const unpacked = path.join(scratch, "package");
  fs.rmSync(output, { recursive: true, force: true });
  fs.mkdirSync(output, { recursive: true });
  fs.cpSync(unpacked, output, {
    recursive: true,
    filter: (file) => fs.statSync(file).isDirectory() || /\.(js|d\.ts)$/.test(file),
  });
  for (const file of fs.globSync("**/*.js", { cwd: output })) inlineTexts(file);
  for (const name of PAPERS) fs.copyFileSync(path.join(ROOT, name), path.join(output, name));
  const bin = path.join(output, "bin.js");
  fs.writeFileSync(bin, '#!/usr/bin/env node\nimport "./cli.js";\n', { mode: 0o755 });
  fs.writeFileSync(
    path.join(output, "package.json"),
    `${JSON.stringify(manifest(configuration), null, 2)}\n`,
  );
  console.log(
    `${path.relative(process.cwd(), output)}: ${configuration.name} ${configuration.version}`,
  );
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}

/** Node imports no text: what a module imports as such becomes a module of its own. */
function inlineTexts(file: string): void {
  const full = path.join(output, file);
  const code = fs.readFileSync(full, "utf8");
  const inlined = code.replaceAll(
    /import\("(\.[^"]+)",\s*\{\s*with:\s*\{\s*type:\s*"text"\s*\}\s*\}\)/g,
    (_match, specifier: string) => {
      const text = fs.readFileSync(path.join(ROOT, path.dirname(file), specifier), "utf8");
      fs.writeFileSync(
        path.join(path.dirname(full), `${specifier}.js`),
        `export default ${JSON.stringify(text)};\n`,
      );
      return `import("${specifier}.js")`;
    },
  );
  if (inlined !== code) fs.writeFileSync(full, inlined);
}

function manifest({ name, version, license, imports }: Configuration) {
  const versions = (names: readonly string[]) =>
    Object.fromEntries(names.map((one) => {
      const found = /^npm:.+@([^@]+)$/.exec(imports[one] ?? "")?.[1];
      if (found === undefined) throw new Error(`deno.json has no version of ${one}`);
      return [one, found];
    }));
  return {
    name,
    version,
    license,
    description: "Brings PostgreSQL databases up to date, and back again",
    type: "module",
    engines: { node: ">=20" },
    exports: { ".": { types: "./mod.d.ts", default: "./mod.js" } },
    types: "./mod.d.ts",
    bin: { migrator: "bin.js" },
    dependencies: versions(DEPENDENCIES),
    optionalDependencies: versions(OPTIONAL),
  };
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`${program} ${args[0]} failed (${status}): ${stderr}${error ?? ""}`);
  }
}
