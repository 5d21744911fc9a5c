import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  label,
  redactAll,
  redactProse,
  redactServerText,
  redactText,
} from "../../../src/connection/settings/redact.ts";
import { Secret } from "../../../src/connection/settings/secret.ts";
import { server } from "./server_settings.ts";

const CANARY = "hunter2";

describe("label()", () => {
  for (
    const [hosts, expected] of [
      [[{ host: "db", port: 5432 }], "postgres://app@db:5432/shop"],
      [[{ host: "::1", port: 5433 }], "postgres://app@[::1]:5433/shop"],
      [[{ host: "a", port: 1 }, { host: "b", port: 2 }], "postgres://app@a:1,b:2/shop"],
      [[{ host: "/run", port: 5432 }], "postgres://app@/shop?host=/run"],
      [[{ host: "/run", port: 5433 }], "postgres://app@/shop?host=/run&port=5433"],
    ] as const
  ) {
    test(`names ${expected}`, () => {
      assert.equal(label(server({ hosts, passwords: [new Secret(CANARY)] })), expected);
    });
  }

  test("names embedded databases as they are written", () => {
    assert.equal(label({ kind: "embedded", directory: undefined }), "pglite:memory");
    assert.equal(label({ kind: "embedded", directory: "./data" }), "pglite:./data");
  });
});

describe("redactText()", () => {
  for (
    const text of [
      `connect postgres://u:${CANARY}@h/db failed`,
      `connect postgres://u:${CANARY}@a@h/db failed`,
      `connect host=h password=${CANARY} failed`,
      `connect host=h password = '${CANARY} it\\'s' failed`,
      `postgres://h/db?sslpassword=${CANARY}&user=u`,
    ]
  ) {
    test(`hides the password of ${JSON.stringify(text)} without knowing it`, () => {
      assert.doesNotMatch(redactText(text), new RegExp(CANARY));
      assert.match(redactText(text), /\*\*\*/);
    });
  }

  for (const path of [`postgres:/u:${CANARY}@h/db/shop/1_a/up.sql`, `mysql://u:${CANARY}@h`]) {
    test(`hides the password of a URL that became ${JSON.stringify(path)}`, () => {
      assert.doesNotMatch(redactText(path), new RegExp(CANARY));
    });
  }

  test("leaves everything else alone", () => {
    const text = "no pg_hba.conf entry for host, user app at 10:30 postgres://app@h:5432/shop";
    assert.equal(redactText(text), text);
  });
});

describe("redactServerText()", () => {
  test("hides every secret that the process holds, also percent-encoded, the longer first", () => {
    const secrets = [new Secret("pw@1"), new Secret("pw@1ss"), new Secret("")];
    assert.equal(redactServerText("a pw@1ss b pw%401ss c xpw@1x"), "a *** b *** c x***x");
    assert.equal(String(secrets[0]), "***");
  });

  test("hides a short secret only where it is a word", () => {
    const secret = new Secret("q7");
    assert.equal(redactServerText('role "q7" q7x xq7 (q7)'), 'role "***" q7x xq7 (***)');
    assert.equal(secret.toJSON(), "***");
  });

  test("hides the password of a statement that the server quotes", () => {
    assert.equal(
      redactServerText(`SQL statement "ALTER ROLE a PASSWORD '${CANARY}''x' LOGIN"`),
      `SQL statement "ALTER ROLE a PASSWORD *** LOGIN"`,
    );
  });

  test("is applied to every field of an error that is prose, and to nothing else", () => {
    const url = `postgres://u:${CANARY}@h`;
    const error = {
      sqlstate: "42601",
      message: url,
      detail: url,
      hint: url,
      where: url,
      table: "t",
    };
    const hidden = "postgres://u:***@h";
    assert.deepEqual(redactProse(error), {
      ...error,
      message: hidden,
      detail: hidden,
      hint: hidden,
      where: hidden,
    });
  });
});

describe("redactAll()", () => {
  test("goes through arrays and plain objects, and leaves other values", () => {
    const date = new Date(0);
    assert.deepEqual(redactAll({ a: [`postgres://u:${CANARY}@h`], b: { c: 1n }, date, n: null }), {
      a: ["postgres://u:***@h"],
      b: { c: 1n },
      date,
      n: null,
    });
  });
});
