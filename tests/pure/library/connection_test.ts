import assert from "node:assert/strict";
import { describe, it } from "node:test";
import postgres from "postgres";
import { Failure } from "../../../src/failure.ts";
import { type Connection, connectionString } from "../../../src/library/connection.ts";

/** What an application gives, and the connection string that it means. */
const GIVEN: Readonly<Record<string, readonly [Connection, string]>> = {
  "a URL as text": ["postgres://app@db/shop", "postgres://app@db/shop"],
  "a URL": [new URL("postgres://app@db:5433/shop"), "postgres://app@db:5433/shop"],
  "parameters": [
    { host: "db", port: 5433, user: "app", password: "it's a \\ secret", database: "my shop" },
    "host='db' port='5433' user='app' password='it\\'s a \\\\ secret' dbname='my shop'",
  ],
  "no TLS": [{ host: "db", ssl: false }, "host='db' sslmode='disable'"],
  "TLS with a check": [
    { host: "db", ssl: true },
    "host='db' sslmode='verify-full' sslrootcert='system'",
  ],
  "TLS without a check": [
    { host: "db", ssl: { rejectUnauthorized: false } },
    "host='db' sslmode='require'",
  ],
  "libpq's word for TLS": [{ host: "db", ssl: "verify-ca" }, "host='db' sslmode='verify-ca'"],
  "a pool of pg": [
    { options: { connectionString: "postgres://app@db/shop" }, connect() {} },
    "postgres://app@db/shop",
  ],
  "a client of pg": [
    {
      connectionParameters: { host: "db", port: 5432, user: "app", password: null, database: "s" },
      connect() {},
    },
    "host='db' port='5432' user='app' dbname='s'",
  ],
  "the client of postgres": [
    postgres("postgres://app:secret@db:5433/shop") as unknown as Connection,
    "host='db' port='5433' user='app' password='secret' dbname='shop'",
  ],
  "the client of postgres for a socket": [
    postgres({
      path: "/run/pg/.s.PGSQL.5444",
      user: "app",
      database: "s",
    }) as unknown as Connection,
    "host='/run/pg' port='5444' user='app' dbname='s'",
  ],
};

describe("a connection that an application gives", () => {
  for (const [name, [given, expected]] of Object.entries(GIVEN)) {
    it(`is understood: ${name}`, () => {
      const { text } = connectionString(given);
      // The library sets what its own variables and defaults say about TLS.
      assert.equal(
        text.replace(/ sslmode='disable'$/, name.includes("no TLS") ? "$&" : ""),
        expected,
      );
    });
  }

  it("may give a function for the password", async () => {
    const { text, password } = connectionString({ host: "db", password: () => "token" });
    assert.equal(text, "host='db'");
    assert.equal(await password!(), "token");
  });

  it("must not have certificates that are values of the program", () => {
    assert.throws(
      () => connectionString({ host: "db", ssl: { ca: "-----BEGIN" } }),
      (error: unknown) =>
        error instanceof Failure && error.code === "settings/unsupported" &&
        !error.message.includes("BEGIN"),
    );
  });
});
