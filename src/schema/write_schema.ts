// Pure.
/**
 * Writes the SQL that creates a schema in an empty database.
 *
 * @module
 */

import { descriptionStatements, ownerStatements, privilegeStatements } from "./facets.ts";
import type { WritingContext } from "./model/kind.ts";
import { addressOf, kindOf } from "./kinds.ts";
import { creationOrder, type CreationStep } from "./order.ts";
import { partsOf } from "./model/parts_of.ts";
import type { Constraint } from "./kinds/constraint.ts";
import type { Index } from "./kinds/table_index.ts";
import type { Schema, SchemaObject } from "./model/schema.ts";

/** What to leave out. */
export interface WriteOptions {
  /** Default true. */
  readonly owners?: boolean;
  /** Default true. */
  readonly privileges?: boolean;
}

/**
 * What a session must be told before the statements: names in them are qualified, functions may call
 * what does not exist yet, and literals are as `describeSchema` lets the server print them.
 */
export const WRITTEN_SETTINGS: readonly string[] = [
  "SET search_path = ''",
  "SET check_function_bodies = off",
  "SET standard_conforming_strings = on",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'postgres'",
  "SET TimeZone = 'UTC'",
  "SET xmloption = content",
  "SET default_tablespace = ''",
  "SET default_table_access_method = heap",
];

/**
 * The statements without semicolons, in an order in which they run, after `WRITTEN_SETTINGS`, in one
 * transaction or each in its own. Whoever runs them must be a superuser where objects have several
 * owners.
 */
export function writeSchema(schema: Schema, options: WriteOptions = {}): readonly string[] {
  const { first, before, after } = writeSchemaInParts(schema, { ...options, isLate: () => false });
  return [...first, ...before, ...after];
}

/** The statements in three parts, to be run in this order. */
export interface WrittenParts {
  /** Schemas and extensions. */
  readonly first: readonly string[];
  readonly before: readonly string[];
  /** The objects that are late, and privileges. */
  readonly after: readonly string[];
}

/**
 * The same, with some objects behind all others.
 *
 * @param options.isLate True for objects that no other one requires.
 */
export function writeSchemaInParts(
  schema: Schema,
  { owners = true, privileges = true, isLate }: WriteOptions & {
    readonly isLate: (object: SchemaObject) => boolean;
  },
): WrittenParts {
  const objects = new Map(schema.objects.map((object) => [addressOf(object), object]));
  const shells = new Set<SchemaObject>();
  const dropPublic = objects.has("SCHEMA public") ? [] : ["DROP SCHEMA IF EXISTS public"];
  const steps = creationOrder(inWritingOrder(schema.objects));
  const parts = partsOf(schema.objects);
  const find = (address: string) => objects.get(address);
  const [first, before, late]: [string[], string[], string[]] = [[...dropPublic], [], []];
  for (const step of steps) {
    const context = { find, partsOf: parts, hasShell: shells.has(step.object) };
    if (step.shell) shells.add(step.object);
    const part = isLate(step.object) ? late : isGround(step.object) ? first : before;
    part.push(...creationStatements(step, { context, owners }));
  }
  const granting = privileges
    ? steps.flatMap(({ object, shell }) => shell ? [] : privilegeStatements(object))
    : [];
  return { first, before, after: [...late, ...granting] };
}

/** What `inWritingOrder` puts before all others. */
function isGround({ kind }: SchemaObject): boolean {
  return kind === "schema" || kind === "extension";
}

function creationStatements(
  { object, shell }: CreationStep,
  { context, owners }: { readonly context: WritingContext; readonly owners: boolean },
): readonly string[] {
  const kind = kindOf(object);
  if (shell) return [kind.shell!(object)];
  const statements = kind.create(object, context);
  const created = statements.findIndex((statement) => !statement.startsWith("DROP ")) + 1;
  return [
    ...statements.slice(0, created),
    // What follows may ask for it: a sequence must have the owner of its table.
    ...(owners ? ownerStatements(object) : []),
    ...statements.slice(created),
    ...descriptionStatements(object),
  ];
}

/**
 * What no dependency tells. A domain gets its constraints before anything uses it, because in a column of
 * a composite type it cannot get any. Foreign keys come last: a partitioned table can be referenced only
 * when each partition has its part of the index. What a cut-off build left is not written: nobody can
 * make an invalid index on purpose.
 */
export function inWritingOrder(objects: readonly SchemaObject[]): readonly SchemaObject[] {
  const written = objects.filter((object) => !isBrokenIndex(object));
  return [0, 1, 2, 3].flatMap((phase) => written.filter((object) => phaseOf(object) === phase));
}

function phaseOf(object: SchemaObject): 0 | 1 | 2 | 3 {
  if (isGround(object)) return 0;
  if (object.kind !== "constraint") return 2;
  const { domain, type } = object as Constraint;
  return domain !== undefined ? 1 : type === "foreign key" ? 3 : 2;
}

function isBrokenIndex(object: SchemaObject): boolean {
  if (object.kind !== "index") return false;
  const { invalid, definition } = object as Index;
  // That of a partitioned table is invalid until it is complete.
  return invalid === true && !definition.includes(" ON ONLY ");
}
