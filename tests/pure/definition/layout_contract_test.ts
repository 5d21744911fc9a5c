import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LayoutName } from "../../../src/definition/migration/definition.ts";
import type { Files } from "../../support/folder.ts";
import { codesAndPlaces, defectsOf, loadFiles } from "./load_files.ts";

/** A migration, before it is written down in a layout. */
interface Draft {
  readonly name: string;
  readonly up: Files[string];
  /** None when there is no file. */
  readonly down?: Files[string];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Only known to the directory layout; elsewhere it is seen from the SQL. */
  readonly createIndexConcurrently?: true;
}

/** How drafts are written down. */
interface Style {
  readonly layout: LayoutName;
  /** How this layout likes its versions. */
  readonly versions: readonly string[];
  /** Another way to write the first of them. */
  readonly again: string;
  /** @param parent Undefined for the root. */
  write(version: string, draft: Draft, parent: string | undefined): Files;
  /** Seen in every set, so that it is told from the others. */
  readonly mark?: Files;
}

function withHeader({ up, metadata = {} }: Draft): Files[string] {
  const header = Object.entries(metadata)
    .map(([key, value]) => `-- migrator: ${key}${value === "true" ? "" : `: ${value}`}\n`).join("");
  return typeof up === "string" && header !== ""
    ? up.replace(/^\uFEFF?/, (bom) => bom + header)
    : up;
}

const flat = (ending: (draft: Draft) => string): Style["write"] => (version, draft) => ({
  [`${version}_${draft.name}${ending(draft)}.up.sql`]: withHeader(draft),
  ...(draft.down === undefined
    ? {}
    : { [`${version}_${draft.name}${ending(draft)}.down.sql`]: draft.down }),
});

const STYLES: readonly Style[] = [
  {
    layout: "directory",
    versions: ["1700000001", "1700000002", "1700000003", "1700000004", "1700000005"],
    again: "01700000001",
    write: (version, draft, parent) => ({
      [`${version}_${draft.name}/up.sql`]: draft.up,
      ...(draft.down === undefined ? {} : { [`${version}_${draft.name}/down.sql`]: draft.down }),
      [`${version}_${draft.name}/metadata.yaml`]: [
        `name: ${draft.name}`,
        `parents: [${parent ?? ""}]`,
        ...Object.entries(draft.metadata ?? {}).map(([key, value]) => `${key}: ${value}`),
        ...(draft.createIndexConcurrently ? ["createIndexConcurrently: true"] : []),
      ].join("\n"),
    }),
  },
  {
    layout: "plain-directory",
    versions: [
      "00000000000000",
      "2017-10-06-234455",
      "20171006234456",
      "2025-01-02-000000-0000",
      "2025-01-02-000000-0001",
    ],
    again: "0",
    write: (version, draft) => ({
      [`${version}_${draft.name}/up.sql`]: withHeader(draft),
      ...(draft.down === undefined ? {} : { [`${version}_${draft.name}/down.sql`]: draft.down }),
    }),
  },
  {
    layout: "golang-migrate",
    versions: ["1", "2", "9", "10", "0011"],
    again: "001",
    write: flat(() => ""),
  },
  {
    layout: "bun",
    versions: [
      "1700000001",
      "1700000002",
      "20170102030405",
      "20170102030406",
      "20250102030405",
    ],
    again: "01700000001",
    mark: { "main.go": 'import "github.com/uptrace/bun/migrate"' },
    write: flat(({ createIndexConcurrently }) => createIndexConcurrently ? "" : ".tx"),
  },
];

const SOUND: Draft = { name: "sound", up: "CREATE TABLE s (id bigint);", down: "DROP TABLE s;" };

const PRODUCT: readonly Draft[] = [
  {
    name: "init",
    up: "\uFEFFBEGIN;\r\nCREATE TABLE a (\r\n  id bigint\r\n);\r\nCOMMIT;\r\n",
    down: "-- gone\nDROP TABLE a;",
  },
  {
    name: "index",
    up: "CREATE INDEX CONCURRENTLY IF NOT EXISTS a_id ON a (id)",
    down: "DROP INDEX CONCURRENTLY IF EXISTS a_id;",
    createIndexConcurrently: true,
  },
  {
    name: "extension",
    up: "CREATE EXTENSION IF NOT EXISTS pg_trgm;",
    down: "",
    metadata: { privileged: "true" },
  },
  {
    name: "slow",
    up: "UPDATE a SET id = 'a;b'::text::bigint;\n\nSELECT 1;",
    down: "-- nothing",
    metadata: { lockTimeout: "5s", statementTimeout: "0", nonIdempotent: "true" },
  },
  { name: "last", up: "DELETE FROM a;", metadata: { irreversible: "the rows are gone" } },
];

function filesOf({ versions, write, mark }: Style, drafts: readonly Draft[]): Files {
  const written = drafts.map((draft, at) => write(versions[at]!, draft, versions[at - 1]));
  return Object.assign({}, mark, ...written);
}

/** The product as a layout gives it, versions being replaced by their places in the order. */
async function described(style: Style): Promise<unknown[]> {
  const set = await loadFiles(filesOf(style, PRODUCT));
  assert.equal(set.layout, style.layout);
  const order = new Map(set.definitions.map(({ version }, at) => [version, at] as const));
  return set.definitions.map(({ name, parents, metadata, up, down }) => ({
    name,
    parents: parents.map((parent) => order.get(parent)),
    metadata,
    scripts: [up, down].map((script) =>
      script && {
        checksum: script.checksum,
        transaction: script.transaction,
        statements: script.statements.map(({ start: _start, end: _end, ...rest }) => rest),
      }
    ),
  }));
}

/** The second of two migrations, and the codes with which it is refused. */
const HOSTILE: Readonly<Record<string, readonly [Partial<Draft>, readonly string[]]>> = {
  "bytes that are no UTF-8": [{ up: new Uint8Array([0x2d, 0x2d, 0xff]) }, [
    "definition/invalid-utf8",
  ]],
  "a NUL": [{ up: "SELECT 1;\0" }, ["definition/nul"]],
  "a command of psql": [{ up: "\\connect other\n" }, ["definition/psql-command"]],
  "COPY FROM stdin": [{ up: "COPY s FROM stdin;\n1\n\\.\n" }, ["definition/copy-from-stdin"]],
  "PREPARE TRANSACTION": [{ up: "SELECT 1;\nPREPARE TRANSACTION 'x';\nSELECT 2;" }, [
    "definition/stray-transaction-control",
  ]],
  "no SQL": [{ up: "CREATE TABEL t ();" }, ["definition/syntax"]],
  "an up that is a link to nowhere": [{ up: { link: "nowhere.sql" } }, ["definition/missing-up"]],
  "a down that is a link to nowhere": [{ down: { link: "nowhere.sql" } }, [
    "definition/missing-down",
  ]],
  "a way back that there is not to be": [{ metadata: { irreversible: "gone" } }, [
    "definition/irreversible-with-down",
  ]],
  "a key that there is not": [{ metadata: { lockTimout: "1s" } }, ["definition/unknown-key"]],
  "a time that is none": [{ metadata: { lockTimeout: "soon" } }, ["definition/wrong-type"]],
  "metadata in a down": [{ down: "-- migrator: privileged\n" }, ["definition/misplaced-header"]],
};

const LARGE = "9223372036854775808";

describe("every layout", () => {
  it("gives the same definitions, checksums and order for the same product", async () => {
    const [first, ...others] = await Promise.all(STYLES.map(described));
    assert.equal(first!.length, PRODUCT.length);
    for (const other of others) assert.deepEqual(other, first);
  });

  for (const style of STYLES) {
    for (const [what, [draft, codes]] of Object.entries(HOSTILE)) {
      it(`refuses ${what}: ${style.layout}`, async () => {
        const files = filesOf(style, [SOUND, { ...SOUND, name: "hostile", ...draft }]);
        assert.deepEqual((await defectsOf(files)).map(({ code }) => code), codes);
      });
    }

    it(`refuses a version that is too large: ${style.layout}`, async () => {
      const files = { ...filesOf(style, [SOUND]), ...style.write(LARGE, SOUND, style.versions[0]) };
      for (const { code } of await defectsOf(files)) {
        assert.equal(code, "definition/version-too-large");
      }
    });

    it(`refuses two migrations of one version and names both: ${style.layout}`, async () => {
      const other = { ...SOUND, name: "other" };
      const files = { ...filesOf(style, [SOUND]), ...style.write(style.again, other, undefined) };
      for (const { code, message } of await defectsOf(files)) {
        assert.equal(code, "definition/duplicate-version");
        assert.match(message, /_other/);
        assert.match(message, /_sound/);
      }
    });

    it(`reads batched migrations beside the others: ${style.layout}`, async () => {
      const files = {
        ...filesOf(style, [SOUND]),
        "background/z.yaml": "table: s\nsql: DELETE FROM s WHERE batch()",
        "background/a.yaml": "table: s\nsql: UPDATE s SET x = 1 WHERE batch()",
        "background/README.md": "ours",
      };
      const { background, definitions } = await loadFiles(files);
      assert.equal(definitions.length, 1);
      assert.deepEqual(background.map(({ name, path }) => [name, path]), [
        ["a", "app/background/a.yaml"],
        ["z", "app/background/z.yaml"],
      ]);
      assert.deepEqual(
        codesAndPlaces(
          await defectsOf({
            ...files,
            "background/a.yaml": "table: s\nsql: |\n  DELETE FROM",
            "background/b.yml": "",
          }),
        ),
        [
          "definition/syntax at background/a.yaml:3:14",
          "definition/malformed-name at background/b.yml",
        ],
      );
    });

    it(`refuses an empty folder: ${style.layout}`, async () => {
      const defects = await defectsOf({ ...style.mark, "README.md": "" });
      assert.deepEqual(defects.map(({ code }) => code), ["definition/empty"]);
    });
  }
});
