// Pure.
/**
 * Whether an expression is evaluated anew for each row.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import { nodesIn } from "../../sql/syntax_tree.ts";
import type { KnownSchema } from "./known_schema.ts";
import { listedName, textsOf } from "./relation_name.ts";

/**
 * Functions that pg_proc marks as immutable or stable and that defaults, checks and indexes use.
 * Everything else counts as volatile, as it does for a function that its author declares nothing of.
 */
const NOT_VOLATILE: ReadonlySet<string> = new Set([
  "abs",
  "age",
  "array_append",
  "array_length",
  "array_to_string",
  "btrim",
  "cardinality",
  "ceil",
  "char_length",
  "coalesce",
  "concat",
  "concat_ws",
  "convert_to",
  "current_database",
  "current_schema",
  "current_setting",
  "date",
  "date_part",
  "date_trunc",
  "decode",
  "digest",
  "encode",
  "extract",
  "floor",
  "format",
  "greatest",
  "hashtext",
  "inet_client_addr",
  "int4range",
  "int8range",
  "json_build_array",
  "json_build_object",
  "json_typeof",
  "jsonb_array_length",
  "jsonb_build_array",
  "jsonb_build_object",
  "jsonb_extract_path_text",
  "jsonb_typeof",
  "least",
  "left",
  "length",
  "lower",
  "lower_inf",
  "ltrim",
  "make_date",
  "make_interval",
  "make_timestamptz",
  "md5",
  "mod",
  "now",
  "num_nonnulls",
  "num_nulls",
  "nullif",
  "octet_length",
  "pg_get_serial_sequence",
  "position",
  "power",
  "regexp_replace",
  "replace",
  "right",
  "round",
  "rtrim",
  "setweight",
  "sha256",
  "split_part",
  "statement_timestamp",
  "string_to_array",
  "strpos",
  "substr",
  "substring",
  "timezone",
  "to_char",
  "to_date",
  "to_json",
  "to_jsonb",
  "to_number",
  "to_timestamp",
  "to_tsquery",
  "to_tsvector",
  "transaction_timestamp",
  "trim",
  "trunc",
  "tsrange",
  "tstzrange",
  "upper",
  "upper_inf",
]);

/** The first function in an expression that may be volatile; undefined when there is none. */
export function volatileCall(expression: Node, schema: KnownSchema): string | undefined {
  for (const node of nodesIn(expression)) {
    if (!("FuncCall" in node)) continue;
    const name = textsOf(node.FuncCall.funcname).at(-1) ?? "";
    const own = schema.function(listedName(node.FuncCall.funcname));
    if (!(own?.isStable ?? NOT_VOLATILE.has(name))) return name;
  }
  return undefined;
}
