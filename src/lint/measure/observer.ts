/**
 * Reads, before and after each statement of a transaction, what it has locked, rewritten, scanned and
 * indexed.
 *
 * @module
 */

import type { Row, Session } from "../../connection/session/session.ts";
import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import { LOCK_MODES, type LockMode, type Observation } from "./observation.ts";

/** Relations of users have oids from here on (FirstNormalObjectId). */
const FIRST_OID = 16384;

const COLUMNS = `
  c.oid::pg_catalog.text AS oid,
  n.nspname AS schema,
  c.relname AS name,
  c.relkind AS kind,
  c.relfilenode::pg_catalog.text AS file,
  i.indrelid::pg_catalog.text AS indexed`;

/**
 * What the session has counted and not reported yet. That includes earlier transactions, so only differences
 * say something.
 */
const counters = (oid: string) => `
  pg_catalog.pg_stat_get_xact_numscans(${oid}) AS scans,
  pg_catalog.pg_stat_get_xact_tuples_returned(${oid}) AS rows_read,
  pg_catalog.pg_stat_get_xact_tuples_inserted(${oid})
    OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_updated(${oid})
    OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_deleted(${oid}) AS rows_written`;

/** All relations of users. */
const EVERY_RELATION = `
SELECT ${COLUMNS},
  ${counters("c.oid")}
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
WHERE c.oid OPERATOR(pg_catalog.>=) ${FIRST_OID}::pg_catalog.oid
  AND n.nspname OPERATOR(pg_catalog.<>) 'pg_toast'`;

/** The relations that the session has locked; a dropped one has an oid and nothing else. */
const LOCKED_RELATIONS = `
SELECT locked.oid::pg_catalog.text AS locked, locked.modes, ${COLUMNS},
  ${counters("locked.oid")}
FROM (
  SELECT relation AS oid, pg_catalog.string_agg(DISTINCT mode, ',') AS modes
  FROM pg_catalog.pg_locks
  WHERE locktype OPERATOR(pg_catalog.=) 'relation'
    AND pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
    AND granted
    AND database OPERATOR(pg_catalog.=) (
      SELECT oid FROM pg_catalog.pg_database
      WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
    AND relation OPERATOR(pg_catalog.>=) ${FIRST_OID}::pg_catalog.oid
  GROUP BY relation
) AS locked
LEFT JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) locked.oid
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid`;

interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly file: string;
  /** The oid of the table, for an index. */
  readonly indexed: string | null;
}

interface Reading {
  readonly modes: readonly LockMode[];
  readonly scans: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

const NOTHING: Reading = { modes: [], scans: 0, rowsRead: 0, rowsWritten: 0 };

/** Observes one transaction. */
export class Observer {
  readonly #session: Session;
  readonly #relations: Map<string, Relation>;
  readonly #old: ReadonlySet<string>;
  #before: ReadonlyMap<string, Reading>;

  private constructor(
    session: Session,
    { relations, before, old }: {
      readonly relations: Map<string, Relation>;
      readonly before: ReadonlyMap<string, Reading>;
      readonly old: ReadonlySet<string>;
    },
  ) {
    this.#session = session;
    this.#relations = relations;
    this.#before = before;
    this.#old = old;
  }

  /**
   * Begins to observe; to be called in the transaction, before its first statement.
   *
   * @param old The oids of the relations that count as old; undefined: all that are there.
   */
  static async begin(session: Session, old?: ReadonlySet<string>): Promise<Observer> {
    const { rows } = await session.query(EVERY_RELATION);
    const relations = new Map(rows.map((row) => [row["oid"]!, relationOf(row)]));
    const before = new Map(rows.map((row) => [row["oid"]!, readingOf(row)]));
    return new Observer(session, { relations, before, old: old ?? new Set(relations.keys()) });
  }

  /** The oids of the relations that are there. */
  static async oids(session: Session): Promise<ReadonlySet<string>> {
    const { rows } = await session.query(EVERY_RELATION);
    return new Set(rows.map((row) => row["oid"]!));
  }

  /** What was done since the last call, by relation. */
  async observe(): Promise<readonly Observation[]> {
    const { rows } = await this.#session.query(LOCKED_RELATIONS);
    const after = new Map(rows.map((row) => [row["locked"]!, readingOf(row)]));
    const files = new Set([...this.#relations.values()].map(({ file }) => file));
    const built = new Map<string, string[]>();
    for (const row of rows.filter(({ kind }) => kind === "i")) {
      const index = relationOf(row);
      // ALTER COLUMN TYPE gives an index that it need not build a new oid, and the old file.
      if (files.has(index.file)) continue;
      built.set(index.indexed!, [...built.get(index.indexed!) ?? [], index.name]);
    }
    const observations = rows.flatMap((row): readonly Observation[] => {
      const oid = row["locked"]!;
      const known = this.#relations.get(oid);
      const relation = row["oid"] === null ? known : relationOf(row);
      if (relation === undefined || !TABLES.includes(relation.kind)) return [];
      const [reading, before] = [after.get(oid)!, this.#before.get(oid) ?? NOTHING];
      const taken = reading.modes.filter((mode) => !before.modes.includes(mode));
      const strongest = (modes: readonly LockMode[]) =>
        LOCK_MODES.findLast((mode) => modes.includes(mode));
      const observation: Observation = {
        relation: qualified(relation),
        schema: relation.schema,
        name: relation.name,
        kind: relation.kind,
        mode: strongest(taken),
        held: strongest(reading.modes),
        isRewritten: known !== undefined && row["oid"] !== null && known.file !== relation.file,
        scans: Math.max(0, reading.scans - before.scans),
        rowsRead: Math.max(0, reading.rowsRead - before.rowsRead),
        rowsWritten: Math.max(0, reading.rowsWritten - before.rowsWritten),
        indexes: built.get(oid) ?? [],
        isDropped: row["oid"] === null && known !== undefined,
        isOld: this.#old.has(oid),
      };
      return isNothing(observation) ? [] : [observation];
    });
    for (const row of rows) {
      if (row["oid"] === null) this.#relations.delete(row["locked"]!);
      else this.#relations.set(row["oid"]!, relationOf(row));
    }
    this.#before = new Map([...this.#before, ...after]);
    return observations;
  }
}

/** Tables, partitioned tables, views, materialized views, foreign tables. */
const TABLES = "rpvmf";

function isNothing(
  { mode, isRewritten, scans, rowsWritten, indexes, isDropped }: Observation,
): boolean {
  return mode === undefined && !isRewritten && !isDropped && scans + rowsWritten === 0 &&
    indexes.length === 0;
}

function qualified({ schema, name }: Relation): string {
  return schema === "public"
    ? quoteIfNeeded(name)
    : `${quoteIfNeeded(schema)}.${quoteIfNeeded(name)}`;
}

function relationOf(row: Row): Relation {
  return {
    schema: row["schema"]!,
    name: row["name"]!,
    kind: row["kind"]!,
    file: row["file"]!,
    indexed: row["indexed"] ?? null,
  };
}

function readingOf(row: Row): Reading {
  const names = (row["modes"] ?? "").split(",");
  return {
    modes: LOCK_MODES.filter((mode) => names.includes(lockName(mode))),
    scans: Number(row["scans"] ?? 0),
    rowsRead: Number(row["rows_read"] ?? 0),
    rowsWritten: Number(row["rows_written"] ?? 0),
  };
}

/** As pg_locks has it: `AccessExclusiveLock`. */
function lockName(mode: LockMode): string {
  return `${
    mode.toLowerCase().replaceAll(/(^| )(\w)/g, (_, __, letter) => letter.toUpperCase())
  }Lock`;
}
