/**
 * `docs`
 *
 * @module
 */

import * as path from "node:path";
import type { Command } from "commander";
import { EXIT, Failure, formatPlace } from "../../failure.ts";
import type { Schema } from "../../schema/model/schema.ts";
import type { DocumentedSchema } from "../../shadow/documented_schema.ts";
import { clause } from "../../format/clause.ts";
import { readText } from "../../runtime/files.ts";
import { replaceText } from "../../runtime/replace_file.ts";
import { openShadow } from "../apply/open_shadow.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  shadowOption,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";

interface DocsOptions extends GlobalOptions {
  readonly output: string;
  readonly check?: boolean;
  readonly html?: boolean;
  readonly shadowUrl?: string;
}

/** Where `docs` writes by default. */
export const DOCS_FOLDER = "schema";

/** Documents the schema that the migrations make. */
export function docsCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("docs").helpGroup(GROUPS.author)
    .summary("document the schema that the migrations create")
    .description(
      "Runs all migrations in a shadow database (embedded PostgreSQL, in memory) and documents the " +
        "schema that they create: schema.md shows tables as psql's \\d does, schema.json holds every " +
        "object, and schema.html is a page with a search, diagrams, and the migration that made each " +
        "object; it needs no network. The same migrations always give the same files. Needs no server.",
    )
    .option("--output <dir>", "where <database>/schema.md and schema.json are written", DOCS_FOLDER)
    .option("--html", "also write schema.html")
    .option("--check", "write nothing; exit with 1 if a file is not up to date")
    .addOption(shadowOption());
  withExamples(
    withMigrations(command),
    "migrator docs",
    "migrator docs --html",
    "migrator docs --check",
    "migrator docs --db frontend --output docs",
  )
    .action(async (options: DocsOptions) => {
      const invocation = begin(options);
      const stale: string[] = [];
      for (const name of await invocation.databases()) {
        stale.push(...await documentDatabase(invocation, name, options));
      }
      if (options.check && stale.length > 0) {
        invocation.exitWith(EXIT.finding);
        invocation.output.print(`next: migrator docs${options.html ? " --html" : ""}`);
      }
      invocation.output.finished({ stale: stale.length });
    });
}

/**
 * Writes the files of one database that are not up to date, or with `check` only tells of them.
 *
 * @returns The paths of those.
 * @throws {Failure} `shadow/*`, `definition/*`, `usage/system`.
 */
export async function documentDatabase(
  invocation: Invocation,
  name: string,
  options: Omit<DocsOptions, keyof GlobalOptions>,
): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const [file, text] of Object.entries(await documentsOf(invocation, name, options))) {
    const target = path.join(options.output, name, file);
    const isCurrent = await readText(target) === text;
    if (!isCurrent) stale.push(target);
    if (!isCurrent && !options.check) await writeDocument(target, text);
    const state = isCurrent ? "up to date" : options.check ? "not up to date" : "written";
    invocation.output.print(`${target}: ${state}`);
    invocation.output.record({ event: "document", database: name, file: target, state });
  }
  return stale;
}

/** @throws {Failure} `usage/system`. */
async function writeDocument(file: string, text: string): Promise<void> {
  try {
    await replaceText(file, text);
  } catch (cause) {
    throw new Failure(
      "usage/system",
      `Could not write ${file}: ${clause((cause as Error).message)}.`,
      {
        hint:
          "Check that it is a file in a directory that you may write, or pass another --output.",
        cause,
      },
    );
  }
}

/** The files by name. @throws {Failure} `shadow/*`, `definition/*`. */
async function documentsOf(
  invocation: Invocation,
  name: string,
  { shadowUrl, html = false }: Pick<DocsOptions, "shadowUrl" | "html">,
): Promise<Readonly<Record<string, string>>> {
  const { documentedSchema } = await import("../../shadow/documented_schema.ts");
  const { schemaMarkdown } = await import("../../schema/schema_markdown.ts");
  const { graph, history } = await invocation.target(name);
  const scratch = await openShadow(invocation, name, shadowUrl);
  try {
    const { schema, originOf } = await documentedSchema(scratch, {
      definitions: graph.ordered,
      without: [history.schema],
      signal: invocation.signal,
    });
    return {
      "schema.json": `${JSON.stringify(schema, null, 2)}\n`,
      "schema.md": schemaMarkdown(schema),
      ...(html ? { "schema.html": await pageOf(schema, { title: name, originOf }) } : {}),
    };
  } finally {
    await scratch.dispose();
  }
}

async function pageOf(
  schema: Schema,
  { title, originOf }: Pick<DocumentedSchema, "originOf"> & { readonly title: string },
): Promise<string> {
  const { schemaPage } = await import("../../schema/schema_page.ts");
  return schemaPage(schema, {
    title,
    makerOf(address) {
      const origin = originOf(address);
      if (origin === undefined) return undefined;
      const { version, name } = origin.definition;
      return `${version} ${name}`.trimEnd() + ` (${formatPlace(origin.place)})`;
    },
  });
}
