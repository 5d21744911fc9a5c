// Pure.
/**
 * Procedural languages that no extension made.
 *
 * @module
 */

import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { initialAcl, isNoMember, isUserMade, privileges, whenTrue } from "../model/reading.ts";
import type { SchemaObject } from "../model/schema.ts";

export interface Language extends SchemaObject {
  readonly kind: "language";
  readonly trusted?: true;
  /** Functions' names, qualified where they are not in pg_catalog. */
  readonly handler: string;
  readonly inline?: string;
  readonly validator?: string;
}

export const languageKind: Kind<Language> = {
  kind: "language",
  query: () =>
    `SELECT l.tableoid AS class, l.oid, json_strip_nulls(json_build_object(
      'name', l.lanname, 'owner', pg_get_userbyid(l.lanowner),
      'trusted', ${whenTrue("l.lanpltrusted")}, 'handler', l.lanplcallfoid::regproc::text,
      'inline', nullif(l.laninline, 0)::regproc::text,
      'validator', nullif(l.lanvalidator, 0)::regproc::text,
      ${
      privileges({ acl: "l.lanacl", initial: initialAcl("l", "l.lanowner"), owner: "l.lanowner" })
    }
    )) AS object
    FROM pg_language AS l
    WHERE ${isUserMade("l.oid")} AND l.lanispl AND ${isNoMember("pg_language", "l.oid")}`,
  address: ({ name }) => `LANGUAGE ${quoteIfNeeded(name)}`,
  create: ({ name, trusted, handler, inline, validator }) => [
    `CREATE ${trusted ? "TRUSTED " : ""}LANGUAGE ${quoteIfNeeded(name)} HANDLER ${handler}` +
    (inline === undefined ? "" : ` INLINE ${inline}`) +
    (validator === undefined ? "" : ` VALIDATOR ${validator}`),
  ],
};
