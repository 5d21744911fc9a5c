/**
 * `config`
 *
 * @module
 */

import type { Command } from "commander";
import { label } from "../../connection/settings/redact.ts";
import type { SettingsOrigin } from "../../connection/settings/settings.ts";
import { Failure, throwCollected } from "../../failure.ts";
import { HISTORY_SCHEMA } from "../../history/schema.ts";
import { type ConfigKey, DATABASE_KEYS } from "../../config/keys.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import { GROUPS, type StartInvocation, withExamples, withServer } from "../invocation/options.ts";
import { formatDuration } from "../../format/duration.ts";
import { withSnakeCase } from "../../report/json_record.ts";
import { RUN_DEFAULTS } from "../../workspace/run_options.ts";

/** Shows the effective settings, and the source of each. */
export function configCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("config").helpGroup(GROUPS.inspect)
    .summary("show the effective settings and where each comes from")
    .description(
      "Prints the server and the effective settings of each database, and where each value " +
        "comes from: an option, an environment variable, migrator.yaml, or the default. Prints " +
        "no password and connects to no server. With --schema it prints the JSON Schema of " +
        "migrator.yaml, for editors.",
    )
    .option("--schema", "print the JSON Schema of migrator.yaml");
  withExamples(
    withServer(command),
    "migrator config",
    "migrator config --schema",
  )
    .action(async (options: GlobalOptions & { schema?: boolean }) => {
      const invocation = begin(options);
      await (options.schema ? printSchema : show)(invocation);
    });
}

async function printSchema({ output }: Invocation): Promise<void> {
  const { configSchema } = await import("../../config/json_schema.ts");
  const schema = configSchema();
  output.document(JSON.stringify(schema, null, 2));
  output.finished({ schema });
}

async function show(invocation: Invocation): Promise<void> {
  const { output } = invocation;
  const { text } = await invocation.project();
  const file = text.entries.length > 0 || text.databases.length > 0 ? text.file : null;
  const source = await invocation.source();
  output.print(`settings: ${file ?? "none"}`);
  output.print(`migrations: ${source.label}`);
  const failures: Failure[] = [];
  for (const name of await invocation.databases()) {
    try {
      await showDatabase(invocation, name);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    }
  }
  throwCollected(failures);
  output.finished({ config: file, source: source.label });
}

async function showDatabase(invocation: Invocation, name: string): Promise<void> {
  const { output } = invocation;
  const { bold, dim } = output.style;
  output.print(bold(name));
  const line = (what: string, value: string, origin: string | undefined) =>
    output.print(`  ${what}: ${value}  ${dim(`(${origin ?? "default"})`)}`);
  const server = shownServer(await settingsOf(invocation, name));
  const direct = shownServer(await invocation.directSettings(name));
  if (server) line("server", server.label, server.origin);
  else output.print("  server: nobody says where it is");
  if (direct) line("directUrl", direct.label, direct.origin);
  const config = await invocation.project();
  const shown: [ConfigKey, unknown, string | undefined][] = SHOWN.map((key) => [
    key,
    valueOf(key, config.value(key, name)) ?? DEFAULTS[key],
    config.originOf(key, name),
  ]);
  for (const [key, value, origin] of shown) line(key, textOf(key, value), origin);
  output.record({
    event: "settings",
    database: name,
    server: server?.label ?? null,
    direct: direct?.label ?? null,
    ...Object.fromEntries(shown.map(([key, value]) => [key, value])),
    origins: withSnakeCase({
      server: server?.origin ?? null,
      direct: direct?.origin ?? null,
      ...Object.fromEntries(shown.map(([key, , origin]) => [key, origin ?? null])),
    }),
  });
}

/** Undefined when no source names a server; that is shown, too. */
async function settingsOf(
  invocation: Invocation,
  name: string,
): Promise<SettingsOrigin | undefined> {
  try {
    return await invocation.settings(name);
  } catch (error) {
    if (error instanceof Failure && error.code === "settings/no-database") return undefined;
    throw error;
  }
}

function shownServer(found: SettingsOrigin | undefined) {
  return found && { label: label(found.settings), origin: found.origin };
}

/** Every source of the server's address is shown. */
const SHOWN: readonly ConfigKey[] = [
  "historySchema",
  ...DATABASE_KEYS.filter((key) => key !== "url" && key !== "directUrl"),
];

const DEFAULTS: { readonly [key in ConfigKey]?: unknown } = {
  ...RUN_DEFAULTS,
  historySchema: HISTORY_SCHEMA,
  layout: "detected",
  transaction: "auto",
  variables: [],
  readers: [],
  driftIgnore: [],
  serverVersion: 13,
  lint: [],
};

/** Values of variables may come from the environment: only their names are shown. */
function valueOf(key: ConfigKey, value: unknown): unknown {
  if (key === "variables" && Array.isArray(value)) return value.map(([name]) => name);
  if (key === "lint" && Array.isArray(value)) return value.map((pair) => pair.join("="));
  return value;
}

function textOf(key: ConfigKey, value: unknown): string {
  if (Array.isArray(value)) return value.join(", ") || "none";
  if (key === "serverVersion") return `>=${value}`;
  if (typeof value !== "number" || key === "lockRetries") return String(value);
  return formatDuration(value, key === "statementTimeout" ? { zero: "none" } : {});
}
