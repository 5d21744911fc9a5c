/**
 * Everything that is fuzzed, and the inputs that are kept.
 *
 * @module
 */

import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { fileURLToPath } from "node:url";
import { ADOPTION_TARGET } from "./adoption_target.ts";
import { BUNDLE_TARGET } from "./bundle_target.ts";
import { LAYOUT_TARGET } from "./layout_target.ts";
import { SCHEMA_TARGET } from "./schema_target.ts";
import type { Target } from "./target.ts";
import { TEXT_TARGETS } from "./text_targets.ts";
import { WIRE_TARGET } from "./wire_target.ts";

export const TARGETS: readonly Target[] = [
  ...TEXT_TARGETS,
  LAYOUT_TARGET,
  ADOPTION_TARGET,
  BUNDLE_TARGET,
  WIRE_TARGET,
  SCHEMA_TARGET,
];

const CORPUS = fileURLToPath(new URL("./corpus/", import.meta.url));

/** The kept inputs of a target, by file name: each was wrong once, or reaches what few inputs reach. */
export function corpusOf({ name }: Target): ReadonlyMap<string, unknown> {
  const directory = `${CORPUS}${name}`;
  if (!fs.existsSync(directory)) return new Map();
  return new Map(
    fs.readdirSync(directory).sort().map((file) =>
      [file, JSON.parse(fs.readFileSync(`${directory}/${file}`, "utf8"))] as const
    ),
  );
}

/** Keeps an input, and gives its file. */
export function keepInput({ name }: Target, input: unknown): string {
  const text = `${JSON.stringify(input)}\n`;
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  fs.mkdirSync(`${CORPUS}${name}`, { recursive: true });
  const file = `${CORPUS}${name}/${digest}.json`;
  fs.writeFileSync(file, text);
  return file;
}
