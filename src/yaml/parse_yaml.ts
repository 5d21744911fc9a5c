// Pure.
/**
 * Parses YAML into nodes that keep their places. This is the only file that calls the parser.
 *
 * @module
 */

import {
  type Document,
  isAlias,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { duplicateKey } from "./duplicate_key.ts";

/** A reason why a text is not valid YAML. */
export interface YamlProblem {
  /** A clause without a full stop. It may quote the text after a colon. */
  readonly reason: string;
  /** Offset in the text, in UTF-16 code units. */
  readonly offset: number;
}

/** A parsed text. */
export interface ParsedYaml {
  /** The root; null for an empty text. */
  readonly contents: Node | null;
  /** The first syntax error, else the first duplicate key. */
  readonly problem: YamlProblem | undefined;
  /** The first warning, such as an unknown tag. */
  readonly warning: YamlProblem | undefined;
  /** The 1-based line and column of an offset. */
  placeAt(offset: number): { readonly line: number; readonly column: number };
  /** The node that an alias stands for; other nodes unchanged. */
  resolve(node: Node | null): Node | null;
}

/** One key of a mapping. */
export interface YamlPair {
  readonly name: string;
  /** The offset of the key. */
  readonly offset: number;
  readonly value: Node | null;
}

/**
 * Parses a text. Whole numbers become `bigint`.
 *
 * @param options.allowDuplicates Leaves duplicate keys to the caller. Default: false.
 */
export function parseYaml(text: string, { allowDuplicates = false } = {}): ParsedYaml {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    intAsBigInt: true,
    uniqueKeys: false,
    lineCounter: counter,
  });
  return {
    contents: document.contents as Node | null,
    problem: problemOf(document.errors[0]) ??
      (allowDuplicates ? undefined : duplicateProblem(document)),
    warning: problemOf(document.warnings[0]),
    placeAt: (offset) => {
      const { line, col } = counter.linePos(offset);
      return { line, column: col };
    },
    resolve: (node) => isAlias(node) ? node.resolve(document) ?? null : node,
  };
}

/** The pairs of a mapping, in the order of the text. A key that is not a scalar has a name in words. */
export function pairsOf(map: YAMLMap): readonly YamlPair[] {
  return map.items.map(({ key, value }) => ({
    name: isScalar(key) ? String(key.value) : "(a key that is not a word)",
    offset: (key as Node).range?.[0] ?? map.range?.[0] ?? 0,
    value: value as Node | null,
  }));
}

/** A scalar as written; undefined for anything else. */
export function wordOf(node: Node | null): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === "string" ? node.value : node.source ?? String(node.value);
}

function problemOf(
  found: { readonly message: string; readonly pos: readonly [number, number] } | undefined,
): YamlProblem | undefined {
  return found && { reason: found.message.split(" at line ")[0]!, offset: found.pos[0] };
}

function duplicateProblem(document: Document): YamlProblem | undefined {
  const offset = duplicateKey(document);
  return offset === undefined ? undefined : { reason: "Map keys must be unique", offset };
}
