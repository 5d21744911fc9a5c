/**
 * Looks for drift in a live database, or in a catalog that was written elsewhere.
 *
 * @module
 */

import type { Catalog } from "../../drift/catalog.ts";
import type { Drift, DriftQuestion } from "../../drift/find_drift.ts";
import { Failure } from "../../failure.ts";
import { readText } from "../../runtime/files.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { openShadow } from "./open_shadow.ts";

/** What was compared, and what came out. */
export interface FoundDrift {
  readonly catalog: Catalog;
  readonly drift: Drift;
}

/** Where to replay. */
export interface DriftShadow {
  readonly shadowUrl?: string;
}

/**
 * Compares the database that holds all of these with what their migrations have made.
 *
 * @throws {Failure} `drift/*`, `shadow/*`, `connection/*`, `lock/schema`.
 */
export async function liveDrift(
  invocation: Invocation,
  names: readonly string[],
  { shadowUrl }: DriftShadow,
): Promise<FoundDrift> {
  const { readCatalog } = await import("../../drift/catalog.ts");
  const targets = await Promise.all(names.map((name) => invocation.target(name)));
  const { catalog, definitions } = await readCatalog(await invocation.connector(names[0]!), {
    databases: targets,
    signal: invocation.signal,
  });
  return await compare(invocation, { targets, catalog, definitions, shadowUrl });
}

/**
 * The same for what `doctor --catalog` has written; no server is asked.
 *
 * @throws {Failure} `drift/*`, `shadow/*`, `connection/*` with a shadow on a server.
 */
export async function snapshotDrift(
  invocation: Invocation,
  file: string,
  { shadowUrl }: DriftShadow,
): Promise<FoundDrift> {
  const { readCatalogFile } = await import("../../drift/catalog_file.ts");
  const text = await readText(file);
  if (text === undefined) {
    throw new Failure("drift/unreadable-snapshot", `There is no file ${file}.`, {
      hint: "Name what migrator doctor --catalog FILE has written.",
    });
  }
  const catalog = readCatalogFile(text, file);
  const targets = await Promise.all(catalog.databases.map(({ name }) => invocation.target(name)));
  const definitions = new Map(targets.map(({ name, graph }) => [name, graph.ordered]));
  return await compare(invocation, { targets, catalog, definitions, shadowUrl });
}

async function compare(
  invocation: Invocation,
  { targets, shadowUrl, ...question }:
    & Pick<DriftQuestion, "catalog" | "definitions">
    & { readonly targets: readonly Target[]; readonly shadowUrl: string | undefined },
): Promise<FoundDrift> {
  const { findDrift } = await import("../../drift/find_drift.ts");
  const { output, signal } = invocation;
  const config = await invocation.project();
  const names = targets.map(({ name }) => name);
  const drift = await findDrift({
    ...question,
    without: targets.map(({ history }) => history.schema),
    patterns: names.flatMap((name) => config.value("driftIgnore", name) ?? []),
    signal,
    shadow: () => openShadow(invocation, names[0]!, shadowUrl),
    report: (done, total) =>
      output.terminal?.draw([`replaying ${names.join(", ")}: ${done} of ${total}`]),
  });
  output.terminal?.draw([]);
  return { catalog: question.catalog, drift };
}
