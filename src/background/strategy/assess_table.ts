// Pure.
/**
 * Decides whether a table can be scanned as declared, and warns of slow or surprising effects.
 *
 * @module
 */

import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import type { SqlTemplate } from "../../definition/batched/sql_template.ts";
import { suggest } from "../../suggest.ts";
import type { ScanPlan } from "./scan_plan.ts";
import type { TableFinding } from "./finding.ts";
import { assessKey } from "./assess_key.ts";
import { tableWarnings } from "./table_warnings.ts";
import type { RelationFacts, TableFacts } from "./table_facts.ts";
import type { TableWrites } from "./table_writes.ts";

/** The scan plan of a table, with findings. */
export interface TableAssessment {
  /** Undefined if there is a refusal. */
  readonly scanPlan: ScanPlan | undefined;
  /** Refusals first. */
  readonly findings: readonly TableFinding[];
}

/** Values of `relkind` for relations that cannot be scanned. */
const KINDS: Readonly<Record<string, string>> = {
  v: "a view",
  m: "a materialized view",
  f: "a foreign table",
};

/**
 * @param known.writes What the statements write to the table.
 * @param known.bounds The bounds of partitions, by oid, where they help the planner.
 */
export function assessTable(
  declaration: BatchedMigration,
  { facts, writes, bounds }: {
    readonly facts: TableFacts;
    readonly writes: TableWrites;
    readonly bounds: ReadonlyMap<string, SqlTemplate>;
  },
): TableAssessment {
  const [table, ...below] = facts.relations;
  if (table === undefined) return refusedFor([missingTable(declaration, facts)]);
  const scanned = [table, ...below].filter(({ kind }) => kind !== "p");
  const unusable = [table, ...below].flatMap((relation) => unusableFor(relation, facts));
  if (unusable.length > 0) return refusedFor(unusable);

  const wantsKey = declaration.strategy !== "ctid";
  const { found, findings } = wantsKey
    ? assessKey(scanned[0] ? [scanned[0], ...scanned.slice(1)] : [table], {
      columns: declaration.key,
      countsValues: declaration.strategy === "loose-index-scan",
    })
    : { found: undefined, findings: [] };
  const key = found?.key ?? [];
  const all = [
    ...findings,
    ...assignedKey(table, { key: key.map(({ name }) => name), written: writes.columns }),
    ...tableWarnings(declaration, { table, scanned, writes, index: found?.index }),
  ];
  if (all.some(({ level }) => level === "refuse")) return refusedFor(all);
  const estimates = scanned.map(estimateOf);
  const estimate = estimates.reduce(
    (sum, one) => sum === undefined || one === undefined ? undefined : sum + one,
    0,
  );
  return {
    scanPlan: {
      key,
      segments: scanned.map((relation) => ({
        relation: relation.relation,
        oid: relation.oid,
        filenode: relation.filenode ?? "0",
        ...(below.length > 0 ? { isPart: true } : {}),
        ...(bounds.has(relation.oid) ? { bounds: bounds.get(relation.oid)! } : {}),
      })),
      ...(found ? { index: found.index.name } : {}),
      ...(estimate === undefined ? {} : { estimate }),
      bytes: scanned.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    findings: all,
  };
}

function refusedFor(findings: readonly TableFinding[]): TableAssessment {
  const rank = ({ level }: TableFinding) => level === "refuse" ? 0 : 1;
  return { scanPlan: undefined, findings: [...findings].sort((a, b) => rank(a) - rank(b)) };
}

function missingTable({ table }: BatchedMigration, { others }: TableFacts): TableFinding {
  const bare = (name: string) => name.slice(name.lastIndexOf(".") + 1);
  const near = others.filter((name) => bare(name) === bare(table))[0] ??
    suggest(table.includes(".") ? table : `public.${table}`, others);
  return {
    level: "refuse",
    code: "background/table-missing",
    message: `There is no table ${table}.`,
    hint: near
      ? `Did you mean \`table: ${near}\`?`
      : "Queue it in the migration that creates the table, or in a later one; or correct `table`.",
  };
}

function unusableFor(relation: RelationFacts, { role }: TableFacts): readonly TableFinding[] {
  const kind = KINDS[relation.kind];
  const name = relation.relation;
  if (kind !== undefined) {
    return [{
      level: "refuse",
      code: "background/not-a-table",
      message: `${name} is ${kind}.`,
      hint: "Name the table that holds the rows.",
    }];
  }
  return [
    ...(relation.persistence === "t"
      ? [
        {
          level: "refuse",
          code: "background/not-a-table",
          message: `${name} is a temporary table, which workers cannot see.`,
          hint: "Name a table that stays.",
        } as const,
      ]
      : []),
    ...(relation.mayRead ? [] : [
      {
        level: "refuse",
        code: "background/no-rights",
        message: `${role} may not read ${name}.`,
        hint: `GRANT SELECT ON ${name} TO ${role};`,
      } as const,
    ]),
    ...(relation.rowSecurity
      ? [
        {
          level: "refuse",
          code: "background/row-security",
          message:
            `Row-level security of ${name} is active for ${role}: rows that it hides would ` +
            "never be reached.",
          hint:
            "Let workers run as the role that owns the table, or as one that an administrator has " +
            "given BYPASSRLS for this.",
        } as const,
      ]
      : []),
  ];
}

function assignedKey(
  { relation }: RelationFacts,
  { key, written }: { readonly key: readonly string[]; readonly written: readonly string[] },
): readonly TableFinding[] {
  return key.filter((name) => written.includes(name)).map((name) => ({
    level: "refuse",
    code: "background/key-updated",
    message: `The statements assign ${name}, by which ${relation} is walked: rows would move.`,
    hint: "Walk by other columns, or fill a new column and swap the two later.",
  }));
}

/**
 * Estimates the rows as the planner does: the density at the last ANALYZE or VACUUM, times the
 * current size.
 */
function estimateOf({ tuples, pages, bytes, blockSize }: RelationFacts): number | undefined {
  if (bytes === 0) return 0;
  if (tuples < 0 || pages === 0) return undefined;
  return Math.round(tuples / pages * (bytes / blockSize));
}
