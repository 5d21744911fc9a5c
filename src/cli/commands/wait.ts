/**
 * `wait`
 *
 * @module
 */

import { type Command, Option } from "commander";
import { reportNewerVersions } from "../../workspace/plan_pending.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  parseDurationOption,
  type StartInvocation,
  withExamples,
  withServer,
} from "../invocation/options.ts";

interface WaitOptions extends GlobalOptions {
  readonly timeout?: number;
  readonly for?: "schema" | "server";
}

const TIMEOUT = 300_000;

/** Waits until another process has migrated. */
export function waitCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("wait").helpGroup(GROUPS.inspect)
    .summary("wait until all migrations are applied")
    .description(
      "Waits until every migration is applied in every database. It is for services and " +
        "containers that must not migrate themselves. It takes no lock, changes nothing, and " +
        "needs only the right to read the schema migrator. It also waits for a server, a " +
        "database or a history that does not exist yet, but a wrong password or role is an " +
        "error at once. If the database is newer than this program, it warns and succeeds. " +
        "Exits with 1 (status/not-ready) when the time is up.",
    )
    .option(
      "--timeout <time>",
      "how long to wait; 0 checks once (default: 5min)",
      parseDurationOption,
    )
    .addOption(
      new Option(
        "--for <what>",
        "schema: until all migrations are applied; server: until it accepts connections " +
          "(default: schema)",
      ).choices(["schema", "server"]),
    );
  withExamples(
    withServer(command),
    "migrator wait --timeout 10min",
    "migrator wait --timeout 0 --db frontend    # a readiness probe",
    "migrator wait --for server && migrator up",
  )
    .action(async (options: WaitOptions) => {
      const invocation = begin(options);
      const names = await invocation.databases();
      await waitFor(invocation, names, options);
      invocation.output.finished({ databases: names });
    });
}

async function waitFor(
  invocation: Invocation,
  names: readonly string[],
  { timeout = TIMEOUT, for: what = "schema" }: WaitOptions,
): Promise<void> {
  const { output, signal } = invocation;
  const { waitForAll } = await import("../../workspace/wait_for_all.ts");
  const targets = [];
  for (const name of names) {
    const { graph, history } = await invocation.target(name);
    const connector = await invocation.connector(name);
    const needed = what === "schema" ? graph : undefined;
    targets.push({ name, needed, graph: () => Promise.resolve(graph), history, connector });
  }
  await waitForAll(targets, {
    timeout,
    report: output.event,
    signal,
    ready: ({ name, server, newer }) => {
      output.print(
        what === "schema" ? `${name}: ready on ${server}` : `${name}: ${server} answers`,
      );
      output.record({ event: "ready", database: name, server, newer });
      reportNewerVersions(invocation, { database: name, newer });
    },
  });
}
