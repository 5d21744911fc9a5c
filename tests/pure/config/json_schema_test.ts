import assert from "node:assert/strict";
import * as fs from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { configSchema } from "../../../src/config/json_schema.ts";
import type { JsonSchema } from "../../../src/config/setting_type.ts";
import { readConfig } from "../../../src/config/read_config.ts";

const PUBLISHED = fileURLToPath(new URL("../../../migrator.schema.json", import.meta.url));

/** Every key once, in each way that it may be written. */
const GOOD = [
  "",
  "databases:",
  "databases: { shop: , stock: {} }",
  "migrations: db\nhistorySchema: My Schema\nurl: postgres://app@db/shop\ndirectUrl: ${X}",
  "layout: bun\ntransaction: as-named\nreaders: [app, '${READER}']\ndurable: each",
  "lockTimeout: 2s\nlockRetries: 0\nlockWait: 1.5 min\nstatementTimeout: none",
  "lockTimeout: ${X:-2s}\nlockRetries: '${X}'\nlayout: ${X:-bun}",
  "databases:\n  shop:\n    url: x\n    directUrl: y\n    layout: directory\n    readers: []\n" +
  "    lockTimeout: 1h30min\n    lockRetries: 3\n    lockWait: 1h\n    statementTimeout: 5min\n" +
  "    durable: run\n    transaction: single\n",
];

const BAD = [
  "wibble: x",
  "- a",
  "just words",
  "migrations:",
  "migrations: [a]",
  "migrations: ' '",
  "historySchema: pg_x",
  "historySchema: ''",
  "layout: buns",
  "transaction: sometimes",
  "durable: never",
  "readers: app",
  "readers: ['']",
  "readers: [[app]]",
  "lockTimeout: soon",
  "lockTimeout: 5 minutes",
  "lockTimeout: -1",
  "lockRetries: 1.5",
  "lockRetries: -1",
  "lockRetries: 12345678",
  "databases: shop",
  "databases: [shop]",
  "databases: { shop: bun }",
  "databases: { shop: { migrations: x } }",
  "databases: { shop: { wibble: x } }",
];

/** As much of JSON Schema as the schema uses; an unknown keyword is an error. */
function fits(value: unknown, schema: JsonSchema): boolean {
  return Object.entries(schema).every(([keyword, wanted]) => {
    const check = KEYWORDS[keyword];
    if (check === undefined) throw new Error(`The check does not know the keyword ${keyword}.`);
    return check(value, { wanted, schema });
  });
}

type Check = (
  value: unknown,
  of: { readonly wanted: unknown; readonly schema: JsonSchema },
) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

const KEYWORDS: Readonly<Record<string, Check>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  type: (value, { wanted }) =>
    [wanted].flat().some((type) =>
      type === "integer" ? Number.isInteger(value) : type === typeOf(value)
    ),
  enum: (value, { wanted }) => (wanted as unknown[]).includes(value),
  anyOf: (value, { wanted }) => (wanted as JsonSchema[]).some((one) => fits(value, one)),
  pattern: (value, { wanted }) =>
    typeof value !== "string" || new RegExp(wanted as string, "u").test(value),
  minLength: (value, { wanted }) => typeof value !== "string" || value.length >= Number(wanted),
  maxLength: (value, { wanted }) => typeof value !== "string" || value.length <= Number(wanted),
  minimum: (value, { wanted }) => typeof value !== "number" || value >= Number(wanted),
  maximum: (value, { wanted }) => typeof value !== "number" || value <= Number(wanted),
  items: (value, { wanted }) =>
    !Array.isArray(value) || value.every((item) => fits(item, wanted as JsonSchema)),
  properties: (value, { wanted }) =>
    !isObject(value) ||
    Object.entries(wanted as Record<string, JsonSchema>).every(([name, one]) =>
      !(name in value) || fits(value[name], one)
    ),
  additionalProperties: (value, { wanted, schema }) =>
    !isObject(value) ||
    Object.entries(value).every(([name, one]) =>
      Object.hasOwn(schema["properties"] ?? {}, name) || (isObject(wanted) && fits(one, wanted))
    ),
};

describe("the JSON Schema of migrator.yaml", () => {
  const schema = JSON.parse(JSON.stringify(configSchema())) as JsonSchema;

  test("is published: deno run -A cli.ts config --schema > migrator.schema.json", () => {
    assert.deepEqual(JSON.parse(fs.readFileSync(PUBLISHED, "utf8")), schema);
  });

  for (const text of GOOD) {
    test(`accepts what is read: ${JSON.stringify(text)}`, () => {
      readConfig(text, "migrator.yaml");
      assert.ok(fits(parse(text), schema));
    });
  }

  for (const text of BAD) {
    test(`refuses what is refused: ${JSON.stringify(text)}`, () => {
      assert.throws(() => readConfig(text, "migrator.yaml"));
      assert.ok(!fits(parse(text), schema));
    });
  }
});
