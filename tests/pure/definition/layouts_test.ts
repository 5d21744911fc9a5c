import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Script } from "../../../src/definition/migration/definition.ts";
import { openDirectory } from "../../../src/source/disk.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/definitions/", import.meta.url));

async function load(fixture: string) {
  return await (await openDirectory(FIXTURES + fixture)).load(fixture);
}

async function statementsOf(script: Script): Promise<string[]> {
  const text = await script.read();
  return script.statements.map(({ start, end }) => text.slice(start, end));
}

describe("the directory layout", () => {
  it("reads versions, names, parents and order, and ignores what is not a migration", async () => {
    const set = await load("valid_directory");
    assert.equal(set.layout, "directory");
    assert.equal(set.database, "valid_directory");
    assert.deepEqual(
      set.definitions.map(({ version, name, parents }) => [version, name, parents]),
      [
        [100n, "", []],
        [300n, "Left branch", [100n]],
        [400n, "right", [100n]],
        [200n, "merge", [300n, 400n]],
        [500n, "extension", [200n]],
        [600n, "gone", [200n]],
      ],
    );
  });

  it("reads metadata", async () => {
    const { definitions } = await load("valid_directory");
    assert.deepEqual(definitions.map(({ metadata }) => metadata), [
      { privileged: false, nonIdempotent: false },
      { privileged: false, nonIdempotent: false },
      { privileged: false, nonIdempotent: true, lockTimeout: 5000, statementTimeout: 0 },
      { privileged: false, nonIdempotent: false },
      { privileged: true, nonIdempotent: false },
      { privileged: false, nonIdempotent: false, irreversible: "the rows are gone" },
    ]);
  });

  it("takes a BOM, CRLF and the outer BEGIN and COMMIT off, and nothing else", async () => {
    const [bom, wrapped] = (await load("valid_directory")).definitions;
    assert.equal(await bom!.up.read(), "CREATE TABLE a (id bigint);\n");
    assert.deepEqual(await statementsOf(bom!.up), ["CREATE TABLE a (id bigint)"]);
    assert.deepEqual(bom!.down!.statements, []);
    assert.deepEqual(await statementsOf(wrapped!.up), [
      "CREATE TABLE b (id bigint)",
      "CREATE TABLE c (\r\n  id bigint\r\n)",
    ]);
    assert.deepEqual(await statementsOf(wrapped!.down!), ["DROP TABLE c", "DROP TABLE b"]);
  });

  it("runs outside a transaction what cannot run inside or asks for it", async () => {
    const { definitions } = await load("valid_directory");
    assert.deepEqual(
      definitions.map(({ up, down }) => [up.transaction, down?.transaction]),
      [
        ["single", "single"],
        ["single", "single"],
        ["single", "single"],
        ["none", "none"],
        ["single", "single"],
        ["none", undefined],
      ],
    );
    const [index] = definitions[3]!.up.statements;
    assert.equal(index!.outside, "CREATE INDEX CONCURRENTLY");
    assert.equal(index!.concurrentIndex!.name, "i");
    assert.equal(definitions[3]!.down!.statements[0]!.outside, "DROP INDEX CONCURRENTLY");
  });

  it("names scripts by their path below the directory of databases", async () => {
    const [, wrapped] = (await load("valid_directory")).definitions;
    assert.equal(wrapped!.up.path, "valid_directory/300_Left-Branch/up.sql");
  });
});

describe("the golang-migrate layout", () => {
  it("makes a chain in numeric order, whatever the padding and the titles", async () => {
    const set = await load("valid_flat");
    assert.equal(set.layout, "golang-migrate");
    assert.deepEqual(
      set.definitions.map(({ version, name, parents }) => [version, name, parents]),
      [
        [1n, "init", []],
        [2n, "empty", [1n]],
        [3n, "extension", [2n]],
        [10n, "last one", [3n]],
      ],
    );
  });

  it("infers what metadata would say", async () => {
    const { definitions } = await load("valid_flat");
    assert.deepEqual(
      definitions.map(({ metadata, up }) => [metadata.privileged, up.transaction]),
      [[false, "single"], [false, "single"], [true, "single"], [false, "none"]],
    );
  });

  it("takes off the outer pair, and takes empty and comment-only files", async () => {
    const [first, empty, , last] = (await load("valid_flat")).definitions;
    assert.deepEqual(await statementsOf(first!.up), ["CREATE TABLE a (id bigint)"]);
    assert.deepEqual(empty!.up.statements, []);
    assert.deepEqual(await statementsOf(last!.up), ["VACUUM a", "REINDEX TABLE CONCURRENTLY a"]);
    assert.deepEqual(last!.down!.statements, []);
    assert.equal(last!.down!.path, "valid_flat/10_renamed.down.sql");
  });

  it("takes a set in which nothing has a way back as one that only goes forward", async () => {
    const { definitions } = await load("valid_forward_only");
    assert.deepEqual(definitions.map(({ down }) => down), [undefined, undefined]);
  });

  it("runs a concurrent build outside a transaction on the way down too", async () => {
    const [, drop] = (await load("valid_flat_concurrent_down")).definitions;
    assert.deepEqual([drop!.up.transaction, drop!.down!.transaction], ["none", "none"]);
    assert.equal(drop!.down!.statements[0]!.concurrentIndex!.name, "a_id");
  });
});
