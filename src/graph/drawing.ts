// Pure.
/**
 * Draws graphs of migrations as text, for Mermaid and for Graphviz.
 *
 * @module
 */

import { compareVersions, type Lineage } from "../definition/migration/version.ts";
import type { Graph } from "./graph.ts";

/** A migration to draw. */
export interface DrawnMigration extends Lineage {
  readonly name: string;
}

/** The formats. */
export const DRAWINGS = { text: drawText, mermaid: drawMermaid, dot: drawDot } as const;

/**
 * Lines like those of `git log --graph`, the newest first: `*` is in the lane of its migration, and
 * lanes lead down to the parents.
 */
export function drawText(graph: Graph<DrawnMigration>): readonly string[] {
  const lines: string[] = [];
  /** The version that each lane leads to. */
  const lanes: bigint[] = [];
  for (const migration of graph.ordered.toReversed()) {
    const { version } = migration;
    if (!lanes.includes(version)) lanes.push(version);
    const own = lanes.indexOf(version);
    for (
      let other = lanes.lastIndexOf(version);
      other !== own;
      other = lanes.lastIndexOf(version)
    ) {
      lines.push(joining(lanes.length, { into: own, from: other }));
      lanes.splice(other, 1);
    }
    const [first, ...more] = parentsIn(graph, migration);
    const marks = lanes.map((_, lane) => lane === own ? "*" : "|").join(" ");
    lines.push(`${marks}${"  ".repeat(more.length)} ${label(migration, " ")}`);
    for (const [index, parent] of more.entries()) {
      lines.push(leaving(lanes.length, own + index));
      lanes.splice(own + index + 1, 0, parent);
    }
    if (first !== undefined) lanes[own] = first;
    else {
      for (let lane = own + 1; lane < lanes.length; lane++) {
        lines.push(joining(lanes.length, { into: own, from: own + 1 }));
      }
      lanes.splice(own, 1);
    }
  }
  return lines;
}

/** `|_|/`: a lane joins one further left, and the lanes to its right move up. */
function joining(
  count: number,
  { into, from }: { readonly into: number; readonly from: number },
): string {
  let line = "";
  for (let lane = 0; lane < from; lane++) {
    line += `|${lane >= into && lane < from - 1 ? "_" : lane === from - 1 ? "" : " "}`;
  }
  return `${line}/${" /".repeat(count - from - 1)}`;
}

/** `|\`: a new lane begins to the right of one, and the lanes after it move right. */
function leaving(count: number, lane: number): string {
  return `${"| ".repeat(lane)}|\\${" \\".repeat(count - lane - 1)}`;
}

/** A Mermaid flowchart, from the root down. */
export function drawMermaid(graph: Graph<DrawnMigration>): readonly string[] {
  const escaped = (text: string) =>
    text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;");
  const text = (migration: DrawnMigration) => escaped(label(migration, "\n")).replace("\n", "<br>");
  return [
    "flowchart TD",
    ...graph.ordered.map((migration) => `  m${migration.version}["${text(migration)}"]`),
    ...edges(graph).map(([parent, child]) => `  m${parent} --> m${child}`),
  ];
}

/** A Graphviz digraph, for `dot -Tsvg`. */
export function drawDot(graph: Graph<DrawnMigration>): readonly string[] {
  const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return [
    "digraph migrations {",
    "  node [shape=box];",
    ...graph.ordered.map((migration) =>
      `  ${migration.version} [label=${quoted(label(migration, "\n")).replaceAll("\n", "\\n")}];`
    ),
    ...edges(graph).map(([parent, child]) => `  ${parent} -> ${child};`),
    "}",
  ];
}

function label({ version, name }: DrawnMigration, between: string): string {
  return name ? `${version}${between}${name.replaceAll(/\s+/g, " ")}` : String(version);
}

function edges(
  graph: Graph<DrawnMigration>,
): readonly (readonly [parent: bigint, child: bigint])[] {
  return graph.ordered.flatMap((child) =>
    parentsIn(graph, child).map((parent) => [parent, child.version] as const)
  );
}

/** The parents that exist: where gaps are allowed, some are missing. */
function parentsIn(graph: Graph<DrawnMigration>, { parents }: DrawnMigration): readonly bigint[] {
  return parents.filter((parent) => graph.get(parent) !== undefined).toSorted(compareVersions);
}
