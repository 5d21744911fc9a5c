// Pure.
/**
 * SASLprep (RFC 4013): gives a password that can be typed in several ways one form.
 *
 * PostgreSQL checks for prohibited characters before it normalizes. A library that normalizes first
 * prepares other passwords: `@mongodb-js/saslprep` 1.6.3 disagrees with the server on 587 code
 * points, among them U+0340 and U+1D2C.
 *
 * @module
 */

import { LEFT_TO_RIGHT, NOTHING, PROHIBITED, RIGHT_TO_LEFT, SPACES } from "./stringprep.ts";

/**
 * Prepares a password for SCRAM as PostgreSQL does in the server and in libpq. A password with a
 * prohibited character stays as it is.
 */
export function saslprep(password: string): string {
  if (/^[\0-\x7f]*$/.test(password)) return password;
  const codes = [...password].map((character) => character.codePointAt(0)!)
    .map((code) => SPACES.has(code) ? 0x20 : code)
    .filter((code) => !NOTHING.has(code));
  if (codes.length === 0 || codes.some((code) => PROHIBITED.has(code)) || isTangled(codes)) {
    return password;
  }
  return String.fromCodePoint(...codes).normalize("NFKC");
}

/** A text has one direction; one that runs to the left begins and ends with such a character. */
function isTangled(codes: readonly number[]): boolean {
  if (!codes.some((code) => RIGHT_TO_LEFT.has(code))) return false;
  return codes.some((code) => LEFT_TO_RIGHT.has(code)) ||
    !RIGHT_TO_LEFT.has(codes[0]!) || !RIGHT_TO_LEFT.has(codes.at(-1)!);
}
