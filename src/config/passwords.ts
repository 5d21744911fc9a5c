// Pure.
/**
 * Passwords that are written out where none are needed.
 *
 * @module
 */

import { redactText } from "../connection/settings/redact.ts";
import { type ConfigText, nameOf } from "./config_file.ts";
import { withPlaceholders } from "./variables.ts";

/** What is printed for a password is what stands in for a variable here. */
const HIDDEN = "***";

/**
 * Whether a text holds a password where connection strings have theirs. A variable is none, but its
 * default may be.
 */
export function holdsPassword(text: string): boolean {
  const shown = withPlaceholders(text, HIDDEN);
  return redactText(shown) !== shown;
}

/** Which values hold one: `databases.shop.url`. */
export function passwordsIn({ entries }: ConfigText): readonly string[] {
  return entries.filter(({ value }) => [value].flat().some(holdsPassword)).map(nameOf);
}

/** The first line of a file that holds one, comments too, from 1; undefined when none does. */
export function passwordLine(text: string): number | undefined {
  const index = text.split("\n").findIndex(holdsPassword);
  return index < 0 ? undefined : index + 1;
}
