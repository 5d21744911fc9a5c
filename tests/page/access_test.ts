import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type AccessHeaders,
  formTokenOf,
  isKnownHost,
  isSameOrigin,
  rightsOf,
  signInCookie,
} from "../../src/page/access.ts";

const TOKEN = "a-token-that-is-long-enough";

function headers(given: Partial<AccessHeaders> = {}): AccessHeaders {
  return { host: "127.0.0.1:7766", origin: "", site: "", cookie: "", authorization: "", ...given };
}

describe("access to the page", () => {
  test("by an address or a known name, not by a name that was made to lead here", () => {
    for (const host of ["127.0.0.1:7766", "[::1]:7766", "localhost", "10.0.0.7", "db.example:80"]) {
      assert.ok(isKnownHost(host, ["DB.example"]), host);
    }
    for (
      const host of [
        "",
        "evil.example:7766",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "a b",
        ":",
      ]
    ) assert.ok(!isKnownHost(host, ["db.example"]), host);
  });

  test("by a page of this server, or by a program that has the token", () => {
    const own = "http://127.0.0.1:7766";
    const cases: readonly (readonly [Partial<AccessHeaders>, boolean, boolean])[] = [
      [{ site: "same-origin", origin: own }, false, true],
      [{ origin: own }, false, true],
      [{ site: "cross-site", origin: own }, false, false],
      [{ site: "same-site", origin: "http://127.0.0.1:9" }, false, false],
      [{ site: "none" }, false, false],
      [{ origin: "http://evil.example" }, false, false],
      [{ origin: "null" }, false, false],
      [{}, false, false],
      [{}, true, true],
      [{ origin: "http://evil.example" }, true, false],
    ];
    for (const [given, isProgram, expected] of cases) {
      assert.equal(isSameOrigin(headers(given), { isProgram }), expected, JSON.stringify(given));
    }
  });

  test("to change something needs the token, and to read from elsewhere, too", () => {
    const rules = { hosts: [], token: TOKEN, isTokenForReading: false, allowsChanges: true };
    const cookie = `other=1; ${signInCookie(TOKEN).split(";")[0]}`;
    const of = (given: Partial<AccessHeaders>, more = {}) =>
      rightsOf(headers(given), { ...rules, ...more });
    assert.deepEqual(of({}), { mayRead: true, changes: "locked", isProgram: false });
    assert.deepEqual(of({ cookie }), { mayRead: true, changes: "open", isProgram: false });
    assert.deepEqual(of({ cookie: "migrator_page=guessed" }).changes, "locked");
    assert.deepEqual(of({ authorization: `Bearer ${TOKEN}` }), {
      mayRead: true,
      changes: "open",
      isProgram: true,
    });
    assert.equal(of({ authorization: "Bearer guessed" }).changes, "locked");
    assert.equal(of({ cookie }, { allowsChanges: false }).changes, "read-only");
    assert.equal(of({}, { isTokenForReading: true }).mayRead, false);
    assert.equal(of({ cookie }, { isTokenForReading: true }).mayRead, true);
    // What the cookie and the forms carry does not tell the token.
    assert.ok(!cookie.includes(TOKEN) && !formTokenOf(TOKEN).includes(TOKEN));
    assert.match(signInCookie(TOKEN), /HttpOnly; SameSite=Strict$/);
  });
});
