import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { label, redactText } from "../../../src/connection/settings/redact.ts";
import { Secret } from "../../../src/connection/settings/settings.ts";
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

  test("hides known secrets, also percent-encoded, the longer first", () => {
    const secrets = [new Secret("p@"), new Secret("p@ss"), undefined, new Secret("")];
    assert.equal(redactText("a p@ss b p%40ss c", secrets), "a *** b *** c");
  });

  test("leaves everything else alone", () => {
    const text = "no pg_hba.conf entry for host, user app at 10:30 postgres://app@h:5432/shop";
    assert.equal(redactText(text), text);
  });
});
