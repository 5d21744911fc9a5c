// Pure.
/**
 * Builds a schema from the results of the catalog queries: joins each object with its comments, its labels
 * and its dependencies, and drops the oids.
 *
 * @module
 */

import type { Column } from "./model/columns.ts";
import type { Kind, ReadRow } from "./model/kind.ts";
import { addressOf, columnAddress, KINDS, ownSchema } from "./kinds.ts";
import { reloadedText } from "./reloaded_text.ts";
import {
  type InSchema,
  type Schema,
  SCHEMA_FORMAT,
  type SchemaObject,
  type SecurityLabel,
} from "./model/schema.ts";

/** The results of all queries. */
export interface Readings {
  readonly server: number;
  /** For each of `KINDS`, its rows. */
  readonly kinds: readonly (readonly ReadRow[])[];
  /** A line for each row of pg_depend: see `Dependency`. */
  readonly dependencies: string;
  readonly comments: readonly CommentRow[];
  readonly labels: readonly LabelRow[];
}

/** Something in the catalog that a comment or a label is about. */
export interface AttachedRow {
  readonly class: string;
  readonly oid: string;
  /** A column's number; 0 for the object itself. */
  readonly column: string;
}

export interface CommentRow extends AttachedRow {
  readonly comment: string;
}

export interface LabelRow extends AttachedRow, SecurityLabel {}

/** An object while it is built. */
interface Draft {
  readonly object: Mutable<SchemaObject> & { columns?: DraftColumn[] };
  readonly address: string;
  readonly requires: Set<string>;
  readonly columnNames: Map<string, DraftColumn>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type DraftColumn = Mutable<Column> & { number?: number };

/** Catalogs by oid, which are the same in all releases: src/include/catalog/*.h, CATALOG(…). */
const CLASS = {
  amop: "2602",
  amproc: "2603",
  attrdef: "2604",
  rewrite: "2618",
  opfamily: "2753",
  extension: "3079",
  publication: "6104",
  publicationRelation: "6106",
  publicationNamespace: "6237",
} as const;

/** Rows that are a part of what they depend on automatically, and the catalog of that. */
const PARTS: Readonly<Record<string, string>> = {
  [CLASS.publicationRelation]: CLASS.publication,
  [CLASS.publicationNamespace]: CLASS.publication,
  [CLASS.amop]: CLASS.opfamily,
  [CLASS.amproc]: CLASS.opfamily,
};

/** The class that stands for the members of an operator family, which have no oid together. */
const FAMILY_MEMBERS = "0";

/** Makes the schema, with the oid of each object by address. The result shares nothing with the readings. */
export function assembleSchema(
  readings: Readings,
): { readonly schema: Schema; readonly oids: ReadonlyMap<string, number> } {
  const drafts = new Map<string, Draft>();
  const oids = new Map<string, number>();
  const ordered = readings.kinds.flatMap((rows, index) =>
    rows.map((row) => {
      const draft = draftOf(KINDS[index]!, row);
      drafts.set(`${row.class}/${row.oid}`, draft);
      oids.set(draft.address, Number(row.oid));
      return draft;
    }).sort((a, b) => a.address < b.address ? -1 : a.address > b.address ? 1 : 0)
  );
  const dependencies = readings.dependencies.split("\n").filter((line) => line !== "").map(parse);
  const find = finder(drafts, dependencies);
  for (const dependency of dependencies) require(dependency, find);
  const targetOf = ({ class: classId, oid, column }: AttachedRow) =>
    // What is said of a part, such as a constraint's index, is not said of the whole; but the columns
    // of a composite type are those of its relation.
    column === "0"
      ? drafts.get(`${classId}/${oid}`)?.object
      : find(classId, oid)?.columnNames.get(column);
  for (const row of readings.comments) {
    const target = targetOf(row);
    if (target !== undefined && !isStandardComment(target, row)) target.comment = row.comment;
  }
  for (const { provider, label, ...row } of readings.labels) {
    const target = targetOf(row);
    if (target !== undefined) {
      target.securityLabels = [...(target.securityLabels ?? []), { provider, label }];
    }
  }
  const objects = ordered.map(finish);
  return { schema: { format: SCHEMA_FORMAT, server: readings.server, objects }, oids };
}

function draftOf({ kind, printed = [] }: Kind, row: ReadRow): Draft {
  const object = { kind, ...JSON.parse(row.object) } as Draft["object"];
  for (const field of printed) reload(object, field);
  const columnNames = new Map<string, DraftColumn>();
  for (const column of object.columns ?? []) {
    columnNames.set(String(column.number), column);
    delete column.number;
    reload(column, "expression");
  }
  return { object, address: addressOf(object), requires: new Set(), columnNames };
}

function reload(described: object, field: string): void {
  const fields = described as Record<string, unknown>;
  const text = fields[field];
  if (typeof text === "string") fields[field] = reloadedText(text);
}

function finish({ object, requires }: Draft): SchemaObject {
  // It says so itself, and not all of the catalog does: ALTER … SET SCHEMA may leave no row behind.
  requires.delete(ownSchema(object) ?? "");
  return requires.size === 0 ? object : { ...object, requires: [...requires].sort() };
}

/** One row of pg_depend: the first needs the second. */
interface Dependency {
  readonly class: string;
  readonly oid: string;
  readonly refClass: string;
  readonly refOid: string;
  readonly refColumn: string;
  /** `deptype`. */
  readonly type: string;
}

function parse(line: string): Dependency {
  const [classId = "", oid = "", refClass = "", refOid = "", refColumn = "", type = ""] = line
    .split(" ");
  return { class: classId, oid, refClass, refOid, refColumn, type };
}

type Find = (classId: string, oid: string) => Draft | undefined;

/**
 * Finds the object that a row of the catalog is, or is a part of: a view's rule, a type's array, a
 * constraint's index, an extension's function.
 */
function finder(drafts: ReadonlyMap<string, Draft>, dependencies: readonly Dependency[]): Find {
  const wholes = new Map<string, string>();
  for (const { class: classId, oid, refClass, refOid, type } of dependencies) {
    const key = `${classId}/${oid}`;
    if (drafts.has(key)) continue;
    if (type === "i" || type === "e") wholes.set(key, `${refClass}/${refOid}`);
    if (type !== "a" || wholes.has(key) || PARTS[classId] !== refClass) continue;
    wholes.set(key, `${refClass === CLASS.opfamily ? FAMILY_MEMBERS : refClass}/${refOid}`);
  }
  return (classId, oid) => {
    let key: string | undefined = `${classId}/${oid}`;
    // A part of a part of a part: nothing in the catalog goes deeper.
    for (let depth = 0; key !== undefined && depth < 5; depth++) {
      const draft = drafts.get(key);
      if (draft !== undefined) return draft;
      key = wholes.get(key);
    }
    return undefined;
  };
}

function require(dependency: Dependency, find: Find): void {
  const { class: classId, oid, refClass, refOid, refColumn, type } = dependency;
  const draft = find(classId, oid);
  const needed = find(refClass, refOid);
  if (draft === undefined || needed === undefined) return;
  // A part belongs to its whole. Only a view can need itself: its rule may read it.
  if (draft === needed && !(classId === CLASS.rewrite && type === "n")) return;
  if (type === "x" && refClass === CLASS.extension) {
    const { object } = draft;
    object.dependsOnExtensions = [...(object.dependsOnExtensions ?? []), needed.object.name].sort();
    return;
  }
  if (type === "e") return;
  const column = needed.columnNames.get(refColumn);
  draft.requires.add(
    column === undefined
      ? needed.address
      : columnAddress(needed.object as SchemaObject & InSchema, column.name),
  );
}

/** Objects that initdb creates. */
function isStandardComment(target: object, { comment }: CommentRow): boolean {
  return comment === "standard public schema" && "kind" in target && target.kind === "schema";
}
