import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { allowedBy, changedBy, madeAtRunTime } from "../../../src/drift/allowed_drift.ts";
import { severityOf } from "../../../src/drift/drift_severity.ts";
import { compareSchemas } from "../../../src/schema/compare_schemas.ts";
import type { Schema, SchemaObject } from "../../../src/schema/model/schema.ts";
import { takeOver } from "../../../src/schema/take_over.ts";

type Fields = Readonly<Record<string, unknown>>;

const object = (fields: Fields) => fields as Fields as unknown as SchemaObject;

const table = (name: string, more: Fields = {}) =>
  object({
    kind: "table",
    schema: "public",
    name,
    owner: "app",
    columns: [{ name: "id", type: "bigint" }, { name: "a.b", type: "text" }],
    ...more,
  });

const index = (name: string, on: string, definition = "") =>
  object({ kind: "index", schema: "public", name, table: `public.${on}`, definition });

const schema = (...objects: SchemaObject[]): Schema => ({ format: 1, server: 180000, objects });

const EXPECTED = schema(table("kept"), table("orders"), index("orders_a", "orders"));

const ACTUAL = schema(
  table("audit"),
  table("orders", {
    owner: "dba",
    comment: "x",
    granted: [{ role: "reporting", privileges: ["SELECT"] }],
    columns: [
      { name: "id", type: "bigint", comment: "y" },
      { name: "a.b", type: "varchar" },
      { name: "note", type: "text" },
    ],
  }),
  object({ kind: "default", table: "public.orders", name: "note", expression: "1" }),
  index("audit_at", "audit"),
);

const left = (patterns: readonly string[]) =>
  compareSchemas(
    takeOver({ expected: EXPECTED, actual: ACTUAL }, allowedBy(patterns)),
    ACTUAL,
  ).flatMap((difference) =>
    difference.change === "different"
      ? difference.fields.map(({ field }) => `${field} of ${difference.address}`)
      : [`${difference.change} ${difference.address}`]
  );

const ALL = [
  "missing TABLE public.kept",
  "owner of TABLE public.orders",
  "columns.id.comment of TABLE public.orders",
  "columns.a.b.type of TABLE public.orders",
  "columns.note of TABLE public.orders",
  "comment of TABLE public.orders",
  "granted of TABLE public.orders",
  "missing INDEX public.orders_a",
  "extra TABLE public.audit",
  "extra DEFAULT OF public.orders.note",
  "extra INDEX public.audit_at",
];

describe("driftIgnore", () => {
  const table: readonly (readonly [pattern: string, allowed: readonly string[]])[] = [
    ["INDEX public.nothing", []],
    ["INDEX public.audit_*", ["extra INDEX public.audit_at"]],
    ["index PUBLIC.AUDIT_AT", ["extra INDEX public.audit_at"]],
    ["TABLE public.audit", ["extra TABLE public.audit", "extra INDEX public.audit_at"]],
    ["TABLE public.kept", ["missing TABLE public.kept"]],
    ["OWNER OF TABLE public.*", ["owner of TABLE public.orders"]],
    ["PRIVILEGES ON TABLE public.orders", ["granted of TABLE public.orders"]],
    ["COMMENT ON *", [
      "columns.id.comment of TABLE public.orders",
      "comment of TABLE public.orders",
    ]],
    ["COLUMN public.orders.note", [
      "columns.note of TABLE public.orders",
      "extra DEFAULT OF public.orders.note",
    ]],
    ['TYPE OF COLUMN public.orders."a.b"', ["columns.a.b.type of TABLE public.orders"]],
    ["TABLE public.orders", ALL.filter((one) => one.includes("orders"))],
    ["SCHEMA public", ALL],
    ["* public.audit*", ["extra TABLE public.audit", "extra INDEX public.audit_at"]],
    // A dot in a pattern is only a dot.
    ["INDEX public.audit.at", []],
  ];
  for (const [pattern, allowed] of table) {
    test(pattern, () => {
      assert.deepEqual(left([pattern]), ALL.filter((one) => !allowed.includes(one)));
    });
  }

  test("leaves everything without patterns", () => assert.deepEqual(left([]), ALL));
});

describe("partitions that are added at run time", () => {
  const parent = table("events", { partitionBy: "RANGE (id)" });
  const part = (name: string, of: string) =>
    table(name, { partitionOf: { table: `public.${of}`, bound: "DEFAULT" } });
  const actual = schema(
    parent,
    part("events_1", "events"),
    part("events_1_1", "events_1"),
    index("events_1_id", "events_1"),
    table("other", { partitionBy: "RANGE (id)" }),
    part("other_1", "other"),
  );
  const expected = schema(parent);

  test("are allowed with all that belongs to them, and of new tables they are not", () => {
    const accepted = takeOver({ expected, actual }, madeAtRunTime(expected, actual));
    assert.deepEqual(
      compareSchemas(accepted, actual).map(({ address }) => address),
      ["TABLE public.other", "TABLE public.other_1"],
    );
  });

  test("are drift when they are gone", () => {
    const accepted = takeOver(
      { expected: actual, actual: expected },
      madeAtRunTime(actual, expected),
    );
    assert.equal(compareSchemas(accepted, expected).length, 5);
  });
});

describe("what a migration under way changes", () => {
  test("is allowed in these fields, and what else differs in the object is not", () => {
    const before = schema(table("orders"));
    const after = schema(table("orders", { comment: "new" }), index("orders_b", "orders"));
    const actual = schema(
      table("orders", { comment: "half", owner: "dba" }),
      index("orders_b", "orders", "invalid"),
      index("orders_c", "orders"),
    );
    const accepted = takeOver(
      { expected: before, actual },
      changedBy(compareSchemas(before, after)),
    );
    assert.deepEqual(
      compareSchemas(accepted, actual).map((difference) =>
        `${difference.address} ${
          difference.change === "different" ? difference.fields.map(({ field }) => field) : ""
        }`.trim()
      ),
      ["TABLE public.orders owner", "INDEX public.orders_c"],
    );
  });
});

describe("severityOf", () => {
  const cases: readonly (readonly [string, SchemaObject[], SchemaObject[], string])[] = [
    ["a missing table", [table("a")], [], "error"],
    ["an extra table", [], [table("a")], "warning"],
    ["a missing index", [index("i", "a")], [], "warning"],
    [
      "a missing unique index",
      [index("i", "a", "CREATE UNIQUE INDEX i ON a USING btree (id)")],
      [],
      "error",
    ],
    [
      "an extra unique index",
      [],
      [index("i", "a", "CREATE UNIQUE INDEX i ON a USING btree (id)")],
      "error",
    ],
    ["an extra trigger", [], [
      object({ kind: "trigger", table: "public.a", name: "t", definition: "" }),
    ], "error"],
    ["a comment", [table("a")], [table("a", { comment: "x" })], "notice"],
    ["an owner", [table("a")], [table("a", { owner: "x", comment: "x" })], "warning"],
    [
      "an extra column",
      [table("a", { columns: [] })],
      [table("a", { columns: [{ name: "x", type: "text" }] })],
      "warning",
    ],
    [
      "an extra column that must be written",
      [table("a", { columns: [] })],
      [table("a", { columns: [{ name: "x", type: "text", notNull: true }] })],
      "error",
    ],
    [
      "another type",
      [table("a", { columns: [{ name: "x", type: "text" }] })],
      [table("a", { columns: [{ name: "x", type: "integer" }] })],
      "error",
    ],
  ];
  for (const [name, expected, actual, severity] of cases) {
    test(`${name}: ${severity}`, () => {
      const [difference] = compareSchemas(schema(...expected), schema(...actual));
      assert.equal(severityOf(difference!), severity);
    });
  }
});
