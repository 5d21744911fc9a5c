// Pure.
/**
 * Warns of slow or unexpected effects of a scan.
 *
 * @module
 */

import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import type { TableFinding } from "./finding.ts";
import type { IndexFacts, RelationFacts } from "./table_facts.ts";
import type { TableWrites } from "./table_writes.ts";

/** Facts about the table. */
export interface TableFactsForWarnings {
  readonly table: RelationFacts;
  /** The relations that hold rows: the table, its partitions or its children. */
  readonly scanned: readonly RelationFacts[];
  /** What the statements write to the table. */
  readonly writes: TableWrites;
  /** The index that finds bounds. */
  readonly index: IndexFacts | undefined;
}

/** Bytes below which no scan is slow. */
const SMALL = 100 * 1024 * 1024;

/** The warnings, most important first. */
export function tableWarnings(
  declaration: BatchedMigration,
  tableFactsForWarnings: TableFactsForWarnings,
): readonly TableFinding[] {
  return [
    ...onRights(tableFactsForWarnings),
    ...onReplication(tableFactsForWarnings),
    ...onSideEffects(declaration, tableFactsForWarnings),
    ...onFilter(declaration, tableFactsForWarnings),
    ...onIndexes(tableFactsForWarnings),
    ...onStorage(tableFactsForWarnings),
  ];
}

function warning(code: TableFinding["code"], message: string, hint: string): TableFinding {
  return { level: "warn", code, message, hint };
}

function onRights({ table }: TableFactsForWarnings): readonly TableFinding[] {
  if (table.mayChange) return [];
  return [warning(
    "background/read-only-table",
    `The role that works may read ${table.relation}, but neither update nor delete its rows.`,
    `GRANT UPDATE, DELETE ON ${table.relation} to it, unless the statements write elsewhere.`,
  )];
}

function onReplication({ scanned }: TableFactsForWarnings): readonly TableFinding[] {
  const hasKey = ({ indexes }: RelationFacts) => indexes.some(({ primary }) => primary);
  const nothing = scanned.find((one) =>
    one.published === "n" || (one.published === "d" && !hasKey(one))
  );
  const full = scanned.find(({ published }) => published === "f");
  return [
    ...(nothing
      ? [warning(
        "background/no-replica-identity",
        `${nothing.relation} is published without a replica identity: PostgreSQL refuses to ` +
          "update and delete its rows.",
        `ALTER TABLE ${nothing.relation} REPLICA IDENTITY USING INDEX …;`,
      )]
      : []),
    ...(full
      ? [warning(
        "background/replica-identity-full",
        `${full.relation} has REPLICA IDENTITY FULL: each change writes the whole old row to the ` +
          "WAL too.",
        `ALTER TABLE ${full.relation} REPLICA IDENTITY DEFAULT; where it has a primary key.`,
      )]
      : []),
  ];
}

function onSideEffects(
  { sql }: BatchedMigration,
  { table, scanned, writes }: TableFactsForWarnings,
): readonly TableFinding[] {
  const triggers = [...new Set([table, ...scanned].flatMap((one) => one.triggers))];
  // Nobody knows what a job in TypeScript writes.
  const mayDelete = writes.deletes || sql.length === 0;
  const mayUpdate = (name: string) => writes.columns.includes(name) || sql.length === 0;
  const carriedOn = [table, ...scanned].flatMap((one) => one.referenced)
    .filter(({ updates, deletes }) => deletes && mayDelete || updates.some(mayUpdate));
  const referenced = [...new Set(carriedOn.map(({ text }) => text))];
  return [
    ...(triggers.length > 0
      ? [warning(
        "background/triggers",
        `Triggers of ${table.relation} run for each row that is changed: ${triggers.join(", ")}.`,
        "Make sure that they may, and that none of them changes the key.",
      )]
      : []),
    ...(referenced.length > 0
      ? [warning(
        "background/referenced",
        `Changes of ${table.relation} are carried on by foreign keys: ${referenced.join(", ")}.`,
        "One batch may change many more rows than it holds: start with a small `sub_batch_size`.",
      )]
      : []),
  ];
}

function onFilter(
  { filter }: BatchedMigration,
  { table, index, scanned }: TableFactsForWarnings,
): readonly TableFinding[] {
  if (!filter || index === undefined || bytesOf(scanned) < SMALL) return [];
  const columns = new Set(filter.holes.flatMap((one) => one.kind === "column" ? [one.name] : []));
  const outside = [...columns].filter((name) => !index.columns.includes(name));
  if (outside.length === 0) return [];
  return [warning(
    "background/filter-not-indexed",
    `${index.name} does not hold ${
      outside.join(", ")
    } of the filter: to find where a batch ends, ` +
      `rows of ${table.relation} are read one by one, and those that it does not let through are ` +
      "thrown away.",
    `Build the index with INCLUDE (${outside.join(", ")}), or put the condition into \`sql\` only.`,
  )];
}

function onIndexes({ table, scanned, writes }: TableFactsForWarnings): readonly TableFinding[] {
  const written = writes.columns;
  const hit = scanned.flatMap(({ indexes }) =>
    indexes.filter(({ columns, method }) =>
      method !== "brin" && columns.some((name) => written.includes(name))
    ).map(({ name }) => name)
  );
  if (hit.length > 0) {
    return [warning(
      "background/indexed-columns",
      `The statements assign columns of indexes (${hit.slice(0, 5).join(", ")}` +
        `${hit.length > 5 ? ", …" : ""}): each row that is changed gets a new entry in every ` +
        `index of ${table.relation}.`,
      "Build the index after the batched migration is finalized, where it is not needed before.",
    )];
  }
  const full = scanned.filter(({ fillfactor, bytes }) => fillfactor === 100 && bytes >= SMALL);
  if (written.length === 0 || full.length === 0) return [];
  return [warning(
    "background/full-pages",
    `The pages of ${full[0]!.relation} have no room for new versions of their rows (fillfactor ` +
      "100): most of them get new entries in every index.",
    `For what is written from now on: ALTER TABLE ${full[0]!.relation} SET (fillfactor = 90);`,
  )];
}

function onStorage({ scanned }: TableFactsForWarnings): readonly TableFinding[] {
  const unlogged = scanned.find(({ persistence }) => persistence === "u");
  const unknown = scanned.find(({ tuples, pages, bytes }) =>
    bytes >= SMALL && (tuples < 0 || pages === 0)
  );
  return [
    ...(unlogged
      ? [warning(
        "background/unlogged",
        `${unlogged.relation} is UNLOGGED: after a crash of the server it is empty.`,
        `ALTER TABLE ${unlogged.relation} SET LOGGED; or know that it may be.`,
      )]
      : []),
    ...(unknown
      ? [warning(
        "background/never-analyzed",
        `PostgreSQL has no statistics of ${unknown.relation}: bounds may be found by the wrong ` +
          "plan, and nobody can tell how long it takes.",
        `ANALYZE ${unknown.relation};`,
      )]
      : []),
  ];
}

function bytesOf(scanned: readonly RelationFacts[]): number {
  return scanned.reduce((sum, { bytes }) => sum + bytes, 0);
}
