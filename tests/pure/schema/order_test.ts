import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { creationOrder } from "../../../src/schema/order.ts";
import type { SchemaObject } from "../../../src/schema/model/schema.ts";

const object = (kind: string, name: string, ...requires: string[]): SchemaObject =>
  ({ kind, schema: "s", name, arguments: [], columns: [], requires }) as SchemaObject;

const order = (...objects: SchemaObject[]) =>
  creationOrder(objects).map((step) => step.shell ? `shell ${step.object.name}` : step.object.name);

describe("the order of creation", () => {
  test("is the given one where nothing is required", () => {
    assert.deepEqual(order(object("view", "b"), object("view", "a")), ["b", "a"]);
  });

  test("puts what is required first, also through others", () => {
    assert.deepEqual(
      order(
        object("view", "c", "VIEW s.b"),
        object("view", "b", "VIEW s.a"),
        object("view", "a", "VIEW s.elsewhere"),
      ),
      ["a", "b", "c"],
    );
  });

  test("knows a relation by its columns", () => {
    const table = { ...object("table", "t"), columns: [{ name: "Id", type: "integer" }] };
    assert.deepEqual(order(object("view", "v", 'COLUMN s.t."Id"'), table as SchemaObject), [
      "t",
      "v",
    ]);
  });

  test("enters a circle through a shell", () => {
    assert.deepEqual(
      order(
        object("function", "f", "VIEW s.v"),
        object("view", "v", "VIEW s.w"),
        object("view", "w", "FUNCTION s.f()"),
      ),
      ["shell v", "shell w", "f", "v", "w"],
    );
  });

  test("gives all of a circle that has no entrance", () => {
    assert.deepEqual(
      order(object("function", "f", "FUNCTION s.g()"), object("function", "g", "FUNCTION s.f()"))
        .toSorted(),
      ["f", "g"],
    );
  });

  test("takes a chain of 100,000 without running out of stack", () => {
    const chain = Array.from(
      { length: 100_000 },
      (_, index) => object("view", `v${index}`, `VIEW s.v${index + 1}`),
    );
    assert.equal(creationOrder(chain)[0]?.object.name, "v99999");
  });
});
