/**
 * The readers of other tools' folders: names of files, journals, sections, and Prisma's and Drizzle's
 * metadata.
 *
 * @module
 */

import * as fc from "fast-check";
import type { Tree } from "../../src/definition/layouts/layout.ts";
import { LAYOUT_NAMES, type LayoutName } from "../../src/definition/migration/definition.ts";
import { loadDefinitions } from "../../src/source/load_definitions.ts";
import { failsWell, type Target, target } from "./target.ts";

interface Input {
  /** Undefined: detected. */
  readonly layout: LayoutName | undefined;
  readonly files: Readonly<Record<string, string>>;
}

const NAMES = [
  ..."1_a.up.sql 1_a.down.sql 2_b.sql V1__a.sql V1.1__a.sql U1__a.sql R__view.sql B1__base.sql"
    .split(
      " ",
    ),
  ..."20240101000000_a.sql 20240101000000_a.up.sql 00001_a.sql V9__ V__x 001.sql 0000_a.sql".split(
    " ",
  ),
  ..."atlas.sum migration_lock.toml meta/_journal.json meta/0000_snapshot.json 1_a/up.sql".split(
    " ",
  ),
  ..."1_a/down.sql 1_a/metadata.yaml 20240101000000_a/migration.sql 20240101000000_a/up.sql".split(
    " ",
  ),
  ..."current.sql committed/000001.sql background/a.yaml 1_a.go 1_a.js 1_a.tx.up.sql tern.conf"
    .split(" "),
];

const SECTIONS = [
  ..."-- +goose Up|-- +goose Down|-- +goose StatementBegin|-- +goose StatementEnd|-- +goose NO TRANSACTION"
    .split("|"),
  ..."-- migrate:up|-- migrate:down|-- migrate:up transaction:false|-- +migrate Up|-- +migrate Down"
    .split("|"),
  ..."-- +migrate StatementBegin|---- create above / drop below ----|--! Previous: sha1:x|--! Hash: sha1:y"
    .split("|"),
  ..."-- Up Migration|-- Down Migration|-- atlas:txmode none|--bun:split|-- migrator: transaction: none"
    .split("|"),
  ..."SELECT 1;|CREATE TABLE a (i int);|COMMIT;|${name}|{{ .x }}|:name|'|$$|/*|h1:abc=|name: a"
    .split("|"),
  'provider = "postgresql"',
];

const noise = fc.string({ unit: "binary", maxLength: 8 });
const content = fc.array(
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...SECTIONS, "\n", "\r\n") }, {
    weight: 1,
    arbitrary: noise,
  }),
  { maxLength: 8 },
).map((parts) => parts.join("\n"));
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: noise.map((text) => `${text.replaceAll("/", "")}.sql`) },
);

/** Drizzle's journal: right, nearly right, and any JSON. */
const journal = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.record({
    entries: fc.oneof(
      fc.array(
        fc.oneof(
          fc.record({
            idx: fc.oneof(fc.nat(3), fc.double(), fc.maxSafeInteger()),
            when: fc.oneof(fc.nat(9), fc.double()),
            tag: fc.oneof(fc.constantFrom("0000_a", "1_a", "../x", "", "0000_a\0"), noise),
          }, { requiredKeys: ["tag"] }),
          fc.jsonValue({ maxDepth: 1 }),
        ),
        { maxLength: 3 },
      ),
      fc.jsonValue({ maxDepth: 1 }),
    ),
  }).map((value) => JSON.stringify(value)),
  content,
);

/** A folder in memory. */
function treeOf(files: Readonly<Record<string, string>>): Tree {
  const paths = Object.keys(files);
  return {
    list: (folder) => {
      const prefix = folder === "" ? "" : `${folder}/`;
      const below = paths.filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length).split("/"));
      if (below.length === 0) return Promise.resolve(folder === "" ? [] : undefined);
      const entries = new Map(
        below.map((
          [first = "", ...rest],
        ) => [first, { name: first, isDirectory: rest.length > 0 }]),
      );
      return Promise.resolve([...entries.values()].sort((a, b) => a.name < b.name ? -1 : 1));
    },
    read: (path) => Promise.resolve(files[path] === undefined ? undefined : encoded(files[path])),
  };
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const files = fc.dictionary(name, content, { maxKeys: 8, noNullPrototype: true });

export const LAYOUT_TARGET: Target = target<Input>({
  name: "layout-files",
  inputs: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        layout: fc.option(fc.constantFrom(...LAYOUT_NAMES), { nil: undefined }),
        files,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ files, journal }).map(({ files, journal }) => ({
        layout: "drizzle" as const,
        files: { "0000_a.sql": "SELECT 1;", ...files, "meta/_journal.json": journal },
      })),
    },
  ),
  runs: 200,
  limit: 4_000,
  read: ({ layout, files }) =>
    failsWell(() =>
      loadDefinitions(treeOf(files), {
        database: "app",
        ...(layout === undefined ? {} : { layout }),
      })
    ),
});
