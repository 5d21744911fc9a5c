import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Definition } from "../../../src/definition/migration/definition.ts";
import type { Finding } from "../../../src/lint/finding.ts";
import { lintMigrations, readLintedScripts } from "../../../src/lint/lint_migrations.ts";
import { measureMigrations } from "../../../src/lint/measure/measure_migrations.ts";
import { embeddedScratch } from "../../../src/shadow/scratch_database.ts";
import { definitionOf } from "../../support/lint.ts";

/** SQL whose text says nothing; `T` is a table (id, a, b) with rows, `R` one that it may reference. */
const CASES: readonly (readonly [sql: string, code: string])[] = [
  [
    "DO $$ DECLARE s text := reverse('tnigib EPYT a RETLA T ELBAT RETLA'); BEGIN EXECUTE s; END $$",
    "measured-rewrite",
  ],
  [
    "DO $$ DECLARE s text := 'ALTER TABLE T ADD c uuid DEFAULT gen_random_uuid()'; BEGIN EXECUTE s; END $$",
    "measured-rewrite",
  ],
  [
    "DO $$ DECLARE s text := 'ALTER TABLE T ADD c bigserial'; BEGIN EXECUTE s; END $$",
    "measured-rewrite",
  ],
  [
    "DO $$ DECLARE s text := 'ALTER TABLE T SET UNLOGGED'; BEGIN EXECUTE s; END $$",
    "measured-rewrite",
  ],
  [
    "DO $$ DECLARE s text := 'ALTER TABLE T ALTER a SET NOT NULL'; BEGIN EXECUTE s; END $$",
    "measured-scan",
  ],
  [
    "DO $$ DECLARE s text := 'ALTER TABLE T ADD CHECK (a >= 0)'; BEGIN EXECUTE s; END $$",
    "measured-scan",
  ],
  [
    "DO $$ DECLARE s text := 'ALTER TABLE T ADD FOREIGN KEY (id) REFERENCES T (id)'; BEGIN EXECUTE s; END $$",
    "measured-scan",
  ],
  [
    "DO $$ DECLARE s text := 'CREATE INDEX ON T (a)'; BEGIN EXECUTE s; END $$",
    "measured-index-build",
  ],
  [
    "DO $$ DECLARE s text := 'ALTER TABLE T ADD UNIQUE (id, b)'; BEGIN EXECUTE s; END $$",
    "measured-index-build",
  ],
  ["DO $$ DECLARE s text := 'REINDEX TABLE T'; BEGIN EXECUTE s; END $$", "measured-index-build"],
  ["DO $$ DECLARE s text := 'DROP TABLE T'; BEGIN EXECUTE s; END $$", "measured-drop"],
  [
    "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE tablename = 'T' LOOP EXECUTE 'DROP TABLE ' || quote_ident(t) || ' CASCADE'; END LOOP; END $$",
    "drop-table",
  ],
  ["DO $$ DECLARE s text := 'UPDATE T SET a = 0'; BEGIN EXECUTE s; END $$", "measured-change"],
  ["DO $$ DECLARE s text := 'DELETE FROM T'; BEGIN EXECUTE s; END $$", "measured-change"],
  [
    "DO $$ DECLARE s text := 'ALTER TABLE T DROP COLUMN b'; BEGIN EXECUTE s; END $$",
    "measured-lock",
  ],
  ["DO $$ DECLARE s text := 'LOCK TABLE T'; BEGIN EXECUTE s; END $$", "measured-lock"],
  ["DO $$ DECLARE s text := 'TRUNCATE T'; BEGIN EXECUTE s; END $$", "measured-rewrite"],
  ["SELECT alter_it('ALTER TABLE T ALTER a TYPE bigint')", "measured-rewrite"],
  ["CALL run_it('UPDATE T SET a = 0')", "measured-change"],
  [
    "DO $$ DECLARE s text := convert_from(decode('Q1JFQVRFIElOREVYIE9OIFQgKGEp', 'base64'), 'UTF8'); BEGIN EXECUTE s; END $$",
    "measured-index-build",
  ],
];

const NAMES = CASES.map((_, i) => `t${i + 1}`);

/** Runs what it is given, with the table of the case for T. */
const RUNNERS = `
CREATE FUNCTION alter_it(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE $1; END $$;
CREATE PROCEDURE run_it(text) LANGUAGE plpgsql AS $$ BEGIN EXECUTE $1; END $$;`;

describe("what no text shows", () => {
  const findings = new Map<string, readonly Finding[]>();
  before(async () => {
    const tables = NAMES.map((name) =>
      `CREATE TABLE ${name} (id bigint PRIMARY KEY, a integer, b text);`
    );
    const texts = [
      tables.join("\n") + RUNNERS,
      ...CASES.map(([sql], i) => {
        const name = NAMES[i]!;
        return sql.replaceAll(/\bT\b/g, name)
          // What is written backwards or in base64 names its table so, too.
          .replace(`a RETLA ${name} ELBAT`, `a RETLA ${[...name].reverse().join("")} ELBAT`)
          .replace("Q1JFQVRFIElOREVYIE9OIFQgKGEp", btoa(`CREATE INDEX ON ${name} (a)`));
      }),
    ];
    const definitions: Definition[] = [];
    for (const [i, text] of texts.entries()) definitions.push(await definitionOf(text, `${i}.sql`));
    const scripts = await readLintedScripts(definitions);
    const scratch = await embeddedScratch();
    const isLinted = (definition: Definition) => definition !== definitions[0];
    const { measured, ended } = await measureMigrations(scratch, {
      definitions,
      scripts,
      isMeasured: isLinted,
      isOneRelease: false,
      signal: new AbortController().signal,
    });
    await scratch.dispose();
    assert.equal(ended, undefined);
    const linted = lintMigrations({
      definitions,
      scripts,
      measured,
      isLinted,
      leaves: [],
      oldest: 13,
      settings: new Map(),
    });
    for (const [i, { findings: found }] of linted.entries()) findings.set(CASES[i]![0], found);
  });

  for (const [sql, code] of CASES) {
    test(`is measured: ${sql}`, () => {
      const found = findings.get(sql)!.filter(({ severity }) => severity !== "info");
      assert.ok(
        found.some((one) => one.code === code),
        JSON.stringify(found.map((one) => one.code)),
      );
    });
  }
});
