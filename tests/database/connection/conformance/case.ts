/**
 * One row of the table of conformance, and when psql and we are of one mind about it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Code as FailureCode } from "../../../../src/failure.ts";

/** `in`, or why not. */
export type Verdict =
  | "in"
  | "authentication"
  | "no-database"
  | "no-server"
  /** For a reason that depends on how libpq was built. */
  | "refused"
  | "server-setting"
  | "settings"
  | "target-session"
  | "timeout"
  | "tls";

/** A row. `$PORT` and its like are filled in (`laboratory.ts`), in all texts. */
export interface Case {
  /** What stands behind `-d`, or `--database-url`; left out, the environment says all. */
  readonly string?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Files of the home directory with their permission bits; `@name` is a certificate or a key. */
  readonly home?: Readonly<Record<string, readonly [text: string, bits: number]>>;
  /** What becomes of it, in both. */
  readonly verdict: Verdict;
  /** We refuse it by name, with this code, whatever psql does. */
  readonly refused?: FailureCode;
  /** It has no effect here, and this is said. */
  readonly told?: RegExp;
  /** Since when libpq has it; with an older one it is not compared. */
  readonly libpq?: number;
  /** It needs the address ::1. */
  readonly ipv6?: boolean;
  /** Since when servers have it. */
  readonly server?: number;
}

/** A short way to write a row. */
export function row(
  string: string | undefined,
  verdict: Verdict,
  more: Omit<Case, "string" | "verdict"> = {},
): Case {
  return string === undefined ? { verdict, ...more } : { string, verdict, ...more };
}

/** What became of an attempt. */
export type Outcome =
  | { readonly sight: Readonly<Record<string, unknown>> }
  | { readonly refusal: string; readonly code?: FailureCode };

/** What psql prints, and what our codes mean. The first that matches counts. */
const WORDS: readonly (readonly [Verdict, RegExp])[] = [
  ["target-session", /session is (?:not )?read-only|server is (?:not )?in hot standby/],
  ["timeout", /timeout expired/],
  ["no-database", /database ".*" does not exist/],
  [
    "authentication",
    /authentication failed|no password supplied|pg_hba\.conf|role ".*" does not exist|channel binding required|requirepeer specifies|valid client certificate|permission denied for database/,
  ],
  [
    "tls",
    /SSL|certificate|private key|TLS|ALPN|host name must be specified|failed to load system roots/,
  ],
  [
    "server-setting",
    /FATAL: .*(?:unrecognized configuration parameter|invalid value|argument|Boolean)/,
  ],
  [
    "no-server",
    /Connection refused|No such file|could not translate|server closed the connection|Network is unreachable/,
  ],
];

const SETTINGS =
  /invalid .*(?:value|option|port|integer|percent|URI|keyword)|could not match|missing|unterminated|definition of service|service file|could not parse network address|unexpected character|forbidden value|protocol version range|SCRAM \w+ key|IPv6|extra key|must be|not supported by this build|unexpected spaces|too many|may not be/;

const CODES: Readonly<Partial<Record<FailureCode, Verdict>>> = {
  "connection/authentication": "authentication",
  "connection/host-not-found": "no-server",
  "connection/not-permitted": "authentication",
  "connection/lost": "no-server",
  "connection/no-such-database": "no-database",
  "connection/refused": "no-server",
  "connection/refused-by-server": "server-setting",
  "connection/target-session": "target-session",
  "connection/timeout": "timeout",
  "connection/tls": "tls",
};

/** @throws {AssertionError} When we and psql differ, or one of us from what the row says. */
export function judge(
  { verdict, refused, told }: Case,
  { psql, ours, warnings }: {
    readonly psql: Outcome;
    readonly ours: Outcome;
    readonly warnings: string;
  },
): void {
  const theirs = verdict === "refused" && "refusal" in psql ? "refused" : verdictOf(psql);
  assert.equal(theirs, verdict, `psql: ${JSON.stringify(psql)}`);
  if (refused !== undefined) {
    assert.equal("code" in ours ? ours.code : "in", refused, JSON.stringify(ours));
    return;
  }
  assert.equal(
    verdictOf(ours),
    verdict,
    `we: ${JSON.stringify(ours)}\npsql: ${JSON.stringify(psql)}`,
  );
  if ("sight" in ours) assert.deepEqual(ours, psql);
  assert.match(warnings, told ?? /^$/);
}

function verdictOf(outcome: Outcome): string {
  if ("sight" in outcome) return "in";
  const { code, refusal } = outcome;
  // A list of hosts has one sentence for each: the first one counts.
  if (/closed the connection/.test(refusal)) return "no-server";
  if (code !== undefined) return code.startsWith("settings/") ? "settings" : CODES[code] ?? code;
  if (!refusal.includes("connection to server") && SETTINGS.test(refusal)) return "settings";
  const [first = ""] = refusal.split(/\n(?=connection to server)/);
  return WORDS.find(([, words]) => words.test(first))?.[0] ??
    (SETTINGS.test(refusal) ? "settings" : refusal);
}
