// Pure.
/**
 * `arguments`: values that are part of a batched migration's identity.
 *
 * @module
 */

import { isMap, isScalar, isSeq, type Node } from "yaml";
import { isExactNumber } from "./exact_number.ts";
import type { JobArgument } from "./job_arguments.ts";
import type { JobArguments } from "./job_arguments.ts";
import type { YamlMapping } from "../../yaml/yaml_mapping.ts";

/** Reads the mapping `arguments`; empty when it is absent or has a defect. */
export function readArguments(mapping: YamlMapping<"arguments">): JobArguments {
  const node = mapping.node("arguments");
  if (node === undefined) return {};
  return argumentsOf(node, (wrong) =>
    mapping.wrong("arguments", {
      node: wrong,
      hint: isMap(node)
        ? "Write text, numbers, true, false, null, lists and mappings; numbers of more than 15 " +
          "digits in quotes."
        : "Write one `name: value` a line below it, indented.",
    })) ?? {};
}

/** The values of a YAML mapping as JSON; undefined, after a report, for anything else. */
export function argumentsOf(
  node: Node | null,
  wrong: (node: Node | null) => void,
): JobArguments | undefined {
  let sound = isMap(node);
  if (!sound) wrong(node);
  const refuse = (inner: Node | null) => {
    sound = false;
    wrong(inner);
    return null;
  };
  const value = sound ? valueOf(node, refuse) : null;
  return sound ? value as JobArguments : undefined;
}

function valueOf(node: Node | null, refuse: (node: Node | null) => null): JobArgument {
  if (node === null) return null;
  if (isSeq(node)) return node.items.map((item) => valueOf(item as Node | null, refuse));
  if (isMap(node)) {
    return Object.fromEntries(node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : refuse(key as Node | null) ?? "";
      return [name, valueOf(value as Node | null, refuse)] as const;
    }));
  }
  const value = isScalar(node) ? node.value : undefined;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  if (typeof value === "number" && Number.isFinite(value) && isExactNumber(sourceOf(node))) {
    return value;
  }
  return refuse(node);
}

/** A number as it is written; empty, which is not exact, for one that was not written. */
function sourceOf(node: Node | null): string {
  return (isScalar(node) ? node.source : undefined)?.replaceAll("_", "") ?? "";
}
