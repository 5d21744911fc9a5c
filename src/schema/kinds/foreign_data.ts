// Pure.
/**
 * Foreign-data wrappers, servers and user mappings.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import { foreignOptions } from "../model/columns.ts";
import type { Kind } from "../model/kind.ts";
import { initialAcl, isNoMember, isUserMade, options, privileges } from "../model/reading.ts";
import type { Options, SchemaObject } from "../model/schema.ts";

export interface ForeignDataWrapper extends SchemaObject {
  readonly kind: "foreign-data wrapper";
  readonly handler?: string;
  readonly validator?: string;
  readonly options?: Options;
}

export interface ForeignServer extends SchemaObject {
  readonly kind: "server";
  readonly wrapper: string;
  readonly type?: string;
  readonly version?: string;
  readonly options?: Options;
}

/**
 * Its name is `FOR role SERVER server`. Options that may be secret are left out (see `SECRET`), and all of
 * them for a role that the server does not show them to.
 */
export interface UserMapping extends SchemaObject {
  readonly kind: "user mapping";
  readonly options?: Options;
}

/** Options whose values are never read. */
const SECRET = "(password|passwd|passphrase|secret|token|credential|key)";

const OPEN_OPTIONS = (array: string) =>
  `(SELECT json_object_agg(option_name, coalesce(option_value, '')) FROM pg_options_to_table(${array})
    WHERE option_name !~* '${SECRET}')`;

export const foreignDataWrapperKind: Kind<ForeignDataWrapper> = {
  kind: "foreign-data wrapper",
  query: () =>
    `SELECT w.tableoid AS class, w.oid, json_strip_nulls(json_build_object(
      'name', w.fdwname, 'owner', pg_get_userbyid(w.fdwowner),
      'handler', nullif(w.fdwhandler::oid, 0)::regproc::text,
      'validator', nullif(w.fdwvalidator::oid, 0)::regproc::text,
      'options', ${options("w.fdwoptions")},
      ${
      privileges({ acl: "w.fdwacl", initial: initialAcl("F", "w.fdwowner"), owner: "w.fdwowner" })
    }
    )) AS object
    FROM pg_foreign_data_wrapper AS w
    WHERE ${isUserMade("w.oid")} AND ${isNoMember("pg_foreign_data_wrapper", "w.oid")}`,
  address: ({ name }) => `FOREIGN DATA WRAPPER ${quoteIfNeeded(name)}`,
  create: ({ name, handler, validator, options }) => [
    `CREATE FOREIGN DATA WRAPPER ${quoteIfNeeded(name)}` +
    (handler === undefined ? "" : ` HANDLER ${handler}`) +
    (validator === undefined ? "" : ` VALIDATOR ${validator}`) + optionsClause(options),
  ],
};

export const foreignServerKind: Kind<ForeignServer> = {
  kind: "server",
  query: () =>
    `SELECT s.tableoid AS class, s.oid, json_strip_nulls(json_build_object(
      'name', s.srvname, 'owner', pg_get_userbyid(s.srvowner), 'wrapper', w.fdwname,
      'type', s.srvtype, 'version', s.srvversion, 'options', ${OPEN_OPTIONS("s.srvoptions")},
      ${
      privileges({ acl: "s.srvacl", initial: initialAcl("S", "s.srvowner"), owner: "s.srvowner" })
    }
    )) AS object
    FROM pg_foreign_server AS s JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
    WHERE ${isUserMade("s.oid")} AND ${isNoMember("pg_foreign_server", "s.oid")}`,
  address: ({ name }) => `SERVER ${quoteIfNeeded(name)}`,
  grantee: ({ name }) => `FOREIGN SERVER ${quoteIfNeeded(name)}`,
  create: ({ name, wrapper, type, version, options }) => [
    `CREATE SERVER ${quoteIfNeeded(name)}` +
    (type === undefined ? "" : ` TYPE ${quoteLiteral(type)}`) +
    (version === undefined ? "" : ` VERSION ${quoteLiteral(version)}`) +
    ` FOREIGN DATA WRAPPER ${quoteIfNeeded(wrapper)}${optionsClause(options)}`,
  ],
};

export const userMappingKind: Kind<UserMapping> = {
  kind: "user mapping",
  query: () =>
    `SELECT 'pg_user_mapping'::regclass::oid AS class, m.umid AS oid, json_strip_nulls(json_build_object(
      'name', format('FOR %s SERVER %I', CASE m.umuser WHEN 0 THEN 'PUBLIC'
        ELSE quote_ident(m.usename) END, m.srvname),
      'options', ${OPEN_OPTIONS("m.umoptions")})) AS object
    FROM pg_user_mappings AS m
    WHERE ${isUserMade("m.umid")} AND ${isNoMember("pg_user_mapping", "m.umid")}`,
  address: ({ name }) => `USER MAPPING ${name}`,
  create: ({ name, options }) => [`CREATE USER MAPPING ${name}${optionsClause(options)}`],
};

function optionsClause(options: Options | undefined): string {
  return options === undefined ? "" : ` OPTIONS (${foreignOptions(options)})`;
}
