// Pure.
/**
 * A catalog as a file that a customer can send: JSON, with the schema and the history, and no row of a
 * table.
 *
 * The format is a promise: fields are only added, and a change that an older reader would misread raises
 * `format`.
 *
 * @module
 */

import { clause } from "../format/clause.ts";
import { Failure } from "../failure.ts";
import { kindOf } from "../schema/kinds.ts";
import { type Schema, SCHEMA_FORMAT } from "../schema/model/schema.ts";
import type { Catalog, CatalogDatabase } from "./catalog.ts";

/** The version of the format that this program writes. */
const CATALOG_FORMAT = 1;

/** What tells the file from others. */
const CONTENT = "migrator catalog";

/** The file's text. The same catalog always gives the same text. */
export function catalogFile(catalog: Catalog): string {
  const { label, roles, owner, databases, schema } = catalog;
  const file = { content: CONTENT, format: CATALOG_FORMAT, label, owner, roles, databases, schema };
  return `${
    JSON.stringify(
      file,
      (_, value: unknown) => typeof value === "bigint" ? String(value) : value,
      2,
    )
  }\n`;
}

/**
 * Reads such a file. Its definitions are SQL that the sender has chosen: they are run in the shadow, and
 * stand in what is written to repair the database.
 *
 * @param file Its path, for messages.
 * @throws {Failure} `drift/unreadable-snapshot`.
 */
export function readCatalogFile(text: string, file: string): Catalog {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw unreadable(file, `it is not JSON: ${clause((error as Error).message)}`);
  }
  const reader = new Reader(file);
  const fields = reader.object(read, "the file");
  if (fields["content"] !== CONTENT) {
    throw unreadable(file, `its "content" is not "${CONTENT}"`);
  }
  if (fields["format"] !== CATALOG_FORMAT) {
    throw unreadable(
      file,
      `its format is ${JSON.stringify(fields["format"])}, and this program reads ${CATALOG_FORMAT}`,
    );
  }
  return {
    label: reader.text(fields["label"], "label"),
    owner: reader.text(fields["owner"], "owner"),
    roles: reader.list(fields["roles"], "roles").map((role) => reader.text(role, "roles")),
    databases: reader.list(fields["databases"], "databases").map((one) => database(reader, one)),
    schema: schemaOf(reader, fields["schema"]),
  };
}

function database(reader: Reader, value: unknown): CatalogDatabase {
  const { name, applied, incomplete, runner } = reader.object(value, "databases");
  return {
    name: reader.text(name, "databases.name"),
    applied: reader.list(applied, "databases.applied").map((version) =>
      reader.version(version, "databases.applied")
    ),
    incomplete: reader.list(incomplete, "databases.incomplete").map((one) => {
      const { version, direction } = reader.object(one, "databases.incomplete");
      return {
        version: reader.version(version, "databases.incomplete.version"),
        direction: direction === "down" ? "down" : "up",
      };
    }),
    runner: runner === undefined ? undefined : reader.text(runner, "databases.runner"),
  };
}

function schemaOf(reader: Reader, value: unknown): Schema {
  const { format, server, objects } = reader.object(value, "schema");
  if (format !== SCHEMA_FORMAT) {
    throw reader.wrong("schema.format", `${SCHEMA_FORMAT}`);
  }
  if (typeof server !== "number") throw reader.wrong("schema.server", "a number");
  for (const object of reader.list(objects, "schema.objects")) {
    const { kind, name } = reader.object(object, "schema.objects");
    reader.text(name, "schema.objects.name");
    try {
      kindOf({ kind: reader.text(kind, "schema.objects.kind") });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw unreadable(reader.path, clause(error.message));
    }
  }
  return value as Schema;
}

/** Asks for the shape of JSON values. */
class Reader {
  constructor(readonly path: string) {}

  object(value: unknown, name: string): Readonly<Record<string, unknown>> {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
    throw this.wrong(name, "an object");
  }

  list(value: unknown, name: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    throw this.wrong(name, "a list");
  }

  text(value: unknown, name: string): string {
    if (typeof value === "string") return value;
    throw this.wrong(name, "a text");
  }

  version(value: unknown, name: string): bigint {
    if (typeof value === "string" && /^\d{1,19}$/.test(value)) return BigInt(value);
    throw this.wrong(name, "a list of versions");
  }

  wrong(name: string, wanted: string): Failure {
    return unreadable(this.path, `${name} is not ${wanted}`);
  }
}

function unreadable(path: string, why: string): Failure {
  return new Failure(
    "drift/unreadable-snapshot",
    `Could not read the catalog in ${path}: ${why}.`,
    {
      hint: "Have it written again, by this version of the program: migrator doctor --catalog FILE",
    },
  );
}
