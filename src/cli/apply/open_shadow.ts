/**
 * The shadow of a command with `--shadow-url`.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { type OpenedScratch, openScratch } from "./open_scratch.ts";

/**
 * Opens an empty one.
 *
 * @param name The database of the product that it is for.
 * @param url What `--shadow-url` says; undefined: embedded.
 * @throws {Failure} `settings/*`, `connection/*`, `shadow/server`.
 */
export async function openShadow(
  invocation: Invocation,
  name: string,
  url: string | undefined,
): Promise<OpenedScratch> {
  return await openScratch(invocation, name, {
    url,
    option: "--shadow-url",
    prefix: "migrator_shadow",
    refused: (server, reason) =>
      new Failure(
        "shadow/server",
        `Making a shadow database was refused by ${server}: ${reason}.`,
        {
          hint: "Name a role that may: ALTER ROLE … CREATEDB; or leave --shadow-url out.",
        },
      ),
  });
}
