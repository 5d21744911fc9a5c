import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type ChecksummedDefinition,
  definitionChecksum,
} from "../../../src/definition/migration/definition_checksum.ts";

const BASE: ChecksummedDefinition = {
  version: 7n,
  name: "seven",
  parents: [5n, 6n],
  metadata: { privileged: true, nonIdempotent: false, lockTimeout: 2_000 },
  up: { path: "app/7/up.sql", checksum: "a", transaction: "single" },
  down: { path: "app/7/down.sql", checksum: "b", transaction: "single" },
};

describe("the checksum of a definition", () => {
  const others: readonly Partial<ChecksummedDefinition>[] = [
    { version: 8n },
    { name: "eight" },
    { parents: [5n] },
    { parents: [6n, 5n] },
    { metadata: { ...BASE.metadata, lockTimeout: 2_001 } },
    { metadata: { ...BASE.metadata, privileged: false } },
    { up: { ...BASE.up, checksum: "c" } },
    { up: { ...BASE.up, transaction: "none" } },
    { up: { ...BASE.up, path: "app/8/up.sql" } },
    { down: { ...BASE.down!, checksum: "c" } },
    { down: undefined },
  ];
  for (const other of others) {
    test(`is another with ${Object.keys(other)}`, () => {
      assert.notEqual(definitionChecksum({ ...BASE, ...other }), definitionChecksum(BASE));
    });
  }

  test("is the same after PostgreSQL has sorted the metadata", () => {
    const metadata = { lockTimeout: 2_000, nonIdempotent: false, privileged: true };
    assert.equal(definitionChecksum({ ...BASE, metadata }), definitionChecksum(BASE));
  });

  // It is kept in databases: a change of it would make all that they keep unusable.
  test("never changes", () => {
    assert.equal(
      definitionChecksum(BASE),
      "4efbfc899fd88dc11a1f8ecc08f038d019c7731368ba8cd5e930890d4fa9317c",
    );
  });
});
