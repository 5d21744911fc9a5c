// Pure.
/**
 * Which faults strike where: chosen by a seed from what an undisturbed run sent.
 *
 * @module
 */

import { type Choice, random } from "./family.ts";
import type { Moment, Phase, Seen } from "./proxy.ts";

/** What happens to whom. */
export const FAULTS = ["kill", "terminate-work", "terminate-lock", "crash"] as const;

/** SIGKILL of the tool, the end of one of its backends, an immediate stop of the server. */
export type Fault = (typeof FAULTS)[number];

/** One fault at one moment. */
export interface Blow {
  readonly fault: Fault;
  readonly moment: Moment;
  /** The database whose connections are meant. */
  readonly database: string;
  /** For `kill`: what the tool had sent already reaches the server all the same. */
  readonly isLate: boolean;
}

/** One point: a fault, or two. */
export interface KillPoint extends Blow {
  /** 1-based; the same seed and the same product give the same points. */
  readonly number: number;
  /** The query's first words. */
  readonly text: string;
  /** What strikes the run that should make up for it; every fourth point has one. */
  readonly then?: Blow;
}

const PHASES: readonly Phase[] = ["before", "inside", "after"];

/** Queries that take long enough to be struck inside more than once. */
const LONG = /CONCURRENTLY|pg_sleep|UPDATE t|INTO t |ALTER TABLE t/;

/**
 * Chooses points. Each query is struck once before any is struck twice, and long ones inside.
 *
 * @param seen What an undisturbed run sent.
 */
export function chooseKills(
  seen: readonly Seen[],
  { seed, count = Math.max(300, seen.length) }: Choice,
): readonly KillPoint[] {
  const next = random(seed);
  const possible = seen.flatMap((query, index) => {
    const began = new Set(seen.slice(0, index + 1).map(({ connection }) => connection));
    const database = databaseOf(query.connection);
    const faults = FAULTS.filter((fault) => {
      if (fault === "terminate-lock") return began.has(lockName(database));
      return fault !== "terminate-work" || began.has(workName(database));
    });
    return faults.flatMap((fault) =>
      PHASES.flatMap((phase) =>
        Array.from({ length: phase === "inside" && LONG.test(query.text) ? 3 : 1 }, () => ({
          query,
          fault,
          phase,
          order: next(),
        }))
      )
    );
  }).sort((one, other) => one.order - other.order);

  // In turns: the first choice of each query, then the second of each, and so on.
  const turns = new Map<Seen, number>();
  const inTurns = possible.map((choice) => {
    const turn = turns.get(choice.query) ?? 0;
    turns.set(choice.query, turn + 1);
    return { ...choice, order: turn + next() };
  }).sort((one, other) => one.order - other.order);

  // A run that makes up for another begins like every run; how it goes on depends.
  const early = seen.filter(({ message, connection }) =>
    message <= 8 && databaseOf(connection) === databaseOf(seen[0]!.connection)
  );
  const blow = ({ connection, message, took }: Seen, fault: Fault, phase: Phase): Blow => ({
    fault,
    database: databaseOf(connection),
    isLate: next() < 0.5,
    moment: { connection, message, phase, delay: phase === "inside" ? next() * took : 0 },
  });
  return inTurns.slice(0, count).map(({ query, fault, phase }, index) => ({
    number: index + 1,
    text: query.text.replace(/\s+/g, " ").slice(0, 60),
    ...blow(query, fault, phase),
    ...(index % 4 === 3
      ? { then: blow(early[Math.floor(next() * early.length)]!, "kill", PHASES[index % 3]!) }
      : {}),
  }));
}

/** What the connection is called that works on a database. */
export function workName(database: string): string {
  return `migrator ${database}`;
}

/** What the connection is called that holds the lock of a database. */
export function lockName(database: string): string {
  return `migrator ${database} (lock)`;
}

/** One line about a point. */
export function describeKill({ text, then, ...blow }: KillPoint): string {
  return `${describeBlow(blow)}: ${text}` + (then ? `; then ${describeBlow(then)}` : "");
}

function describeBlow({ fault, moment: { phase, delay, message, connection }, isLate }: Blow) {
  const when = phase === "inside" ? `${delay.toFixed(1)} ms into` : phase;
  return `${fault}${fault === "kill" && isLate ? " (late)" : ""} ${when} query ${message} of ` +
    `"${connection}"`;
}

function databaseOf(connection: string): string {
  return connection.replace(/^migrator /, "").replace(/ \(lock\)$/, "");
}
