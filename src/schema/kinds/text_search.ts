// Pure.
/**
 * Text search: parsers, templates, dictionaries and configurations.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

/** A parser or a template: its functions by the names of their parameters, such as `START`. */
export interface TextSearchCode extends SchemaObject, InSchema {
  readonly kind: "text search parser" | "text search template";
  readonly functions: Readonly<Record<string, string>>;
}

export interface TextSearchDictionary extends SchemaObject, InSchema {
  readonly kind: "text search dictionary";
  /** Qualified. */
  readonly template: string;
  /** Its options as SQL: `language = 'english'`. */
  readonly options?: string;
}

export interface TextSearchConfiguration extends SchemaObject, InSchema {
  readonly kind: "text search configuration";
  /** Qualified. */
  readonly parser: string;
  /** Dictionaries for each type of token, in the order in which they are asked. */
  readonly mappings: readonly {
    readonly token: string;
    readonly dictionaries: readonly string[];
  }[];
}

const FUNCTION = (column: string) => `nullif(t.${column}::oid, 0)::regproc::text`;

export const textSearchParserKind: Kind<TextSearchCode> = {
  kind: "text search parser",
  query: ({ schemas }) =>
    `SELECT t.tableoid AS class, t.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', t.prsname, 'functions', json_build_object(
        'START', ${FUNCTION("prsstart")}, 'GETTOKEN', ${FUNCTION("prstoken")},
        'END', ${FUNCTION("prsend")}, 'HEADLINE', ${FUNCTION("prsheadline")},
        'LEXTYPES', ${FUNCTION("prslextype")}))) AS object
    FROM pg_ts_parser AS t JOIN pg_namespace AS n ON n.oid = t.prsnamespace
    WHERE t.prsnamespace IN ${schemas} AND ${isNoMember("pg_ts_parser", "t.oid")}`,
  address: (parser) => `TEXT SEARCH PARSER ${quoteQualifiedIfNeeded(parser)}`,
  create: createCode,
};

export const textSearchTemplateKind: Kind<TextSearchCode> = {
  kind: "text search template",
  query: ({ schemas }) =>
    `SELECT t.tableoid AS class, t.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', t.tmplname, 'functions', json_build_object(
        'INIT', ${FUNCTION("tmplinit")}, 'LEXIZE', ${FUNCTION("tmpllexize")}))) AS object
    FROM pg_ts_template AS t JOIN pg_namespace AS n ON n.oid = t.tmplnamespace
    WHERE t.tmplnamespace IN ${schemas} AND ${isNoMember("pg_ts_template", "t.oid")}`,
  address: (template) => `TEXT SEARCH TEMPLATE ${quoteQualifiedIfNeeded(template)}`,
  create: createCode,
};

export const textSearchDictionaryKind: Kind<TextSearchDictionary> = {
  kind: "text search dictionary",
  query: ({ schemas }) =>
    `SELECT t.tableoid AS class, t.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', t.dictname, 'owner', pg_get_userbyid(t.dictowner),
      'template', format('%I.%I', tn.nspname, tt.tmplname), 'options', t.dictinitoption)) AS object
    FROM pg_ts_dict AS t JOIN pg_namespace AS n ON n.oid = t.dictnamespace
      JOIN pg_ts_template AS tt ON tt.oid = t.dicttemplate
      JOIN pg_namespace AS tn ON tn.oid = tt.tmplnamespace
    WHERE t.dictnamespace IN ${schemas} AND ${isNoMember("pg_ts_dict", "t.oid")}`,
  address: (dictionary) => `TEXT SEARCH DICTIONARY ${quoteQualifiedIfNeeded(dictionary)}`,
  create: (dictionary) => [
    `CREATE TEXT SEARCH DICTIONARY ${quoteQualifiedIfNeeded(dictionary)} (TEMPLATE = ${
      [dictionary.template, ...(dictionary.options ? [dictionary.options] : [])].join(", ")
    })`,
  ],
};

export const textSearchConfigurationKind: Kind<TextSearchConfiguration> = {
  kind: "text search configuration",
  query: ({ schemas }) =>
    `SELECT t.tableoid AS class, t.oid, json_build_object(
      'schema', n.nspname, 'name', t.cfgname, 'owner', pg_get_userbyid(t.cfgowner),
      'parser', format('%I.%I', pn.nspname, p.prsname),
      'mappings', coalesce((SELECT json_agg(json_build_object('token', m.alias,
          'dictionaries', m.dictionaries) ORDER BY m.alias)
        FROM (SELECT token.alias, json_agg(format('%I.%I', dn.nspname, d.dictname)
            ORDER BY map.mapseqno) AS dictionaries
          FROM pg_ts_config_map AS map JOIN pg_ts_dict AS d ON d.oid = map.mapdict
            JOIN pg_namespace AS dn ON dn.oid = d.dictnamespace
            JOIN LATERAL ts_token_type(t.cfgparser) AS token ON token.tokid = map.maptokentype
          WHERE map.mapcfg = t.oid GROUP BY token.alias) AS m), '[]')) AS object
    FROM pg_ts_config AS t JOIN pg_namespace AS n ON n.oid = t.cfgnamespace
      JOIN pg_ts_parser AS p ON p.oid = t.cfgparser
      JOIN pg_namespace AS pn ON pn.oid = p.prsnamespace
    WHERE t.cfgnamespace IN ${schemas} AND ${isNoMember("pg_ts_config", "t.oid")}`,
  address: addressOfConfiguration,
  create: (configuration) => [
    `CREATE ${addressOfConfiguration(configuration)} (PARSER = ${configuration.parser})`,
    ...configuration.mappings.map(({ token, dictionaries }) =>
      `ALTER ${addressOfConfiguration(configuration)} ADD MAPPING FOR ${
        quoteIfNeeded(token)
      } WITH ${dictionaries.join(", ")}`
    ),
  ],
};

function addressOfConfiguration(configuration: TextSearchConfiguration): string {
  return `TEXT SEARCH CONFIGURATION ${quoteQualifiedIfNeeded(configuration)}`;
}

function createCode(code: TextSearchCode): readonly string[] {
  const settings = Object.entries(code.functions).map(([name, value]) => `${name} = ${value}`);
  return [
    `CREATE ${code.kind.toUpperCase()} ${quoteQualifiedIfNeeded(code)} (${settings.join(", ")})`,
  ];
}
