/**
 * The state of a database from the file that `--state` names.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { readText } from "../../runtime/files.ts";
import type { SeenDatabase } from "../../script/script_request.ts";
import { readStateFile } from "../../script/state_file.ts";

/** @throws {Failure} `usage/missing-file`, `usage/state-file`. */
export async function readState(file: string, database: string): Promise<SeenDatabase> {
  const text = await readText(file);
  if (text !== undefined) return readStateFile(text, { file, database });
  throw new Failure("usage/missing-file", `There is no file ${file}.`, {
    hint: "Where the server can be reached: migrator status --json > status.json",
  });
}
