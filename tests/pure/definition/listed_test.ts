import assert from "node:assert/strict";
import { test } from "node:test";
import { listed } from "../../../src/definition/layouts/listed.ts";

const directory = (name: string) => ({ name, isDirectory: true });
const file = (name: string) => ({ name, isDirectory: false });

test("versions are listed by the names of every layout, ascending and once", () => {
  const entries = [
    directory("10_users"),
    directory("9"),
    directory("2017-10-06-234455_name"),
    directory("1650_add_users.d"),
    file("0002_parts.down.sql"),
    file("0002_parts.up.sql"),
    file("20240101000000_hosts.tx.up.sql"),
    // None of these is a migration.
    file("7_notes.sql"),
    file("8"),
    directory("x1_y"),
    directory("5x_y"),
    file("README.md"),
    directory("99999999999999999999_too_large"),
  ];
  assert.deepEqual(listed(entries).map(({ version, name }) => `${version} ${name}`), [
    "2 parts",
    "9 ",
    "10 users",
    "1650 add_users.d",
    "20171006234455 name",
    "20240101000000 hosts",
  ]);
});

test("files without a direction are listed where there are no pairs", () => {
  const entries = [
    file("0002_parts.sql"),
    file("1-bolts.sql"),
    file("3x.up.sql"),
    file("notes.sql"),
  ];
  assert.deepEqual(listed(entries).map(({ version, name }) => `${version} ${name}`), [
    "1 bolts",
    "2 parts",
  ]);
});
