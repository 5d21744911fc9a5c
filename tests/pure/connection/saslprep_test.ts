import assert from "node:assert/strict";
import { test } from "node:test";
import { encodePassword } from "../../../src/connection/postgres/password_encoding.ts";
import { saslprep } from "../../../src/connection/postgres/saslprep.ts";
import { Secret } from "../../../src/connection/settings/secret.ts";

/** The examples of RFC 4013, and what PostgreSQL takes as it is because preparing it is prohibited. */
const FORMS: readonly (readonly [given: string, prepared: string])[] = [
  ["", ""],
  ["pencil \u0007", "pencil \u0007"],
  ["I\u00ADX", "IX"],
  ["USER", "USER"],
  ["\u00AA", "a"],
  ["\u2168", "IX"],
  ["a\u00A0b\u3000c", "a b c"],
  ["\u0007\u00AA", "\u0007\u00AA"],
  ["\uE000\u00AA", "\uE000\u00AA"],
  ["\u{1F511}\u00AA", "\u{1F511}\u00AA"],
  ["\u00AD", "\u00AD"],
  ["\u06271", "\u06271"],
  ["\u06271\uFE8D", "\u06271\u0627"],
  ["\u0627\u00AA\u0627", "\u0627\u00AA\u0627"],
];

test("a password is prepared as RFC 4013 and PostgreSQL have it", () => {
  for (const [given, prepared] of FORMS) {
    assert.equal(saslprep(given), prepared, JSON.stringify(given));
  }
});

test("only for SCRAM is a password prepared", () => {
  const asks = (kind: number) => new Uint8Array([0x52, 0, 0, 0, 8, 0, 0, 0, kind]);
  const password = new Secret("\u2168");
  const forms = [3, 5, 10, 11].map((kind) => encodePassword(asks(kind), password));
  assert.deepEqual(forms, ["\u2168", "\u2168", "IX", "IX"]);
  assert.equal(encodePassword(new Uint8Array(), password), "\u2168");
  assert.equal(encodePassword(asks(10), undefined), "");
});
