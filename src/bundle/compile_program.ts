/**
 * Compiles the source into an executable that can carry migrations. Only Bun can do that.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Failure } from "../failure.ts";
import { bundler, type PluginBuilder } from "../runtime/bundler.ts";
import { writeMark } from "../runtime/mark.ts";
import { runtimeName } from "../runtime/process.ts";
import { VERSION } from "../version.ts";
import { BUNDLE_FORMAT } from "./bundle_index.ts";

/** What to compile. */
export interface CompileProgramOptions {
  /** The module that begins it. */
  readonly entrypoint: string;
  readonly output: string;
  /** Such as `linux-x64-musl`. */
  readonly target: string;
  /** The Bun that goes into it, so that none is fetched. Default: the one that runs this. */
  readonly bun?: string;
  /** A file: the data directory that embedded PostgreSQL begins with. */
  readonly template: string;
}

/** Names of files in `new URL("./pglite.wasm", import.meta.url)`, and the parser's way to say it. */
const ASSET_URL =
  /new URL\(\s*"([^"]+\.(?:wasm|data|tar\.gz))",\s*import\.meta\.url,?\s*\)|locateFile\("([^"]+)"\)/g;

/** The modules that name such files. */
const MODULES =
  /[\\/](?:@electric-sql[\\/]pglite[\\/]dist|libpg-query[\\/]wasm)[\\/].*\.js$|[\\/]pglite[\\/]template\.[jt]s$/;

/** @throws {Failure} `usage/needs-bun`. */
export async function compileProgram(order: CompileProgramOptions): Promise<void> {
  const { entrypoint, output, target, bun, template } = order;
  const found = bundler();
  if (found === undefined) {
    throw new Failure(
      "usage/needs-bun",
      `Could not compile ${entrypoint}: executables are made by Bun, and this is ${runtimeName()}.`,
      { hint: "Run the script that compiles with Bun: npx bun build.ts" },
    );
  }
  const mark = writeMark({ target, version: VERSION, format: BUNDLE_FORMAT });
  await found.build({
    entrypoints: [entrypoint],
    minify: true,
    define: { MIGRATOR_MARK: JSON.stringify(mark) },
    // Chunks that are only parsed when they are imported, and bytecode instead of parsing: without
    // the two, every start would pay for the parser, PGlite and the ZIP library.
    splitting: true,
    format: "esm",
    bytecode: true,
    compile: {
      outfile: output,
      target: `bun-${target}`,
      ...(bun === undefined ? {} : { executablePath: bun }),
      // A stray .env or bunfig.toml in the current directory is not ours, and bunfig.toml can run
      // code.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
    plugins: [embedAssets({ "./pglite_template.tar.gz": template })],
  });
}

/** Puts the files that these modules read from beside them into the executable. */
function embedAssets(moved: Readonly<Record<string, string>>) {
  return {
    name: "embed assets",
    setup(build: PluginBuilder) {
      build.onLoad({ filter: MODULES }, async ({ path }) => {
        const imports: string[] = [];
        const code = (await fs.readFile(path, "utf8")).replaceAll(
          ASSET_URL,
          (_match, inUrl: string | undefined, located: string | undefined) => {
            const relative = (inUrl ?? located) as string;
            const name = `embeddedAsset${imports.length}`;
            const file = moved[relative] ?? fileURLToPath(new URL(relative, pathToFileURL(path)));
            imports.push(
              `import ${name} from ${JSON.stringify(file)} with { type: "file" };\n`,
            );
            return inUrl === undefined ? name : `new URL("file://" + ${name})`;
          },
        );
        return {
          contents: imports.join("") + code,
          loader: path.endsWith(".ts") ? "ts" : "js",
        };
      });
    },
  };
}
