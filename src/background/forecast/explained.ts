// Pure.
/**
 * Reads the output of EXPLAIN (FORMAT JSON, VERBOSE).
 *
 * @module
 */

/** A node of a plan. */
export interface PlanNode {
  /** `Index Scan`, `Seq Scan`, `ModifyTable`. */
  readonly kind: string;
  /** For ModifyTable: `Update`. */
  readonly operation?: string;
  /** `schema.name`, unquoted. */
  readonly relation?: string;
  readonly alias?: string;
  readonly index?: string;
  /** `Outer`, `Inner`, `SubPlan`, `InitPlan`. */
  readonly relationship?: string;
  readonly filter?: string;
  readonly condition?: string;
  /** Estimated rows for each loop. */
  readonly rows: number;
  readonly cost: number;
  /** Actual figures; undefined if it was not executed. */
  readonly actual?: {
    /** Rows for each loop. */
    readonly rows: number;
    readonly loops: number;
    readonly removed: number;
  };
  readonly children: readonly PlanNode[];
}

/** A plan, with measurements if it was executed. */
export interface Explained {
  readonly root: PlanNode;
  /** Milliseconds of planning and execution, including triggers. */
  readonly milliseconds?: number;
  readonly walBytes?: number;
  /** Full page images in the WAL, which are written after a checkpoint. */
  readonly walImages?: number;
  /** Milliseconds in each trigger. */
  readonly triggers: readonly { readonly name: string; readonly milliseconds: number }[];
}

type Json = Readonly<Record<string, unknown>>;

/** @param text The output of EXPLAIN. */
export function readExplained(text: string): Explained {
  const [answer] = JSON.parse(text) as readonly Json[];
  const plan = answer!["Plan"] as Json;
  const executed = answer!["Execution Time"] as number | undefined;
  const triggers = (answer!["Triggers"] ?? []) as readonly Json[];
  return {
    root: nodeOf(plan),
    ...(executed === undefined
      ? {}
      : { milliseconds: executed + Number(answer!["Planning Time"] ?? 0) }),
    ...(plan["WAL Bytes"] === undefined
      ? {}
      : { walBytes: Number(plan["WAL Bytes"]), walImages: Number(plan["WAL FPI"] ?? 0) }),
    triggers: triggers.map((one) => ({
      name: String(one["Constraint Name"] ?? one["Trigger Name"]),
      milliseconds: Number(one["Time"] ?? 0),
    })),
  };
}

function nodeOf(json: Json): PlanNode {
  const text = (name: string) => json[name] as string | undefined;
  const optional = <K extends string>(key: K, value: string | undefined) =>
    (value === undefined ? {} : { [key]: value }) as { readonly [name in K]?: string };
  const name = text("Relation Name");
  const removed = ["Rows Removed by Filter", "Rows Removed by Join Filter"]
    .reduce((sum, key) => sum + Number(json[key] ?? 0), 0);
  return {
    kind: text("Node Type")!,
    ...optional("operation", text("Operation")),
    ...optional("relation", name && `${text("Schema") ?? "pg_temp"}.${name}`),
    ...optional("alias", text("Alias")),
    ...optional("index", text("Index Name")),
    ...optional("relationship", text("Parent Relationship")),
    ...optional("filter", text("Filter")),
    ...optional("condition", text("Index Cond") ?? text("Recheck Cond") ?? text("TID Cond")),
    rows: Number(json["Plan Rows"]),
    cost: Number(json["Total Cost"]),
    ...(json["Actual Loops"] === undefined ? {} : {
      actual: {
        rows: Number(json["Actual Rows"]),
        loops: Number(json["Actual Loops"]),
        removed,
      },
    }),
    children: ((json["Plans"] ?? []) as readonly Json[]).map(nodeOf),
  };
}

/** Yields a node and its descendants, parents first. */
export function* planNodes(root: PlanNode): Generator<PlanNode, void, undefined> {
  yield root;
  for (const child of root.children) yield* planNodes(child);
}

/** Rows that INSERT, UPDATE, DELETE and MERGE process, without those of triggers. */
export function rowsWritten(root: PlanNode): number {
  let sum = 0;
  for (const { kind, children } of planNodes(root)) {
    if (kind !== "ModifyTable") continue;
    for (const { actual, relationship } of children) {
      if (relationship === "InitPlan" || relationship === "SubPlan") continue;
      sum += (actual?.rows ?? 0) * (actual?.loops ?? 0);
    }
  }
  return sum;
}

/** A plan as psql shows it, shortened to one line for each node. */
export function planLines(node: PlanNode, depth = 0): readonly string[] {
  const { kind, operation, index, relation, alias, rows, condition, filter } = node;
  const name = relation?.split(".")[1];
  const indent = depth === 0 ? "" : `${"   ".repeat(depth - 1)}-> `;
  const inner = " ".repeat(indent.length + 2);
  return [
    indent + [
      operation ?? kind,
      ...(index ? [`using ${index}`] : []),
      ...(relation ? [`on ${relation}`] : []),
      ...(alias && alias !== name ? [alias] : []),
      `(${Math.round(rows)} rows)`,
    ].join(" "),
    ...(condition ? [`${inner}by: ${condition}`] : []),
    ...(filter ? [`${inner}filter: ${filter}`] : []),
    ...node.children.flatMap((child) => planLines(child, depth + 1)),
  ];
}
