// Pure.
/**
 * Writes a schema as a Markdown document, with tables as psql's \d shows them.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../sql/quote_if_needed.ts";
import type { Constraint } from "./kinds/constraint.ts";
import type { Default } from "./kinds/default.ts";
import type { Enum } from "./kinds/enum.ts";
import type { Routine } from "./kinds/function.ts";
import type { Policy } from "./kinds/policy.ts";
import type { Sequence } from "./kinds/sequence.ts";
import type { Index } from "./kinds/table_index.ts";
import type { Trigger } from "./kinds/trigger.ts";
import type { View } from "./kinds/view.ts";
import type { Column } from "./model/columns.ts";
import type { InSchema, Schema, SchemaObject } from "./model/schema.ts";
import type { Table } from "./model/table.ts";
import { textTable } from "./text_table.ts";

/** Objects of a table by kind, in the order of the schema. */
interface Parts {
  readonly defaults: readonly Default[];
  readonly indexes: readonly Index[];
  readonly constraints: readonly Constraint[];
  readonly triggers: readonly Trigger[];
  readonly policies: readonly Policy[];
  readonly sequences: readonly Sequence[];
  /** Foreign keys of other tables. */
  readonly references: readonly Constraint[];
}

/**
 * The document: tables, views, types, routines and sequences, each under a heading with its qualified
 * name. The same schema always gives the same text.
 */
export function schemaMarkdown(schema: Schema): string {
  const { objects } = schema;
  const of = <T extends SchemaObject>(...kinds: readonly string[]) =>
    objects.filter(({ kind }) => kinds.includes(kind)) as readonly SchemaObject[] as readonly T[];
  const partsOf = partsByTable(objects);
  const sections = [
    ...of<Table>("table", "foreign table").map((table) => tableSection(table, partsOf)),
    ...of<View>("view", "materialized view").map((view) => viewSection(view, partsOf)),
    ...of<Enum>("enum").map((type) =>
      section(
        `Type "${nameOf(type)}"`,
        type.labels.map((label) => `- ${escaped(label)}`).join("\n"),
        type,
      )
    ),
    ...of<Routine>("function").map((routine) =>
      section(
        `${routine.procedure ? "Procedure" : "Function"} "${nameOf(routine)}(${
          routine.arguments.join(", ")
        })"`,
        fenced(routine.definition, "sql"),
        routine,
      )
    ),
    ...of<Sequence>("sequence").filter(({ ownedBy }) => ownedBy === undefined).map((sequence) =>
      section(
        `Sequence "${nameOf(sequence)}"`,
        `${sequence.type}, from ${sequence.start} by ${sequence.increment}`,
        sequence,
      )
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}

function nameOf(object: SchemaObject & InSchema): string {
  return quoteQualifiedIfNeeded(object);
}

function section(title: string, body: string, { comment }: SchemaObject): string {
  return [`# ${title}`, body, ...(comment === undefined ? [] : [escaped(comment)])].join("\n\n");
}

function tableSection(table: Table, partsOf: (name: string) => Parts): string {
  const name = nameOf(table);
  const parts = partsOf(name);
  const head = table.kind === "foreign table"
    ? "Foreign table"
    : table.partitionBy
    ? "Partitioned table"
    : "Table";
  const body = fenced([
    columnTable(table.columns ?? [], parts),
    ...(table.partitionOf
      ? [`Partition of: ${table.partitionOf.table} ${table.partitionOf.bound}`]
      : []),
    ...(table.partitionBy ? [`Partition key: ${table.partitionBy}`] : []),
    ...(table.inherits ? [`Inherits: ${table.inherits.join(", ")}`] : []),
    ...list("Indexes", indexLines(parts)),
    ...list("Check constraints", constraintLines(parts.constraints, "check")),
    ...list("Foreign-key constraints", constraintLines(parts.constraints, "foreign key")),
    ...list(
      "Referenced by",
      parts.references.map((key) =>
        `TABLE ${key.table} CONSTRAINT ${quoteIfNeeded(key.name)} ${key.definition}`
      ),
    ),
    ...list("Policies", parts.policies.map(policyLine)),
    ...list("Triggers", parts.triggers.map(triggerLine)),
    ...(table.rowSecurity ? ["Row-level security: enabled"] : []),
  ].join("\n"));
  return [section(`${head} "${name}"`, body, table), ...columnComments(table.columns ?? [])].join(
    "\n\n",
  );
}

function viewSection(view: View, partsOf: (name: string) => Parts): string {
  const name = nameOf(view);
  const parts = partsOf(name);
  const head = view.kind === "view" ? "View" : "Materialized view";
  const body = [
    fenced([columnTable(view.columns, parts), ...list("Indexes", indexLines(parts))].join("\n")),
    fenced(view.definition.replace(/^ /, ""), "sql"),
  ].join("\n\n");
  return [section(`${head} "${name}"`, body, view), ...columnComments(view.columns)].join("\n\n");
}

function columnTable(columns: readonly Column[], { defaults, sequences }: Parts): string {
  return textTable(
    ["Column", "Type", "Collation", "Nullable", "Default"],
    columns.map((column) => [
      column.name,
      column.type,
      column.collation ?? "",
      column.notNull ? "not null" : "",
      defaultText(column, { defaults, sequences }),
    ]),
  );
}

function defaultText(
  column: Column,
  { defaults, sequences }: Pick<Parts, "defaults" | "sequences">,
): string {
  if (column.generated !== undefined) {
    return `generated always as (${column.expression}) ${column.generated}`;
  }
  const identity = sequences.find(({ ownedBy }) => ownedBy?.column === column.name)?.ownedBy
    ?.identity;
  if (identity !== undefined) return `generated ${identity} as identity`;
  return defaults.find(({ name }) => name === column.name)?.expression ?? "";
}

function list(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `    ${line}`)];
}

const KEYS = ["primary key", "unique", "exclusion"];

/** Keys first, then the indexes that stand alone. */
function indexLines({ constraints, indexes }: Parts): readonly string[] {
  return [
    ...constraints.filter(({ type }) => KEYS.includes(type)).map(({ name, definition }) =>
      `${quoted(name)} ${definition}`
    ),
    ...indexes.map(({ name, definition, invalid }) => {
      const [, unique = "", rest = definition] =
        /^CREATE (UNIQUE )?INDEX .*? USING (.*)$/s.exec(definition) ?? [];
      return `${quoted(name)} ${unique === "" ? "" : "UNIQUE, "}${rest}${
        invalid ? " INVALID" : ""
      }`;
    }),
  ];
}

function constraintLines(
  constraints: readonly Constraint[],
  wanted: Constraint["type"],
): readonly string[] {
  return constraints.filter(({ type }) => type === wanted)
    .map(({ name, definition }) => `${quoted(name)} ${definition}`);
}

function policyLine({ name, command, roles, using, withCheck }: Policy): string {
  return `POLICY ${quoted(name)} FOR ${command.toUpperCase()} TO ${
    (roles ?? ["PUBLIC"]).join(", ")
  }` +
    (using === undefined ? "" : ` USING (${using})`) +
    (withCheck === undefined ? "" : ` WITH CHECK (${withCheck})`);
}

function triggerLine({ definition, enabled }: Trigger): string {
  const text = definition.replace(/^CREATE (CONSTRAINT )?TRIGGER /, "");
  return enabled === undefined ? text : `${text} (${enabled})`;
}

function columnComments(columns: readonly Column[]): readonly string[] {
  return columns.flatMap(({ name, comment }) =>
    comment === undefined ? [] : [`**${escaped(name)}**: ${escaped(comment)}`]
  );
}

function partsByTable(objects: readonly SchemaObject[]): (name: string) => Parts {
  const grouped = new Map<string, SchemaObject[]>();
  const references = new Map<string, Constraint[]>();
  const add = <T>(map: Map<string, T[]>, key: string, value: T) => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [value]);
    else list.push(value);
  };
  for (const object of objects) {
    const { table, ownedBy } = object as
      & { readonly table?: string }
      & Partial<Pick<Sequence, "ownedBy">>;
    const owner = table ?? ownedBy?.table;
    if (owner !== undefined) add(grouped, owner, object);
    const { type } = object as Partial<Constraint>;
    if (object.kind !== "constraint" || type !== "foreign key") continue;
    const referenced = /^FOREIGN KEY \(.*?\) REFERENCES (.*?)\(/.exec(
      (object as Constraint).definition,
    )?.[1];
    if (referenced !== undefined) add(references, referenced, object as Constraint);
  }
  return (name) => {
    const parts = grouped.get(name) ?? [];
    const of = <T extends SchemaObject>(kind: string) =>
      parts.filter((object) => object.kind === kind) as readonly SchemaObject[] as readonly T[];
    return {
      defaults: of("default"),
      indexes: of("index"),
      constraints: of("constraint"),
      triggers: of("trigger"),
      policies: of("policy"),
      sequences: of("sequence"),
      references: references.get(name) ?? [],
    };
  };
}

function quoted(name: string): string {
  return `"${name}"`;
}

/** A fence longer than any in the text. */
function fenced(text: string, language = ""): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Text from the database is text, never markup. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
