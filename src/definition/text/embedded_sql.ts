// Pure.
/**
 * SQL that is a value in a YAML file, with the position of each character in the file.
 *
 * @module
 */

import { isScalar, type Node } from "yaml";
import type { Place } from "../../failure.ts";
import type { YamlMapping } from "../../yaml/yaml_mapping.ts";

/** SQL that is part of a file. */
export interface EmbeddedSql {
  readonly text: string;
  /** The place in the file of an offset in the text. */
  placeAt(offset: number): Required<Place>;
}

/** The text of a scalar; undefined for anything else, and for an empty one. */
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

/** Length of what precedes the first character: the line of `|`, or a quotation mark. */
function headerLength(type: string | null | undefined, source: string): number {
  if (type?.startsWith("BLOCK")) return source.indexOf("\n") + 1;
  return type?.startsWith("QUOTE") ? 1 : 0;
}

/**
 * Maps offsets in the text to offsets in the file. YAML changes only white space: it removes
 * indentation and joins lines. So the n-th other character of the text is the n-th in the file.
 *
 * @returns Undefined where escapes or doubled quotation marks break this rule.
 */
function correspondence(text: string, written: string): ((offset: number) => number) | undefined {
  const dense = text.replaceAll(/\s+/g, "");
  if (!written.replaceAll(/\s+/g, "").startsWith(dense)) return undefined;
  return (offset) => {
    const index = text.slice(0, offset).replaceAll(/\s+/g, "").length;
    // Trailing white space maps to the end of the last character.
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
