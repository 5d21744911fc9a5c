// Pure.
/**
 * Statements whose verdict on a server differs from that of embedded PostgreSQL 18, and why.
 *
 * @module
 */

/** A difference. */
interface ServerDifference {
  readonly sql: string;
  /** The last major release that differs. */
  readonly until: number;
  readonly why: string;
}

const DIFFERENCES: readonly ServerDifference[] = [
  {
    sql: "ALTER TABLE events ALTER COLUMN kind DROP NOT NULL",
    until: 17,
    why: "The partitions are locked, too.",
  },
  {
    sql: "ALTER TABLE parent ADD CONSTRAINT c CHECK (a > 0) NO INHERIT",
    until: 17,
    why: "Child tables are not locked.",
  },
  {
    sql: "ALTER TABLE events ADD CONSTRAINT u UNIQUE (id, day)",
    until: 17,
    why: "The partitions are locked in SHARE mode, which only writers wait for.",
  },
  {
    sql: "ALTER TABLE events DETACH PARTITION events_2025",
    until: 13,
    why: "The partition is locked in SHARE UPDATE EXCLUSIVE mode.",
  },
  ...[
    "GRANT SELECT ON users TO PUBLIC",
    "REVOKE ALL ON users FROM PUBLIC",
    "GRANT SELECT (name) ON users TO PUBLIC",
  ].map((sql) => ({ sql, until: 17, why: "GRANT and REVOKE lock no table." })),
];

/** The reasons by statement, for one major release. */
export function differencesOf(major: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    DIFFERENCES.filter(({ until }) => major <= until).map(({ sql, why }) => [sql, why]),
  );
}
