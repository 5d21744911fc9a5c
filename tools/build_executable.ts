/**
 * The part of `deno task compile` that Bun runs, because only Bun can make its executables:
 * `bun tools/build_executable.ts JSON`, which is a `BuildOrder`.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import process from "node:process";
import { BUNDLE_FORMAT } from "../src/bundle/bundle_index.ts";
import { makeTemplate } from "../src/connection/pglite_template.ts";
import { writeMark } from "../src/runtime/mark.ts";
import { VERSION } from "../src/version.ts";

/** The little of Bun's bundler that is used here. */
interface Bundler {
  build(options: Readonly<Record<string, unknown>>): Promise<{ readonly success: boolean }>;
}

interface PluginBuilder {
  onLoad(
    options: { readonly filter: RegExp },
    load: (args: { readonly path: string }) => Promise<{ contents: string; loader: string }>,
  ): void;
}

/** Names of files in `new URL("./pglite.wasm", import.meta.url)`, and the parser's way to say it. */
const ASSET_URL =
  /new URL\(\s*"([^"]+\.(?:wasm|data|tar\.gz))",\s*import\.meta\.url,?\s*\)|locateFile\("([^"]+)"\)/g;

/** The modules that name such files. */
const MODULES =
  /[\\/](?:@electric-sql[\\/]pglite[\\/]dist|libpg-query[\\/]wasm)[\\/].*\.js$|[\\/]pglite_template\.ts$/;

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

/** What to build. */
export interface BuildOrder {
  /** Where the data directory for embedded PostgreSQL is put, on its way into all of them. */
  readonly template: string;
  readonly executables: readonly {
    readonly target: string;
    /** The Bun that goes into it. With it given, Bun fetches nothing. */
    readonly bun: string;
    readonly output: string;
  }[];
}

const { template, executables } = JSON.parse(process.argv[2] ?? "") as BuildOrder;
await fs.writeFile(template, await makeTemplate());
const { Bun } = globalThis as unknown as { Bun: Bundler };
for (const { target, bun, output } of executables) {
  const mark = writeMark({ target, version: VERSION, format: BUNDLE_FORMAT });
  await Bun.build({
    entrypoints: [fileURLToPath(new URL("../cli.ts", import.meta.url))],
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
      executablePath: bun,
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
// The engine that made the template keeps nothing that matters.
process.exit(0);
