/**
 * The token that opens the page: from the environment, from a file, or made up.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { Failure } from "../../../failure.ts";
import { shellWord } from "../../../format/shell_word.ts";
import { readText } from "../../../runtime/files.ts";
import type { Environment } from "../../../workspace/workspace.ts";

/** The variable that holds it. */
export const TOKEN_VARIABLE = "MIGRATOR_PAGE_TOKEN";

/** The fewest characters: it must not be guessed. */
const FEWEST = 16;

/** Bytes of one that is made up. */
const BYTES = 24;

/** A token, and whether it was made up, so that somebody has to be told. */
export interface PageToken {
  readonly token: string;
  readonly isNew: boolean;
}

/**
 * The token that was given; undefined if none was.
 *
 * @throws {Failure} `usage/missing-file`, `settings/page-token`.
 */
export async function givenToken(
  { file, environment }: { readonly file: string | undefined; readonly environment: Environment },
): Promise<PageToken | undefined> {
  if (file !== undefined) {
    const text = await readText(file);
    if (text === undefined) {
      throw new Failure("usage/missing-file", `There is no file ${file}.`, {
        hint: `Write a token into it: openssl rand -base64 24 > ${shellWord(file)}`,
      });
    }
    return checked(text.trim(), file);
  }
  const value = environment[TOKEN_VARIABLE];
  return value === undefined || value === "" ? undefined : checked(value, TOKEN_VARIABLE);
}

/** A token that nobody can guess. */
export function newToken(): PageToken {
  return { token: randomBytes(BYTES).toString("base64url"), isNew: true };
}

function checked(token: string, origin: string): PageToken {
  if (token.length >= FEWEST && !/\s/.test(token)) return { token, isNew: false };
  throw new Failure(
    "settings/page-token",
    `The token of ${origin} can be guessed: it needs at least ${FEWEST} characters, none of them ` +
      "a space.",
    { hint: "Make one: openssl rand -base64 24" },
  );
}
