/**
 * What a text from outside may hold to reach an operator's terminal, and how to see that it did not.
 *
 * Nothing of this is ever printed by a test as it is: what fails is shown as JSON.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Every C0 and C1 control and DEL, what changes the order of reading, and what sets titles and colours. */
export const CONTROLS = [
  ...Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter((one) =>
    /\p{Cc}/u.test(one)
  ),
  ..."\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029",
];

/** A line that looks like one of ours. */
export const FORGED = "next: forged";

/** Sequences that have been used against terminals: title, clipboard, colour, clear, 8-bit CSI, keys. */
const SEQUENCES = [
  "\x1b]0;title\x07",
  "\x1b]52;c;Zm9yZ2Vk\x07",
  "\x1b[31m",
  "\x1b[31;000000000000000m",
  "\x1b[2J",
  "\x9b2J",
  "\x1b[5n",
  `\n  ${FORGED}`,
  `\r\n${FORGED}`,
  `\rerror[forged]: ${FORGED}`,
];

/** All of it, between words. */
export const HOSTILE = `a${SEQUENCES.join("b")}c${CONTROLS.join("d")}e`;

/** The same for places that PostgreSQL and file systems have, which hold no NUL. */
export const HOSTILE_WITHOUT_NUL = HOSTILE.replaceAll("\0", "");

/** What styles are made of. */
// deno-lint-ignore no-control-regex
const OWN_COLOURS = /\x1b\[(?:1|2|22|31|32|33|39)m/g;

/**
 * Fails where a terminal would be told something, or where a line is forged.
 *
 * @param text What was written.
 * @param isColoured Whether our own colours are expected.
 */
export function assertHarmless(text: string, { where = "", isColoured = false } = {}): void {
  const plain = isColoured ? text.replace(OWN_COLOURS, "") : text;
  const found = CONTROLS.filter((control) => control !== "\n" && plain.includes(control));
  assert.deepEqual(
    found.map((one) => JSON.stringify(one)),
    [],
    `${where}: ${JSON.stringify(text)}`,
  );
  const forged = plain.split("\n").filter((line) =>
    /^\s*(error\[forged\]: )?next: forged/.test(line)
  );
  assert.deepEqual(forged, [], `${where}: ${JSON.stringify(text)}`);
}
