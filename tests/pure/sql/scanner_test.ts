import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadModule, scanSync } from "libpg-query";
import { scan } from "../../../src/sql/scanner.ts";
import { cpuSeconds } from "../../support/cpu_seconds.ts";

/** The tokens that PostgreSQL's own scanner finds. */
function reference(text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  return scanSync(text).tokens
    .filter(({ tokenName }) => !tokenName.endsWith("COMMENT"))
    .map(({ start, end }) => new TextDecoder().decode(bytes.subarray(start, end)));
}

function tokensOf(text: string): string[] {
  return [...scan(text)].map(({ start, end }) => text.slice(start, end));
}

describe("scan", () => {
  const texts: readonly string[] = [
    "SELECT a.b, c::text, t.*, x [1:2], y.. z := 1;",
    "SELECT 1, 1.5, .5, 1., 1e10, 1.5e-3, 0x1F, 0b01, 0o17, 1_000, 1..10",
    "SELECT 'a', 'it''s', '\\', E'\\'', e'a\\\\', E'it''s \\' x'",
    "SELECT B'01', x'1F', n'a', U&'\\0041' UESCAPE '!', u&\"d\\0061t\"",
    "SELECT 'a'\n  'b', 'c' -- comment\n , 'e' 'f', 'g'\r\n\t\n'h'",
    "SELECT E'a'\n'b\\'c', 'x' /* no continuation\n */ 'y'",
    'SELECT "A""b", "x\'y", "--"',
    "SELECT $$a;b$$, $x$ $$ $y$ $x$, $é$ $é$, $1, $_a1$'$_a1$",
    "SELECT a$b, _x, größe, 😀",
    "/* a /* nested ' */ -- */ SELECT -- it's\n 1 --",
    "SELECT 1+-1, a=-1, a<>b, a!=b, a<=b, a=>b, a->>'x', a#>>b, @-1, ~-1, a|/-b, 5 %-3, *+-",
    "SELECT a*/* c */b, a--b\n, a+--b\n c, a/b, !!=-, <->, @@@, ?|, a<-b, a^-b",
    "SELECT ':x', :x, a:b, a:=b, a;;b",
    "\tSELECT\f1\r\n",
    "select E'\\\\' 'x', N'a'\n'b', eE'x', b, x, u, U & 1, e",
    "",
    "-- nothing",
  ];
  it("finds the tokens that PostgreSQL's scanner finds", async () => {
    await loadModule();
    for (const text of texts) {
      assert.deepEqual(tokensOf(text), text === "" ? [] : reference(text), text);
    }
  });

  it("takes control characters in a literal, which break the library's scanner", () => {
    assert.deepEqual(tokensOf("SELECT '\u0001\b', 1"), ["SELECT", "'\u0001\b'", ",", "1"]);
  });

  it("ends when a text does, whatever is open", () => {
    for (const open of ["'a", "E'a\\", '"a', "$$a", "$x$ $y$", "/* /* */", "--", "$", "E'"]) {
      const last = [...scan(`SELECT ${open}`)].at(-1)!;
      assert.ok(last.end <= `SELECT ${open}`.length);
    }
  });

  it("takes a megabyte of rows as it comes", () => {
    const text = "INSERT INTO t VALUES (1)" + ",(2,'bbb')".repeat(100_000);
    const seconds = cpuSeconds(() => assert.equal([...scan(text)].length, 7 + 600_000));
    // A hundred times what it takes, and a fraction of what it would if each token cost the text.
    assert.ok(seconds < 20, `${seconds} s`);
  });
});
