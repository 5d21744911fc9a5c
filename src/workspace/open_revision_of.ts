/**
 * The project's migrations as they were at a revision of git.
 *
 * @module
 */

import { readingOf } from "../config/reading.ts";
import { openRevision, type RevisionSource } from "../source/revision_source.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Opens them with today's settings.
 *
 * @param revision Anything that git resolves to a commit.
 * @throws {Failure} As `openRevision`.
 */
export async function openRevisionOf(
  workspace: Workspace,
  { revision, signal }: { readonly revision: string; readonly signal: AbortSignal },
): Promise<RevisionSource> {
  const config = await workspace.project();
  return await openRevision({
    directory: await workspace.directory() ?? "migrations",
    revision,
    readingOf: (database) => readingOf(config, database),
    signal,
  });
}
