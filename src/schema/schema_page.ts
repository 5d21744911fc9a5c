// Pure.
/**
 * A schema as one HTML page that needs no network: a list that can be searched, every object, and diagrams.
 *
 * @module
 */

import { escapeHtml } from "../format/escape_html.ts";
import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../sql/quote_if_needed.ts";
import {
  type DrawnTable,
  layeredDiagram,
  neighbourhoodDiagram,
  type Relation,
} from "./er_diagram.ts";
import { addressOf, kindOf } from "./kinds.ts";
import type { Constraint } from "./kinds/constraint.ts";
import type { Column } from "./model/columns.ts";
import { partsOf } from "./model/parts_of.ts";
import type { InSchema, Schema, SchemaObject } from "./model/schema.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page_assets.ts";

/** Who made an object, for people: `1650000100 add_users (frontend/1650000100_add_users/up.sql:3)`. */
export type MakerOf = (address: string) => string | undefined;

type Fields = Readonly<Record<string, unknown>>;

/** What is shown with its table, and not by itself. */
const SHOWN_WITH_TABLE = ["default", "index", "constraint", "trigger", "rule", "policy"];

const RELATIONS = ["table", "foreign table", "view", "materialized view"];

/** Fields that the head of an object shows, or nobody needs. */
const SHOWN_BEFORE = ["kind", "schema", "name", "comment", "columns", "requires"];

/**
 * The page. The same schema always gives the same bytes.
 *
 * @param options.title What the page is about: the name of the database.
 */
export function schemaPage(
  schema: Schema,
  { title, makerOf }: { readonly title: string; readonly makerOf: MakerOf },
): string {
  const own = schema.objects.filter((object) => !isPart(object));
  const context = contextOf(schema, makerOf);
  const schemas = [...new Set(own.map((object) => schemaOf(object)))].sort();
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(title)}: schema</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<nav>
<h1>${escapeHtml(title)}</h1>
<input type="search" id="search" placeholder="Search names, columns, comments ( / )" autofocus>
<p id="count">${own.length} objects</p>
<ul>
${own.map(listItem(context)).join("\n")}
</ul>
</nav>
<main>
${schemas.map((name) => schemaSection(name, context)).join("\n")}
${own.map((object) => article(object, context)).join("\n")}
</main>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function isPart({ kind, ...object }: SchemaObject): boolean {
  return SHOWN_WITH_TABLE.includes(kind) && (object as Fields)["table"] !== undefined;
}

interface PageContext {
  readonly makerOf: MakerOf;
  readonly parts: (table: string) => readonly SchemaObject[];
  readonly tables: ReadonlyMap<string, DrawnTable>;
  readonly relations: readonly Relation[];
  /** Foreign keys by the table that they reference. */
  readonly references: ReadonlyMap<string, readonly Constraint[]>;
}

function contextOf({ objects }: Schema, makerOf: MakerOf): PageContext {
  const parts = partsOf(objects);
  const keys = objects.filter((object): object is Constraint =>
    object.kind === "constraint" && (object as Constraint).type === "foreign key" &&
    (object as Constraint).table !== undefined
  );
  const relations: Relation[] = [];
  const references = new Map<string, Constraint[]>();
  for (const key of keys) {
    const [, columns = "", to = ""] =
      /^FOREIGN KEY \((.+?)\) REFERENCES ((?:"(?:[^"]|"")*"|[^\s("])+)\s*\(/.exec(key.definition) ??
        [];
    if (to === "") continue;
    relations.push({ from: key.table!, to, label: columns });
    references.set(to, [...references.get(to) ?? [], key]);
  }
  const tables = new Map(
    objects.filter(({ kind }) => RELATIONS.includes(kind)).map((table) => {
      const name = nameOf(table);
      const lines = relations.filter(({ from }) => from === name).map(({ label }) => label);
      return [name, { name, href: `#${anchorOf(table)}`, lines: [...new Set(lines)].slice(0, 12) }];
    }),
  );
  return { makerOf, parts, tables, relations, references };
}

function schemaOf(object: SchemaObject): string {
  return (object as Partial<InSchema>).schema ?? "";
}

function nameOf(object: SchemaObject): string {
  return schemaOf(object) === ""
    ? quoteIfNeeded(object.name)
    : quoteQualifiedIfNeeded(object as SchemaObject & InSchema);
}

/** The address, in characters that a URL needs not to encode. */
function anchorOf(object: SchemaObject): string {
  return addressOf(object).replaceAll(/[^\w.-]/gu, (one) => `~${one.codePointAt(0)!.toString(16)}`);
}

function columnsOf(object: SchemaObject): readonly Column[] {
  return (object as { readonly columns?: readonly Column[] }).columns ?? [];
}

function listItem({ parts }: PageContext): (object: SchemaObject) => string {
  return (object) => {
    const words = [
      addressOf(object),
      object.comment ?? "",
      ...columnsOf(object).flatMap(({ name, comment = "" }) => [name, comment]),
      ...(RELATIONS.includes(object.kind) ? parts(nameOf(object)).map(({ name }) => name) : []),
    ].join(" ").toLowerCase();
    return `<li data-words="${escapeHtml(words)}"><a href="#${
      anchorOf(object)
    }"><i>${object.kind}</i> ${escapeHtml(labelOf(object))}</a></li>`;
  };
}

/** Routines are told apart by their arguments. */
function labelOf(object: SchemaObject): string {
  const { arguments: types } = object as { readonly arguments?: readonly string[] };
  return types === undefined ? nameOf(object) : `${nameOf(object)}(${types.join(", ")})`;
}

function schemaSection(name: string, { tables, relations }: PageContext): string {
  const prefix = `${quoteIfNeeded(name)}.`;
  const own = [...tables.values()].filter((table) => name !== "" && table.name.startsWith(prefix))
    .map((table) => ({ ...table, lines: [] }));
  const diagram = layeredDiagram(own, relations);
  if (diagram === undefined) return "";
  return `<section class="diagram"><h2>Schema ${
    escapeHtml(name)
  }</h2><div class="scroll">${diagram}</div></section>`;
}

function article(object: SchemaObject, context: PageContext): string {
  const isRelation = RELATIONS.includes(object.kind);
  return [
    `<article id="${anchorOf(object)}">`,
    `<h2><i>${object.kind}</i> ${escapeHtml(labelOf(object))}</h2>`,
    object.comment === undefined ? "" : `<p>${escapeHtml(object.comment)}</p>`,
    madeBy(object, context),
    columnTable(object, context),
    ...(isRelation ? relationParts(object, context) : []),
    facts(object),
    "</article>",
  ].filter((line) => line !== "").join("\n");
}

function madeBy(object: SchemaObject, { makerOf }: PageContext): string {
  const maker = makerOf(addressOf(object));
  return maker === undefined ? "" : `<p class="maker">made by ${escapeHtml(maker)}</p>`;
}

function columnTable(object: SchemaObject, { parts }: PageContext): string {
  const columns = columnsOf(object);
  if (columns.length === 0) return "";
  const defaults = new Map(
    parts(nameOf(object)).filter(({ kind }) => kind === "default").map((one) =>
      [one.name, String((one as SchemaObject & Fields)["expression"])] as const
    ),
  );
  const rows = columns.map(({ name, type, notNull, expression, generated, comment = "" }) =>
    `<tr>${
      [
        name,
        type,
        notNull ? "not null" : "",
        defaults.get(name) ?? (generated ? `generated: ${expression}` : ""),
        comment,
      ].map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")
    }</tr>`
  );
  const heads = ["Column", "Type", "", "Default", "Comment"].map((head) => `<th>${head}</th>`);
  return `<table><tr>${heads.join("")}</tr>\n${rows.join("\n")}\n</table>`;
}

function relationParts(object: SchemaObject, context: PageContext): readonly string[] {
  const name = nameOf(object);
  const own = context.parts(name);
  const list = (title: string, kind: string) => {
    const items = own.filter((part) => part.kind === kind).map((part) =>
      `<li><code>${escapeHtml(`${quoteIfNeeded(part.name)} ${definitionOf(part)}`)}</code>${
        madeBy(part, context)
      }</li>`
    );
    return items.length === 0 ? "" : `<h3>${title}</h3><ul>${items.join("")}</ul>`;
  };
  const references = (context.references.get(name) ?? []).map((key) => {
    const table = context.tables.get(key.table!);
    return `<li><a href="${table?.href ?? ""}">${escapeHtml(key.table!)}</a> <code>${
      escapeHtml(key.definition)
    }</code></li>`;
  });
  const table = context.tables.get(name);
  const diagram = table && neighbourhoodDiagram(table, context);
  return [
    diagram === undefined ? "" : `<div class="scroll">${diagram}</div>`,
    list("Constraints", "constraint"),
    list("Indexes", "index"),
    references.length === 0 ? "" : `<h3>Referenced by</h3><ul>${references.join("")}</ul>`,
    list("Triggers", "trigger"),
    list("Policies", "policy"),
    list("Rules", "rule"),
  ];
}

/** What SQL says of a part. */
function definitionOf(part: SchemaObject): string {
  const { definition } = part as SchemaObject & Fields;
  if (typeof definition === "string") return definition;
  const context = { find: () => undefined, partsOf: () => [], hasShell: false };
  return kindOf(part).create(part, context).join("; ");
}

/** All other fields, as they are in schema.json. */
function facts(object: SchemaObject): string {
  const shown = Object.entries(object).filter(([field]) => !SHOWN_BEFORE.includes(field));
  if (shown.length === 0) return "";
  return `<dl>${
    shown.map(([field, value]) =>
      `<dt>${field}</dt><dd><pre>${
        escapeHtml(typeof value === "string" ? value : JSON.stringify(value))
      }</pre></dd>`
    ).join("")
  }</dl>`;
}
