/**
 * The text of a script as it is sent to the server.
 *
 * @module
 */

import { takesAll } from "../../history/representable.ts";
import type { Step } from "../../plan/plan.ts";
import { asciiComments } from "../../sql/ascii_comments.ts";
import type { RunContext } from "../context/run_context.ts";

/**
 * Reads a script. If the database's encoding cannot represent every character, its comments are
 * converted to ASCII, so that a character in a comment cannot stop a migration.
 *
 * @throws {Failure} `bundle/corrupt`.
 */
export async function textToSend(
  { encoding }: Pick<RunContext, "encoding">,
  { script }: Step,
): Promise<string> {
  const text = await script.read();
  return takesAll(encoding) ? text : asciiComments(text);
}
