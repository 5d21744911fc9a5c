/**
 * Catalogs with hostile names: what a server gives is written as SQL, and read again.
 *
 * @module
 */

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { privateInstance } from "../../src/connection/pglite/instance.ts";
import { instanceConnector } from "../../src/connection/pglite/pglite_session.ts";
import type { Session } from "../../src/connection/session/session.ts";
import { describeSchema } from "../../src/schema/describe_schema.ts";
import { writeSchema, WRITTEN_SETTINGS } from "../../src/schema/write_schema.ts";
import { quoteIdentifier, quoteLiteral } from "../../src/sql/identifier.ts";
import { type Target, target } from "./target.ts";

interface Input {
  /** Of a schema and the objects in it, each different. */
  readonly names: readonly string[];
  /** In comments, defaults, conditions and labels. */
  readonly text: string;
}

const UNITS = [
  ..."\"'\\$%;:.,-*/()[]{}<>=@#&|`~!?^ +".split(""),
  ..."a B é € 漢 😀 \n \t \r \u0001 \u0085 \u200b \u202e -- /* */ $$ $a$ E' U& public pg_catalog user"
    .split(" "),
  "select",
  "COMMIT",
  "%s",
  "%I",
  "%%",
];

/** At most 63 bytes, as the server keeps it. */
const name = fc.array(fc.constantFrom(...UNITS), { minLength: 1, maxLength: 6 })
  .map((units) => units.join(""))
  .filter((text) => new TextEncoder().encode(text).length < 48 && !/^pg_/.test(text));

let opened: Promise<Session> | undefined;

/** One embedded server for all inputs. */
async function open(): Promise<Session> {
  const { instance } = await privateInstance();
  return await instanceConnector("embedded", () => Promise.resolve(instance))
    .open({ applicationName: "fuzz" });
}

function createAll({ names, text }: Input): string {
  const [schema, table, column, view, routine, type, index, label, sequence] = names
    .map(quoteIdentifier) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
  const literal = quoteLiteral(text);
  const s = schema;
  return `CREATE SCHEMA ${s};
    CREATE TYPE ${s}.${type} AS ENUM (${quoteLiteral(names[7]!)}, 'last');
    CREATE SEQUENCE ${s}.${sequence};
    CREATE TABLE ${s}.${table} (
      ${column} text DEFAULT ${literal} CHECK (${column} <> ${literal}),
      ${label} ${s}.${type} PRIMARY KEY DEFAULT 'last',
      n bigint DEFAULT nextval(${quoteLiteral(`${s}.${sequence}`)}));
    CREATE INDEX ${index} ON ${s}.${table} ((${column} || ${literal})) WHERE ${column} > ${literal};
    CREATE VIEW ${s}.${view} AS SELECT ${column}, ${literal} AS ${label} FROM ${s}.${table};
    CREATE FUNCTION ${s}.${routine}(${column} text DEFAULT ${literal}) RETURNS text
      LANGUAGE sql AS ${quoteLiteral(`SELECT ${literal} || ${literal}`)};
    COMMENT ON TABLE ${s}.${table} IS ${literal};
    COMMENT ON COLUMN ${s}.${table}.${column} IS ${literal}`;
}

export const SCHEMA_TARGET: Target = target<Input>({
  name: "catalog-names",
  inputs: fc.record({
    names: fc.uniqueArray(name, { minLength: 9, maxLength: 9 }),
    text: fc.array(fc.constantFrom(...UNITS), { maxLength: 12 }).map((units) => units.join("")),
  }),
  runs: 4,
  limit: 30_000,
  read: async (input) => {
    const session = await (opened ??= open());
    const drop = `DROP SCHEMA IF EXISTS ${quoteIdentifier(input.names[0]!)} CASCADE`;
    await session.query(createAll(input));
    try {
      const described = await describeSchema(session);
      await session.query(drop);
      await session.query("BEGIN");
      // What every database has already is not created again.
      const statements = writeSchema(described).filter((one) =>
        !/^CREATE SCHEMA public$/.test(one)
      );
      for (const statement of [...WRITTEN_SETTINGS, ...statements]) await session.query(statement);
      await session.query("COMMIT");
      await session.query("DISCARD ALL");
      assert.deepEqual(await describeSchema(session), described);
    } finally {
      await session.query("ROLLBACK");
      await session.query(`RESET ALL; ${drop}`);
    }
  },
});
