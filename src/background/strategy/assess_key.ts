// Pure.
/**
 * Chooses the key columns and the index by which a table is scanned, or explains why no key fits.
 *
 * @module
 */

import { quoteIdentifier } from "../../sql/identifier.ts";
import { suggest } from "../../suggest.ts";
import type { TableFinding } from "./finding.ts";
import type { KeyColumn } from "./strategy.ts";
import type { ColumnFacts, IndexFacts, IndexKeyFacts, RelationFacts } from "./table_facts.ts";

/** The declared key columns; empty for the primary key. */
export interface WantedKey {
  readonly columns: readonly string[];
  /** Whether the strategy counts distinct values, so that rows with equal keys need no warning. */
  readonly countsValues: boolean;
}

/** The key and the index that serves it. */
export interface FoundKey {
  readonly key: readonly KeyColumn[];
  /** Of the table itself, or of its first partition. */
  readonly index: IndexFacts;
}

/** Types whose text depends on session settings, so that another session may not read it back. */
const UNSTABLE_TEXT = ["pg_catalog.money"];

/**
 * Checks the key on the table and on each relation that is scanned in its place.
 *
 * @param relations The table first, then its partitions or children that hold rows.
 */
export function assessKey(
  relations: readonly [RelationFacts, ...RelationFacts[]],
  wanted: WantedKey,
): { readonly found?: FoundKey; readonly findings: readonly TableFinding[] } {
  const [table] = relations;
  const names = wanted.columns.length > 0 ? wanted.columns : primaryKeyOf(relations);
  if (names === undefined) return { findings: [withoutPrimaryKey(table)] };

  const missing = names.filter((name) => !columnOf(table, name));
  if (missing.length > 0) return { findings: missing.map((name) => missingColumn(table, name)) };
  const nullable = relations.flatMap((relation) =>
    names.filter((name) => !columnOf(relation, name)?.notNull)
      .map((name) => nullableColumn(relation, name))
  );
  const indexes = relations.map((relation) => ({ relation, index: bestIndex(relation, names) }));
  const without = indexes.filter(({ index }) => index === undefined);
  const [first] = indexes;
  const findings = [
    ...nullable,
    ...without.slice(0, 1).map(({ relation }) => withoutIndex(relation, names)),
  ];
  if (first?.index === undefined || findings.length > 0) return { findings };

  const key = keyOf(first.index, names);
  return {
    found: { key, index: first.index },
    findings: [
      ...unfitTypes(table, { key, index: first.index }),
      ...remarks(table, { names, index: first.index, countsValues: wanted.countsValues }),
    ],
  };
}

function primaryKeyOf(relations: readonly RelationFacts[]): readonly string[] | undefined {
  const index = relations.flatMap(({ indexes }) => indexes).find(({ primary }) => primary);
  return index?.keys.map(({ name }) => name!);
}

function columnOf({ columns }: RelationFacts, name: string): ColumnFacts | undefined {
  return columns.find((column) => column.name === name);
}

/** The narrowest index that orders by these columns; unique indexes first. */
function bestIndex({ indexes }: RelationFacts, names: readonly string[]): IndexFacts | undefined {
  return indexes.filter((index) => whyNot(index, names) === undefined)
    .sort((a, b) => a.keys.length - b.keys.length || Number(b.unique) - Number(a.unique))[0];
}

/**
 * Why an index cannot be scanned in the order of these columns, as a clause; undefined if it can.
 */
function whyNot(index: IndexFacts, names: readonly string[]): string | undefined {
  const keys = index.keys.slice(0, names.length);
  if (index.method !== "btree") return `is not a btree index but ${index.method}`;
  if (keys.length < names.length || keys.some(({ name }, i) => name !== names[i])) {
    return `does not begin with ${names.join(", ")} in this order`;
  }
  if (!index.valid) return `is not valid: drop it, or REINDEX INDEX CONCURRENTLY it`;
  if (index.partial) return "has a WHERE: it does not hold all rows";
  if (new Set(keys.map(({ descending }) => descending)).size > 1) {
    return "is ascending in one column and descending in another";
  }
  if (keys.some(({ descending, nullsFirst }) => descending !== nullsFirst)) {
    return "has NULLs at another end than ORDER BY puts them";
  }
  if (keys.some(({ sameCollation }) => !sameCollation)) {
    return "sorts by another collation than the column's";
  }
  if (keys.some(({ defaultOperators }) => !defaultOperators)) {
    return "sorts by other operators than ORDER BY does";
  }
  return undefined;
}

function keyOf({ keys }: IndexFacts, names: readonly string[]): readonly KeyColumn[] {
  return names.map((name, i) => {
    const { type, operators } = keys[i]!;
    return {
      name,
      type,
      ...(operators === null || operators === "pg_catalog" ? {} : { operators }),
    };
  });
}

function unfitTypes(
  table: RelationFacts,
  { key, index }: FoundKey,
): readonly TableFinding[] {
  const isUnfit = ({ type, operators }: IndexKeyFacts) =>
    operators === null || UNSTABLE_TEXT.includes(type);
  return key.filter((_, i) => isUnfit(index.keys[i]!)).map(({ name, type }) => ({
    level: "refuse",
    code: "background/key-type",
    message: `Column ${name} of ${table.relation} is of type ${type}, whose values cannot be ` +
      "written down and compared again reliably.",
    hint: "Walk by other columns: `key: …`.",
  }));
}

function remarks(
  table: RelationFacts,
  { names, index, countsValues }: {
    readonly names: readonly string[];
    readonly index: IndexFacts;
    readonly countsValues: boolean;
  },
): readonly TableFinding[] {
  const isUnique = index.unique && index.keys.length === names.length;
  const generated = names.filter((name) => columnOf(table, name)?.generated);
  const schemas = new Set(index.keys.slice(0, names.length).map(({ operators }) => operators));
  return [
    ...(isUnique || countsValues ? [] : [
      {
        level: "warn",
        code: "background/key-not-unique",
        message:
          `The key (${names.join(", ")}) of ${table.relation} is not unique: all rows with ` +
          "the same key are worked on in one transaction, however many they are.",
        hint: tieBreak(table, names),
      } as const,
    ]),
    ...generated.map((name) => ({
      level: "warn",
      code: "background/key-generated",
      message: `Column ${name} of ${table.relation} is generated from others: when they are ` +
        "changed, rows move while it walks.",
      hint: "Make sure that `sql` changes none of them, or walk by other columns.",
    } as const)),
    ...(names.length > 1 && schemas.size > 1
      ? [
        {
          level: "warn",
          code: "background/key-mixed-operators",
          message: `The columns of the key (${names.join(", ")}) of ${table.relation} have their ` +
            "operators in several schemas, so that only the first one finds its place in the index.",
          hint: `Walk by another key where many rows have the same ${names[0]}.`,
        } as const,
      ]
      : []),
  ];
}

function tieBreak({ indexes }: RelationFacts, names: readonly string[]): string {
  const rest = indexes.find(({ primary }) => primary)?.keys.map(({ name }) => name!)
    .filter((name) => !names.includes(name)) ?? [];
  return rest.length > 0
    ? `Add ${rest.join(", ")} to index and key: \`key: [${[...names, ...rest].join(", ")}]\`.`
    : "Add columns to index and key that make it unique.";
}

function withoutPrimaryKey(table: RelationFacts): TableFinding {
  const unique = table.indexes.find((index) => {
    const names = index.keys.map(({ name }) => name ?? "");
    return index.unique && whyNot(index, names) === undefined &&
      names.every((name) => columnOf(table, name)?.notNull);
  });
  return {
    level: "refuse",
    code: "background/no-primary-key",
    message: `${table.relation} has no primary key.`,
    hint: unique
      ? `Write \`key: [${unique.keys.map(({ name }) => name).join(", ")}]\`.`
      : "Write `key:` with NOT NULL columns of a btree index, or `strategy: ctid`.",
  };
}

function missingColumn(table: RelationFacts, name: string): TableFinding {
  const known = table.columns.map((column) => column.name);
  const near = suggest(name, known);
  return {
    level: "refuse",
    code: "background/column-missing",
    message: `${table.relation} has no column ${name}.`,
    hint: near ? `Did you mean \`${near}\`?` : `Its columns: ${known.join(", ")}.`,
  };
}

function nullableColumn({ relation }: RelationFacts, name: string): TableFinding {
  const column = quoteIdentifier(name);
  const constraint = quoteIdentifier(`${name}_is_not_null`);
  return {
    level: "refuse",
    code: "background/nullable-key",
    message: `Column ${name} of ${relation} may be NULL: such rows would never be reached.`,
    hint: `Without a long lock: ALTER TABLE ${relation} ADD CONSTRAINT ${constraint} CHECK ` +
      `(${column} IS NOT NULL) NOT VALID; ALTER TABLE ${relation} VALIDATE CONSTRAINT ` +
      `${constraint}; ALTER TABLE ${relation} ALTER COLUMN ${column} SET NOT NULL; ` +
      `ALTER TABLE ${relation} DROP CONSTRAINT ${constraint};`,
  };
}

function withoutIndex(relation: RelationFacts, names: readonly string[]): TableFinding {
  const near = relation.indexes.filter(({ keys }) => keys.some(({ name }) => name === names[0]))
    .map((index) => `${index.name} ${whyNot(index, names)}`);
  const columns = names.map(quoteIdentifier).join(", ");
  return {
    level: "refuse",
    code: "background/no-index",
    message: `${relation.relation} has no index to walk (${names.join(", ")}) by` +
      `${near.length > 0 ? `; ${near.join("; ")}` : ""}.`,
    hint: relation.kind === "p"
      ? `CREATE INDEX ON ${relation.relation} (${columns});`
      : `In an earlier migration, outside transactions: CREATE INDEX CONCURRENTLY ON ` +
        `${relation.relation} (${columns});`,
  };
}
