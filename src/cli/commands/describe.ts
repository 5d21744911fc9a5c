/**
 * `describe`
 *
 * @module
 */

import { isInstalled } from "../../history/installed.ts";
import { formatCount } from "../../format/count.ts";
import { formatTimestamp } from "../../format/elapsed_time.ts";
import type { Command } from "commander";
import { REFERENCE_KEYS } from "../../definition/batched/batched_reference.ts";
import type { Definition, Direction } from "../../definition/migration/definition.ts";
import { Failure } from "../../failure.ts";
import type { Graph } from "../../graph/graph.ts";
import type { LogEntry } from "../../history/logs.ts";
import type { StoredError } from "../../history/history.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import { errorText } from "../../report/event_text.ts";
import type { Output } from "../output/output.ts";
import { wrap } from "../output/wrap.ts";
import {
  GROUPS,
  parseVersionOption as parseVersion,
  type StartInvocation,
  withExamples,
  withServer,
} from "../invocation/options.ts";

/** Shows all details of one migration. */
export function describeCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("describe").helpGroup(GROUPS.inspect)
    .summary("show one migration: SQL, parents, all attempts")
    .description(
      "Shows one migration: its parents and children, its SQL, and every recorded attempt. " +
        "For a migration that this program does not carry, it shows the definition stored in " +
        "the database. With --no-server it reads only the files.",
    )
    .argument("<version>", "the version of the migration", parseVersion)
    .option("--no-server", "read only the files");
  withExamples(
    withServer(command),
    "migrator describe 1650000100",
    "migrator describe 1650000100 --db frontend --no-server",
  )
    .action(async (version: bigint, options: GlobalOptions & { server: boolean }) => {
      const invocation = begin(options);
      let found = false;
      for (const name of await databasesWith(invocation, version)) {
        found = await describeOne(invocation, { name, version, ask: options.server }) || found;
      }
      if (!found) {
        throw new Failure("plan/unknown-target", `No migration ${version} was found.`, {
          hint: options.server
            ? "See the versions there are: migrator status"
            : `A database may remember it: migrator describe ${version}`,
        });
      }
      invocation.output.finished({ version });
    });
}

/**
 * The databases whose files contain the version; all databases when none does, since any may have
 * its stored definition.
 */
async function databasesWith(invocation: Invocation, version: bigint): Promise<readonly string[]> {
  const names = await invocation.databases();
  const carrying = [];
  for (const name of names) {
    if ((await invocation.target(name)).graph.get(version)) carrying.push(name);
  }
  return carrying.length > 0 ? carrying : names;
}

async function describeOne(
  invocation: Invocation,
  { name, version, ask }: {
    readonly name: string;
    readonly version: bigint;
    readonly ask: boolean;
  },
): Promise<boolean> {
  const { output } = invocation;
  const { graph, history } = await invocation.target(name);
  const carried = graph.get(version);
  let kept: Definition | undefined;
  let attempts: readonly LogEntry[] = [];
  if (ask) {
    const { readLogs } = await import("../../history/logs.ts");
    const connector = await invocation.connector(name);
    const session = await connector.open({
      applicationName: `migrator ${name} (describe)`,
      condition: isInstalled(history),
      signal: invocation.signal,
    });
    try {
      attempts = await readLogs(session, history, version);
      if (!carried && attempts.length > 0) {
        const { readStoredDefinitions } = await import("../../source/stored_definitions.ts");
        [kept] = await readStoredDefinitions(session, history, [version]);
      }
    } finally {
      await session.close();
    }
  }
  const definition = carried ?? kept;
  if (definition === undefined && attempts.length === 0) return false;
  if (definition !== undefined) {
    await showDefinition(output, definition, {
      database: name,
      graph,
      carried: carried !== undefined,
    });
  }
  showAttempts(output, name, attempts);
  return true;
}

async function showDefinition(
  output: Output,
  definition: Definition,
  { database, graph, carried }: {
    readonly database: string;
    readonly graph: Graph<Definition>;
    readonly carried: boolean;
  },
): Promise<void> {
  const { version, name, parents, metadata } = definition;
  const children = graph.ordered.filter((d) => d.parents.includes(version)).map((d) => d.version);
  const up = await definition.up.read();
  const down = await definition.down?.read();
  const { bold } = output.style;
  output.print(`${bold(`${version} ${name}`)}  (${database})`);
  if (!carried) output.print("Not carried by this program; shown as the database keeps it.");
  output.print(`parents:   ${parents.join(", ") || "none, it is the root"}`);
  output.print(`children:  ${children.join(", ") || "none, it is a leaf"}`);
  output.print(`checksum:  ${definition.up.checksum}`);
  if (metadata.privileged) output.print("privileged");
  for (const key of REFERENCE_KEYS) {
    const names = metadata[key]?.map(({ name, arguments: given }) =>
      given === undefined ? name : `${name} ${JSON.stringify(given)}`
    );
    if (names !== undefined) output.print(`${`${key}:`.padEnd(11)}${names.join(", ")}`);
  }
  if (metadata.dataLoss) output.print(`data loss: ${metadata.dataLoss}`);
  if (metadata.irreversible) output.print(`irreversible: ${metadata.irreversible}`);
  for (const [direction, text] of [["up", up], ["down", down]] as [Direction, string?][]) {
    const script = definition[direction];
    if (script === undefined || text === undefined) continue;
    const how = script.transaction === "single"
      ? "in one transaction"
      : script.transactions
      ? "in transactions of its own"
      : "outside a transaction";
    output.print("", `${bold(direction)}  ${script.path}, ${how}`);
    output.source(text.trimEnd() || "-- nothing");
  }
  output.record({ event: "definition", database, carried, ...definition, children, up, down });
}

/** The fields of the server's error besides its message. */
function errorParts(error: StoredError): readonly (readonly [string, string])[] {
  const { detail, hint, where, statement, schemaName, tableName, columnName, constraintName } =
    error;
  const object = [schemaName, tableName, columnName].filter((name) => name !== undefined);
  const parts: readonly (readonly [string, string | undefined])[] = [
    ["detail", detail],
    ["hint", hint],
    ["context", where],
    ["object", object.join(".") || undefined],
    ["constraint", constraintName],
    ["statement", statement === undefined ? undefined : String(statement)],
  ];
  return parts.flatMap(([what, text]) => text === undefined ? [] : [[what, text] as const]);
}

function showAttempts(output: Output, database: string, attempts: readonly LogEntry[]): void {
  if (attempts.length > 0) {
    output.print("", `${output.style.bold("attempts")} in ${database}, the newest last`);
  }
  for (const attempt of attempts) {
    const { id, direction, startedAt, success, transactional, who, host, error } = attempt;
    const { statementsDone, note } = attempt;
    const ended = note !== undefined
      ? "recorded"
      : success === undefined
      ? "did not finish"
      : success
      ? "succeeded"
      : "failed";
    const statements = `${formatCount(statementsDone, "statement")} done`;
    output.print(
      `  #${id} ${direction.padEnd(4)} ${
        formatTimestamp(startedAt)
      } ${ended}, by ${who} on ${host}` +
        (transactional || note !== undefined ? "" : `, ${statements}`),
    );
    if (note !== undefined) output.print(`     recorded by hand: ${note}`);
    if (error) {
      output.print(...wrap("     ", errorText(error)));
      for (const [what, text] of errorParts(error)) {
        output.print(...wrap(`     ${what}: `, text));
      }
    }
    output.record({ event: "attempt", database, ...attempt });
  }
}
