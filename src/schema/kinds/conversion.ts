// Pure.
/**
 * Conversions between encodings.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember, whenTrue } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface Conversion extends SchemaObject, InSchema {
  readonly kind: "conversion";
  /** Encodings. */
  readonly from: string;
  readonly to: string;
  readonly function: string;
  readonly default?: true;
}

export const conversionKind: Kind<Conversion> = {
  kind: "conversion",
  query: ({ schemas }) =>
    `SELECT c.tableoid AS class, c.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', c.conname, 'owner', pg_get_userbyid(c.conowner),
      'from', pg_encoding_to_char(c.conforencoding), 'to', pg_encoding_to_char(c.contoencoding),
      'function', c.conproc::regproc::text, 'default', ${whenTrue("c.condefault")})) AS object
    FROM pg_conversion AS c JOIN pg_namespace AS n ON n.oid = c.connamespace
    WHERE c.connamespace IN ${schemas} AND ${isNoMember("pg_conversion", "c.oid")}`,
  address: (conversion) => `CONVERSION ${quoteQualifiedIfNeeded(conversion)}`,
  create: (conversion) => [
    `CREATE ${conversion.default ? "DEFAULT " : ""}CONVERSION ${
      quoteQualifiedIfNeeded(conversion)
    } ` +
    `FOR ${quoteLiteral(conversion.from)} TO ${quoteLiteral(conversion.to)} ` +
    `FROM ${conversion.function}`,
  ],
};
