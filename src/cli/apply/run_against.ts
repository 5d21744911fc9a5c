/**
 * Runs a program against scratch databases that have the migrations at hand.
 *
 * @module
 */

import type { ServerSettings } from "../../connection/settings/settings.ts";
import { Failure } from "../../failure.ts";
import { runAttached } from "../../runtime/run_attached.ts";
import { planPending } from "../../workspace/plan_pending.ts";
import { runTarget } from "../../workspace/run_targets.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { type OpenedScratch } from "./open_scratch.ts";
import { openShadow } from "./open_shadow.ts";

/** What to run. */
export interface RunAgainst {
  /** Databases of the product. */
  readonly names: readonly string[];
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The server on which to make the databases. */
  readonly shadowUrl: string;
}

/**
 * Makes a database for each name, applies the migrations, runs the program with variables that lead there
 * (`<NAME>_DATABASE_URL`; for a single database `DATABASE_URL` and `PG*` as well), and drops them.
 *
 * @returns The exit status of the program.
 * @throws {Failure} `shadow/server`, `usage/command`, and what a run throws.
 */
export async function runAgainst(
  invocation: Invocation,
  { names, command, shadowUrl }: RunAgainst,
): Promise<number> {
  const scratches: OpenedScratch[] = [];
  try {
    const variables: Record<string, string> = {};
    for (const name of names) {
      const scratch = await openShadow(invocation, name, shadowUrl);
      scratches.push(scratch);
      await applyTo(invocation, name, scratch);
      if (scratch.settings === undefined) throw embedded();
      const prefix = `${name.toUpperCase().replaceAll("-", "_")}_`;
      Object.assign(variables, variablesOf(scratch.settings, prefix));
      if (names.length === 1) Object.assign(variables, variablesOf(scratch.settings, ""));
    }
    const { signal } = invocation;
    return await runAttached(command, { environment: variables, signal }).catch((cause) => {
      throw notStarted(command, cause);
    });
  } finally {
    for (const scratch of scratches) await scratch.dispose();
  }
}

async function applyTo(
  invocation: Invocation,
  name: string,
  { connector }: OpenedScratch,
): Promise<void> {
  const target = {
    ...await invocation.target(name),
    connector,
    direct: undefined,
    options: await invocation.runOptions(name, {}),
  };
  await runTarget(target, {
    plan: (history, session) =>
      planPending(invocation, target, { history, session, fromScratch: true }),
    report: invocation.output.event,
    signal: invocation.signal,
    code: invocation.ownCode(),
  });
}

function variablesOf(
  { hosts: [host], user, passwords, database, sslMode }: ServerSettings,
  prefix: string,
): Readonly<Record<string, string>> {
  const password = passwords[0]?.reveal();
  const address = host!.address ?? host!.host;
  const isSocket = address.startsWith("/") || address.startsWith("@");
  const login = encodeURIComponent(user) +
    (password === undefined ? "" : `:${encodeURIComponent(password)}`);
  const place = isSocket
    ? `/${encodeURIComponent(database)}?host=${encodeURIComponent(address)}&port=${host!.port}&`
    : `${address.includes(":") ? `[${address}]` : address}:${host!.port}/${
      encodeURIComponent(database)
    }?`;
  return {
    [`${prefix}DATABASE_URL`]: `postgres://${login}@${place}sslmode=${sslMode}`,
    [`${prefix}PGHOST`]: address,
    [`${prefix}PGPORT`]: String(host!.port),
    [`${prefix}PGUSER`]: user,
    [`${prefix}PGDATABASE`]: database,
    [`${prefix}PGSSLMODE`]: sslMode,
    ...(password === undefined ? {} : { [`${prefix}PGPASSWORD`]: password }),
  };
}

function embedded(): Failure {
  return new Failure(
    "usage/missing-option",
    "A program needs a server, and --shadow-url names embedded PostgreSQL, which is in this process.",
    { hint: "Name a server: --shadow-url postgres://postgres@localhost/postgres" },
  );
}

function notStarted([program = ""]: readonly string[], cause: Error): Failure {
  return new Failure("usage/command", `${program} could not be started: ${cause.message}.`, {
    hint: "Write the program and its arguments behind --: migrator compat --from v1 -- npm test",
    cause,
  });
}
