import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConnectionString } from "../../../src/connection/settings/connection_string.ts";
import { Failure } from "../../../src/failure.ts";

function parameters(text: string): Readonly<Record<string, string>> {
  const parsed = parseConnectionString(text, "--database-url");
  assert.equal(parsed.kind, "server");
  return parsed.kind === "server" ? parsed.parameters : {};
}

function failure(text: string): Failure {
  try {
    parseConnectionString(text, "--database-url");
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return assert.fail("nothing was thrown");
}

type Case = readonly [text: string, expected: Readonly<Record<string, string>>];

const URIS: readonly Case[] = [
  ["postgresql://", {}],
  ["postgres:///", {}],
  ["postgresql://localhost", { host: "localhost" }],
  ["postgresql://localhost:5433", { host: "localhost", port: "5433" }],
  ["postgresql://localhost/mydb", { host: "localhost", dbname: "mydb" }],
  ["postgresql://user@localhost", { user: "user", host: "localhost" }],
  ["postgresql://u:secret@localhost", { user: "u", password: "secret", host: "localhost" }],
  ["postgresql://u@h/otherdb?connect_timeout=10", {
    user: "u",
    host: "h",
    dbname: "otherdb",
    connect_timeout: "10",
  }],
  ["postgresql://host1:123,host2:456/db", { host: "host1,host2", port: "123,456", dbname: "db" }],
  ["postgresql://a,b:1", { host: "a,b", port: ",1" }],
  ["postgresql://a,b", { host: "a,b", port: "," }],
  ["postgresql:///mydb?host=localhost&port=5433", {
    dbname: "mydb",
    host: "localhost",
    port: "5433",
  }],
  ["postgresql://[2001:db8::1234]/database", { host: "2001:db8::1234", dbname: "database" }],
  ["postgresql://[::1]:5433,[::2]?user=u", { host: "::1,::2", port: "5433,", user: "u" }],
  ["postgresql:///dbname?host=/var/lib/postgresql", {
    dbname: "dbname",
    host: "/var/lib/postgresql",
  }],
  ["postgresql://%2Fvar%2Flib%2Fpostgresql/dbname", {
    host: "/var/lib/postgresql",
    dbname: "dbname",
  }],
  ["postgresql://user@localhost:5433/mydb?options=-c%20synchronous_commit%3Doff", {
    user: "user",
    host: "localhost",
    port: "5433",
    dbname: "mydb",
    options: "-c synchronous_commit=off",
  }],
  ["postgres://u:p%40s%3A%2F%25@h", { user: "u", password: "p@s:/%", host: "h" }],
  ["postgres://u:a:b@h", { user: "u", password: "a:b", host: "h" }],
  ["postgres://u:a?b@h/d", { user: "u", password: "a?b", host: "h", dbname: "d" }],
  ["postgres://:@h", { host: "h" }],
  ["postgres://u:@h/", { user: "u", host: "h" }],
  ["postgres://h?", { host: "h" }],
  ["postgres://h?ssl=true", { host: "h", sslmode: "require" }],
  ["postgres://h:1?port=2&port=3", { host: "h", port: "3" }],
  ["postgres://h/?sslmode=require&", { host: "h", sslmode: "require" }],
  ["postgres://h/?user=", { host: "h", user: "" }],
  ["postgres://h/ db ", { host: "h", dbname: "db" }],
  ["postgres://h/d%C3%BC", { host: "h", dbname: "dü" }],
  ["postgres://h/a/b", { host: "h", dbname: "a/b" }],
];

const KEYWORDS: readonly Case[] = [
  ["host=localhost port=5432 dbname=mydb connect_timeout=10", {
    host: "localhost",
    port: "5432",
    dbname: "mydb",
    connect_timeout: "10",
  }],
  ["  host = h\n\tuser\t=  u ", { host: "h", user: "u" }],
  ["password='two words' host=h", { password: "two words", host: "h" }],
  [String.raw`password='it\'s \\' host=h`, { password: "it's \\", host: "h" }],
  [String.raw`password=a\ b\'c host=h`, { password: "a b'c", host: "h" }],
  ["password=a'b host=h", { password: "a'b", host: "h" }],
  ["password='' host=h", { password: "", host: "h" }],
  ["password='a'host=h", { password: "a", host: "h" }],
  ["password= host=h", { password: "host=h" }],
  ["host=a host=b", { host: "b" }],
  ["options='-c a=b'", { options: "-c a=b" }],
  ["host=::1", { host: "::1" }],
  ["user=a password=b=c", { user: "a", password: "b=c" }],
];

const CANARY = "hunter2";

const UNREADABLE: readonly (readonly [text: string, reason: RegExp])[] = [
  [`postgres://u:${CANARY}@more@h/db`, /unencoded "@"/],
  [`postgres://u:${CANARY}/more@h/db`, /unencoded "@"/],
  [`postgres://u:${CANARY}%zz@h/db`, /its password has a "%"/],
  [`postgres://u:${CANARY}%@h/db`, /its password has a "%"/],
  [`postgres://u:${CANARY}%00@h/db`, /its password has %00/],
  [`postgres://u:${CANARY}%ff@h/db`, /its password is not UTF-8/],
  [`postgres://u:${CANARY} more@h/db`, /its password has a blank/],
  [`postgres://u:${CANARY}@[::1/db`, /no closing/],
  [`postgres://u:${CANARY}@[]/db`, /is empty/],
  [`postgres://u:${CANARY}@[::1]x/db`, /followed by something else/],
  [`postgres://h?password=${CANARY}&user`, /no "="/],
  [`postgres://h?password=${CANARY}=x`, /more than one "="/],
  [`mysql://u:${CANARY}@h/db?x=1`, /begins with mysql:/],
  [`password=${CANARY} 12`, /second of its pairs has no "="/],
  [`user=u password='${CANARY}`, /not closed/],
  [CANARY, /neither a URL nor a keyword string/],
  ["pglite:", /not followed by a path/],
  ["pglite://data", /not followed by a path/],
];

const UNKNOWN: readonly (readonly [text: string, hint: RegExp])[] = [
  ["postgres://h?sslmod=require", /Did you mean sslmode\?/],
  ["postgres://h?ssl=1", /sslmode=require/],
  ["postgres://h?currentSchema=app", /search_path/],
  ["postgres://h?pgbouncer=true", /another driver/],
  ["postgres://h?statement_timeout=5", /options=-c/],
  ["hots=h", /Did you mean host\?/],
  ["database=shop host=h", /dbname/],
];

describe("a connection string", () => {
  for (const [text, expected] of [...URIS, ...KEYWORDS]) {
    test(`${JSON.stringify(text)} is read as libpq reads it`, () => {
      assert.deepEqual({ ...parameters(text) }, expected);
    });
  }

  for (const [text, reason] of UNREADABLE) {
    test(`${JSON.stringify(text)} is refused without being quoted`, () => {
      const { code, message, hint } = failure(text);
      assert.equal(code, "settings/unreadable-url");
      assert.match(message, reason);
      assert.match(message, /^--database-url cannot be read: /);
      assert.doesNotMatch(`${message} ${hint}`, new RegExp(CANARY));
    });
  }

  for (const [text, hint] of UNKNOWN) {
    test(`${JSON.stringify(text)} has an unknown parameter, with advice`, () => {
      const found = failure(text);
      assert.equal(found.code, "settings/unknown-parameter");
      assert.match(found.hint ?? "", hint);
    });
  }

  test("pglite:memory and pglite:PATH are embedded databases", () => {
    const memory = parseConnectionString("pglite:memory", "x");
    const directory = parseConnectionString("pglite:./data", "x");
    assert.deepEqual(memory, { kind: "embedded", directory: undefined });
    assert.deepEqual(directory, { kind: "embedded", directory: "./data" });
  });
});
