// Pure.
/**
 * The JSON Schema of `migrator.yaml`, for editors.
 *
 * @module
 */

import { type ConfigKey, DATABASE_KEYS, KEY_NAMES, KEYS, type KeySpec } from "./keys.ts";
import type { JsonSchema } from "./setting_type.ts";

/** The schema, made of the table of keys. */
export function configSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "migrator.yaml",
    description: "Settings of a project that is migrated by migrator.",
    type: ["object", "null"],
    additionalProperties: false,
    properties: {
      ...properties(KEY_NAMES),
      databases: {
        description: "By name of a database: what is different for it.",
        type: ["object", "null"],
        additionalProperties: {
          type: ["object", "null"],
          additionalProperties: false,
          properties: properties(DATABASE_KEYS),
        },
      },
    },
  };
}

function properties(keys: readonly ConfigKey[]): JsonSchema {
  return Object.fromEntries(keys.map((key) => [key, propertyOf(key)]));
}

function spec(key: ConfigKey): KeySpec<unknown> {
  return KEYS[key];
}

function propertyOf(key: ConfigKey): JsonSchema {
  const { valueType, list, isMapping, says } = spec(key);
  const value = { anyOf: [valueType.schema, { type: "string", pattern: "\\$[{$]" }] };
  if (!list) return { description: says, ...value };
  const items = { type: "array", items: value };
  if (!isMapping) return { description: says, ...items };
  const scalars = { type: ["string", "number", "boolean"] };
  const mapping = { type: "object", additionalProperties: scalars };
  return { description: says, anyOf: [items, mapping] };
}
