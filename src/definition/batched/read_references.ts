// Pure.
/**
 * Reads `queues`, `finalizes` and `deletes`, as written in YAML or after `-- migrator:`.
 *
 * @module
 */

import { isMap, isScalar, isSeq, type Node } from "yaml";
import { parseYaml } from "../../yaml/parse_yaml.ts";
import { argumentsOf } from "./batched_arguments.ts";
import type { BatchedReference, ReferenceKey } from "./batched_reference.ts";

/** How to write such a list, for hints. */
export function referenceHint(key: ReferenceKey): string {
  return `Write names of files in background/: \`${key}: [copy_ids]\`, or with arguments ` +
    `\`${key}: [{ name: copy_ids, arguments: { from: 1 } }]\`.`;
}

/** Reads a name, a mapping, or a list of them; calls `wrong` for each entry that is neither. */
export function readReferences(
  node: Node | null,
  wrong: (node: Node | null) => void,
): readonly { readonly reference: BatchedReference; readonly node: Node | null }[] {
  const items = isSeq(node) ? node.items as (Node | null)[] : [node];
  return items.flatMap((item) => {
    const reference = readOne(item, wrong);
    return reference === undefined ? [] : [{ reference, node: item }];
  });
}

/** Parses a line of text: `a`, `a, b`, or YAML in brackets. Undefined when it is none of these. */
export function parseReferences(text: string): readonly BatchedReference[] | undefined {
  if (!/^[[{]/.test(text)) {
    const names = text.split(",").map((name) => name.trim());
    return names.every((name) => name !== "") ? names.map((name) => ({ name })) : undefined;
  }
  const { contents, problem } = parseYaml(text);
  let sound = problem === undefined;
  const read = readReferences(contents, () => sound = false);
  return sound ? read.map(({ reference }) => reference) : undefined;
}

function readOne(
  node: Node | null,
  wrong: (node: Node | null) => void,
): BatchedReference | undefined {
  if (isScalar(node) && typeof node.value === "string" && node.value.trim() !== "") {
    return { name: node.value };
  }
  const name = isMap(node) ? node.get("name") : undefined;
  const known = isMap(node) &&
    node.items.every(({ key }) => isScalar(key) && /^(?:name|arguments)$/.test(String(key.value)));
  if (!known || typeof name !== "string" || name.trim() === "") {
    wrong(node);
    return undefined;
  }
  if (!node.has("arguments")) return { name };
  const given = argumentsOf(node.get("arguments", true) as Node | null, wrong);
  return given && { name, arguments: given };
}
