import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SyntaxProblem } from "../../../src/sql/parser.ts";
import { parseStatements } from "../../../src/sql/script_statements.ts";

async function split(text: string): Promise<string[]> {
  return (await parseStatements(text)).map(({ start, end }) => text.slice(start, end));
}

describe("parseStatements", () => {
  const cases: readonly [string, string, string[]][] = [
    ["finds none in nothing", "", []],
    ["finds none in comments", "-- a\n/* b */ ;; ;", []],
    [
      "leaves out comments around a statement and keeps those inside",
      "-- a\nSELECT /* b */ 1 /* c */ ; -- d\n/* e */ SELECT 2 -- f\n",
      ["SELECT /* b */ 1", "SELECT 2"],
    ],
    [
      "counts characters, not bytes",
      "/* é€😀 */ SELECT 'é€😀' ; SELECT \"Ü😀\", 'x';",
      ["SELECT 'é€😀'", "SELECT \"Ü😀\", 'x'"],
    ],
    [
      "leaves semicolons inside bodies and literals alone",
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;" +
      "DO $x$ BEGIN; $x$; SELECT ';'",
      [
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END",
        "DO $x$ BEGIN; $x$",
        "SELECT ';'",
      ],
    ],
    [
      "keeps the statements of a rule together",
      "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
      ["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"],
    ],
    ["takes control characters in literals", "SELECT '\u0001';\r\nSELECT 2", [
      "SELECT '\u0001'",
      "SELECT 2",
    ]],
  ];
  for (const [name, text, expected] of cases) {
    it(name, async () => assert.deepEqual(await split(text), expected));
  }

  it("says where a text stops being SQL", async () => {
    await assert.rejects(parseStatements("SELECT '😀'; SELEC 1"), (error) => {
      assert.ok(error instanceof SyntaxProblem);
      assert.equal(error.offset, "SELECT '😀'; ".length);
      return true;
    });
  });

  it("says so when a text nests too deep, and goes on working", async () => {
    const deep = `SELECT ${"(1+".repeat(100_000)}1${")".repeat(100_000)}`;
    await assert.rejects(parseStatements(deep), SyntaxProblem);
    assert.deepEqual(await split("SELECT 1"), ["SELECT 1"]);
  });

  it("takes a literal of 64 MB", async () => {
    const text = `SELECT '${"é".repeat(32 * 1024 * 1024)}'; SELECT 2`;
    const [first, second] = await parseStatements(text);
    assert.equal(first!.end, text.length - "; SELECT 2".length);
    assert.equal(text.slice(second!.start, second!.end), "SELECT 2");
  });
});

describe("the index of CREATE INDEX CONCURRENTLY", () => {
  const long = "é".repeat(40);
  const cases: readonly [string, Record<string, unknown>, string][] = [
    [
      "CREATE INDEX CONCURRENTLY i ON t (a)",
      { name: "i", schema: undefined, table: "t", unique: false, ifNotExists: false },
      " (a)",
    ],
    [
      'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I é" ON s . "T.x" USING btree (a) WHERE b',
      { name: "I é", schema: "s", table: "T.x", unique: true, ifNotExists: true },
      " USING btree (a) WHERE b",
    ],
    [
      "CREATE INDEX CONCURRENTLY ON ONLY d.s.t/* c */(a)",
      { name: undefined, schema: "s", table: "t", unique: false, ifNotExists: false },
      "/* c */(a)",
    ],
    [
      "CREATE INDEX CONCURRENTLY i ON t * (a)",
      { name: "i", schema: undefined, table: "t", unique: false, ifNotExists: false },
      " (a)",
    ],
    [
      "CREATE INDEX CONCURRENTLY i ON ONLY (s.t) USING gin (a)",
      { name: "i", schema: "s", table: "t", unique: false, ifNotExists: false },
      " USING gin (a)",
    ],
    [
      `CREATE INDEX CONCURRENTLY ${long} ON U&"d!0061t" UESCAPE '!' (a)`,
      { name: "é".repeat(31), schema: undefined, table: "dat", unique: false, ifNotExists: false },
      " (a)",
    ],
  ];
  for (const [sql, expected, rest] of cases) {
    it(`is understood in ${sql}`, async () => {
      const text = `/* é😀 */ SELECT 'é'; ${sql}`;
      const [, statement] = await parseStatements(text);
      const { tail, ...index } = statement!.concurrentIndex!;
      assert.deepEqual(index, expected);
      assert.equal(text.slice(tail), rest);
    });
  }

  it("is not there for any other statement", async () => {
    const statements = await parseStatements("CREATE INDEX i ON t (a); DROP INDEX CONCURRENTLY i");
    assert.deepEqual(statements.map((statement) => statement.concurrentIndex), [
      undefined,
      undefined,
    ]);
  });
});

describe("parseStatements, piece by piece", () => {
  const TEXT = `-- é€😀
    CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT (2); SELECT 3; END;
    CREATE RULE r AS ON INSERT TO t DO (SELECT '😀'; SELECT 2); ; ;
    DO $x$ BEGIN; END; $x$; CREATE INDEX CONCURRENTLY "ü;" ON only_t (a); SELECT ';' -- ;
    ;SELECT (1;`;
  const VALID = TEXT.replace(/SELECT \(1;$/, "SELECT (1)");

  it("gives the same statements, whatever the size of a piece", async () => {
    const facts = async (piece: number) =>
      (await parseStatements(VALID, { piece })).map((statement) => [
        VALID.slice(statement.start, statement.end),
        Object.keys(statement.node)[0],
        statement.tokens.length,
        statement.concurrentIndex,
      ]);
    const whole = await facts(Infinity);
    assert.equal(whole.length, 6);
    for (let piece = 1; piece < 120; piece++) assert.deepEqual(await facts(piece), whole);
  });

  it("says where a text stops being SQL, whatever the size of a piece", async () => {
    for (const piece of [1, 20, 100, 200, Infinity]) {
      await assert.rejects(parseStatements(TEXT, { piece }), (error) => {
        assert.ok(error instanceof SyntaxProblem);
        return error.offset === TEXT.length - 1;
      });
    }
  });

  it("keeps only the kind of statements that move data, if asked", async () => {
    const text = "INSERT INTO t VALUES (1); INSERT INTO t VALUES (nextval('s')); SELECT 1; " +
      "UPDATE t SET a = (SELECT set_config('a', 'b', false)); SELECT 1 INTO u; DROP TABLE t";
    const nodes = (await parseStatements(text, { withoutData: true })).map(({ node }) => node);
    const sizes = nodes.map((node) => Object.keys(Object.values(node)[0] as object).length > 0);
    assert.deepEqual(sizes, [false, true, false, true, true, true]);
  });
});
