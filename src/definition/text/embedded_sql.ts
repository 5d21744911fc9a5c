// Pure.
/**
 * SQL as a value in a YAML file, with the position of each of its characters there.
 *
 * @module
 */

import { isScalar, type Node } from "yaml";
import type { Place } from "../../failure.ts";
import type { YamlMapping } from "../../yaml/yaml_mapping.ts";

/** A text of SQL that is part of a file. */
export interface EmbeddedSql {
  readonly text: string;
  /** The place in the file of an offset in the text. */
  placeAt(offset: number): Required<Place>;
}

/** Text of a scalar; undefined for anything else, and for an empty one. */
export function embeddedSql<Key extends string>(
  mapping: YamlMapping<Key>,
  node: Node | null,
): EmbeddedSql | undefined {
  if (!isScalar(node) || typeof node.value !== "string" || node.value.trim() === "") {
    return undefined;
  }
  const text = node.value;
  const [start, end] = node.range!;
  const body = start + headerLength(node.type, mapping.text.slice(start, end));
  const written = mapping.text.slice(body, end);
  const offsetOf = correspondence(text, written);
  return { text, placeAt: (offset) => mapping.placeAt(offsetOf ? body + offsetOf(offset) : start) };
}

/** What stands before the first character: the line of `|`, or a quotation mark. */
function headerLength(type: string | null | undefined, source: string): number {
  if (type?.startsWith("BLOCK")) return source.indexOf("\n") + 1;
  return type?.startsWith("QUOTE") ? 1 : 0;
}

/**
 * YAML changes white space only: indentation goes, lines are joined. So the n-th character that is none
 * is the n-th in the file, too.
 *
 * @returns Undefined where this does not hold: escapes, doubled quotation marks.
 */
function correspondence(text: string, written: string): ((offset: number) => number) | undefined {
  const dense = text.replaceAll(/\s+/g, "");
  if (!written.replaceAll(/\s+/g, "").startsWith(dense)) return undefined;
  return (offset) => {
    const index = text.slice(0, offset).replaceAll(/\s+/g, "").length;
    // White space behind the last character belongs to nothing: it is where that one ends.
    return index < dense.length ? nthDense(written, index) : nthDense(written, index - 1) + 1;
  };
}

function nthDense(text: string, index: number): number {
  let seen = 0;
  for (let at = 0; at < text.length; at++) {
    if (/\s/.test(text[at]!)) continue;
    if (seen === index) return at;
    seen++;
  }
  return text.length;
}
