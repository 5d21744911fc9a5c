/**
 * Compiles the source into an executable that can carry migrations. Needs Bun.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Failure } from "../failure.ts";
import { bundler, type PluginBuilder } from "../runtime/bundler.ts";
import { writeMark } from "../runtime/executable_mark.ts";
import { runtimeName } from "../runtime/process.ts";
import { VERSION } from "../version.ts";
import { BUNDLE_FORMAT } from "./bundle_index.ts";

/** What to compile. */
export interface CompileProgramOptions {
  /** The module to run at start. */
  readonly entrypoint: string;
  readonly output: string;
  /** A Bun target without the `bun-` prefix: `linux-x64-musl`. */
  readonly target: string;
  /** The Bun executable to embed, so that Bun downloads none. Default: the running one. */
  readonly bun?: string;
  /** Path of a file: the data directory from which embedded PostgreSQL starts. */
  readonly template: string;
}

/**
 * File names in `new URL("./pglite.wasm", import.meta.url)`, and in the form that the parser uses.
 */
const ASSET_URL =
  /new URL\(\s*"([^"]+\.(?:wasm|data|tar\.gz))",\s*import\.meta\.url,?\s*\)|locateFile\("([^"]+)"\)/g;

/** The modules that contain such URLs. */
const MODULES =
  /[\\/](?:@electric-sql[\\/]pglite[\\/]dist|libpg-query[\\/]wasm)[\\/].*\.js$|[\\/]pglite[\\/]template\.[jt]s$/;

/** @throws {Failure} `usage/needs-bun`. */
export async function compileProgram(options: CompileProgramOptions): Promise<void> {
  const { entrypoint, output, target, bun, template } = options;
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
    // Split chunks are parsed only when they are imported, and bytecode needs no parsing. Without
    // both, every start would load the parser, PGlite and the ZIP library.
    splitting: true,
    format: "esm",
    bytecode: true,
    compile: {
      outfile: output,
      target: `bun-${target}`,
      ...(bun === undefined ? {} : { executablePath: bun }),
      // A .env or bunfig.toml in the current directory belongs to another program, and bunfig.toml
      // can run code.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
    plugins: [embedAssets({ "./pglite_template.tar.gz": template })],
  });
}

/** Embeds the files that these modules read from their own directory. */
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
