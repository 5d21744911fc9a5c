/**
 * The part of `deno task compile` that Bun runs, because only Bun can make its executables:
 * `bun tools/build_executable.ts OUTPUT TEMPLATE`.
 *
 * TEMPLATE is where the data directory for embedded PostgreSQL is put, on its way into OUTPUT.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import process from "node:process";
import { makeTemplate } from "../src/connection/pglite_template.ts";

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

const [output, template] = process.argv.slice(2);
if (output === undefined || template === undefined) {
  throw new Error("usage: bun tools/build_executable.ts OUTPUT TEMPLATE");
}
await fs.writeFile(template, await makeTemplate());
const { Bun } = globalThis as unknown as { Bun: Bundler };
await Bun.build({
  entrypoints: [fileURLToPath(new URL("../cli.ts", import.meta.url))],
  minify: true,
  // Chunks that are only parsed when they are imported, and bytecode instead of parsing: without the
  // two, every start would pay for the parser, PGlite and the ZIP library.
  splitting: true,
  format: "esm",
  bytecode: true,
  compile: {
    outfile: output,
    target: "bun-linux-x64",
    // A stray .env or bunfig.toml in the current directory is not ours, and bunfig.toml can run code.
    autoloadDotenv: false,
    autoloadBunfig: false,
    autoloadTsconfig: false,
    autoloadPackageJson: false,
  },
  plugins: [embedAssets({ "./pglite_template.tar.gz": template })],
});
// The engine that made the template keeps nothing that matters.
process.exit(0);
