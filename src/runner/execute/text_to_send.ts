/**
 * A script's text, as the server is given it.
 *
 * @module
 */

import { takesAll } from "../../history/representable.ts";
import type { Step } from "../../plan/plan.ts";
import { asciiComments } from "../../sql/ascii_comments.ts";
import type { RunContext } from "../context/run_context.ts";

/**
 * Reads it. Where the database's encoding does not have every character, comments are sent in ASCII: they
 * keep no migration from being run.
 *
 * @throws {Failure} `bundle/corrupt`
 */
export async function textToSend(
  { encoding }: Pick<RunContext, "encoding">,
  { script }: Step,
): Promise<string> {
  const text = await script.read();
  return takesAll(encoding) ? text : asciiComments(text);
}
