/**
 * Which migrations of a database `lint` is asked about.
 *
 * @module
 */

import * as path from "node:path";
import { compileScript } from "../definition/migration/script.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { findTarget } from "../plan/plan.ts";
import { openFile } from "./working_path.ts";
import { openGitRevision } from "./git_revision.ts";
import type { Target } from "./workspace.ts";

/** What was asked for; nothing is all migrations. */
export interface LintSelection {
  /** A version, or a revision of git. */
  readonly since?: string | undefined;
  /** How many, from the last. */
  readonly latest?: number | undefined;
  /** These; an empty set is all. */
  readonly versions: ReadonlySet<bigint>;
}

/** The migrations. */
export interface LintedVersions {
  readonly isLinted: (definition: Definition) => boolean;
  /** Whether an up script was another one at the revision. */
  readonly isEdited: (definition: Definition) => boolean;
}

/**
 * Chooses them. A revision's own migrations are linted only where their up script has been changed since.
 *
 * @param options.directory The directory of migrations; undefined for those of an executable.
 * @throws {Failure} `usage/unknown-revision`, `plan/unknown-target`.
 */
export async function lintedVersions(
  { name, graph }: Pick<Target, "name" | "graph">,
  { since, latest, versions, directory, signal }: LintSelection & {
    readonly directory: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<LintedVersions> {
  const none = () => false;
  for (const version of versions) findTarget({ database: name, graph }, version);
  if (versions.size > 0) {
    return { isLinted: ({ version }) => versions.has(version), isEdited: none };
  }
  if (latest !== undefined) {
    const last = new Set(graph.ordered.slice(-latest));
    return { isLinted: (definition) => last.has(definition), isEdited: none };
  }
  if (since === undefined) return { isLinted: () => true, isEdited: none };
  const version = /^\d{1,18}$/.test(since) ? graph.get(BigInt(since))?.version : undefined;
  if (version !== undefined) {
    const before = graph.ancestors([version]);
    return { isLinted: (definition) => !before.has(definition.version), isEdited: none };
  }
  if (directory === undefined) {
    throw new Failure("usage/unknown-revision", `--since ${since} is no version of a migration.`, {
      hint: "Name the migrations on disk: --migrations DIR",
    });
  }
  const revision = await openGitRevision(directory, { revision: since, signal });
  const added = new Set<Definition>();
  const edited = new Set<Definition>();
  for (const definition of graph.ordered) {
    const file = await openFile(directory, definition.up.path);
    const inTree = file && path.relative(directory, file.path).split(path.sep).join("/");
    if (file === undefined || inTree === undefined) continue;
    if (!revision.has(inTree)) added.add(definition);
    else {
      const former = await revision.differing(inTree, file.bytes);
      if (former !== undefined && await isOther(definition, former)) edited.add(definition);
    }
  }
  return {
    isLinted: (definition) => added.has(definition) || edited.has(definition),
    isEdited: (definition) => edited.has(definition),
  };
}

/**
 * Comments and white space make no other script. Of a script that is a section of its file this is not
 * known.
 */
async function isOther({ up }: Definition, former: Uint8Array): Promise<boolean> {
  if (up.isDerived) return false;
  const { script } = await compileScript(former, {
    path: up.path,
    transactionNone: false,
    report: () => {},
  });
  return script.checksum !== up.checksum;
}
