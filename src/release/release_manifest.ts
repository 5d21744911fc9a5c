// Pure.
/**
 * The manifest of a release: what shipped in it, as a file beside the migrations.
 *
 * @module
 */

/** The format that this program writes, and the newest that it reads. */
export const MANIFEST_FORMAT = 1;

/** A release. */
export interface ReleaseManifest {
  /** Its tag. */
  readonly release: string;
  /** The release that it was cut after; undefined for the first one. */
  readonly after: string | undefined;
  /** The oldest release from which one may upgrade to it; undefined: any. */
  readonly from: string | undefined;
  /** Whether every upgrade across it must stop here until its batched migrations are finished. */
  readonly stop: boolean;
  /** By name. */
  readonly databases: ReadonlyMap<string, ShippedDatabase>;
}

/** One database in a release. */
export interface ShippedDatabase {
  /** Ascending. */
  readonly leaves: readonly bigint[];
  readonly migrations: ReadonlyMap<bigint, ShippedMigration>;
  /** Versions of earlier releases that a squash has replaced. Ascending. */
  readonly squashed: readonly bigint[];
  readonly batched: ReadonlyMap<string, ShippedBatched>;
}

/** One migration in a release. */
export interface ShippedMigration {
  readonly name: string;
  /** Ascending. */
  readonly parents: readonly bigint[];
  /** Token checksum of its up script. */
  readonly checksum: string;
}

/** A batched migration that a migration of a release queues. */
export interface ShippedBatched {
  /** The last migration that queues it. */
  readonly queuedBy: bigint;
  /** The migration that finalizes or deletes it; undefined while there is none. */
  readonly finalizedBy: bigint | undefined;
  /** The release that must have a migration which finalizes it, at the latest. */
  readonly finishBy: string | undefined;
}

/** The text of a manifest's file. The same manifest always gives the same text. */
export function manifestText(manifest: ReleaseManifest): string {
  const { release, after, from, stop, databases } = manifest;
  const head = { format: MANIFEST_FORMAT, release, after, from, ...(stop ? { stop } : {}) };
  const fields = Object.entries(head).filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const described = sorted(databases).map(([name, database]) =>
    `    ${JSON.stringify(name)}: ${databaseText(database)}`
  );
  return `{\n${fields.join(",\n")},\n  "databases": {\n${described.join(",\n")}\n  }\n}\n`;
}

function databaseText({ leaves, migrations, squashed, batched }: ShippedDatabase): string {
  const lines = [
    `"leaves": ${JSON.stringify(leaves.map(String))}`,
    `"migrations": ${
      block([...migrations].map(([version, { name, parents, checksum }]) => [
        String(version),
        { name, parents: parents.map(String), checksum },
      ]))
    }`,
    ...(squashed.length > 0 ? [`"squashed": ${JSON.stringify(squashed.map(String))}`] : []),
    ...(batched.size > 0
      ? [
        `"batched": ${
          block(
            sorted(batched).map(([name, { queuedBy, finalizedBy, finishBy }]) => [name, {
              queuedBy: String(queuedBy),
              ...(finalizedBy === undefined ? {} : { finalizedBy: String(finalizedBy) }),
              ...(finishBy === undefined ? {} : { finishBy }),
            }]),
          )
        }`,
      ]
      : []),
  ];
  return `{\n${lines.map((line) => `      ${line}`).join(",\n")}\n    }`;
}

/** An object with one line for each of its keys. */
function block(entries: readonly (readonly [string, unknown])[]): string {
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, value]) =>
    `        ${JSON.stringify(key)}: ${JSON.stringify(value)}`
  );
  return `{\n${lines.join(",\n")}\n      }`;
}

function sorted<T>(entries: ReadonlyMap<string, T>): (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => a < b ? -1 : 1);
}
