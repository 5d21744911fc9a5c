/**
 * `wait`
 *
 * @module
 */

import { type Command, Option } from "commander";
import { Failure, Failures, throwCollected } from "../../failure.ts";
import { tellNewer } from "../../product/plan_pending.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { GlobalOptions, Invocation } from "../invocation.ts";
import { type Begin, duration, GROUPS, withExamples, withServer } from "../options.ts";

interface WaitOptions extends GlobalOptions {
  readonly timeout?: number;
  readonly for?: "schema" | "server";
}

const TIMEOUT = 300_000;

/** Waits for somebody else's `up`. */
export function waitCommand(program: Command, begin: Begin): void {
  const command = program.command("wait").helpGroup(GROUPS.look)
    .summary("wait until every database is as this program needs it")
    .description(
      "Waits until every migration is applied in every database: for services and containers that " +
        "must not migrate themselves. Takes no lock, changes nothing, and needs no right but to read " +
        "the schema migrator. A server that is not there yet is waited for, and so are a database " +
        "and a history; a wrong password or role is an error at once. A newer database will do, " +
        "with a warning. Exits with 1 (status/not-ready) when the time is up.",
    )
    .option("--timeout <time>", "how long to wait; 0 looks once (default: 5min)", duration)
    .addOption(
      new Option(
        "--for <what>",
        "schema: all is applied; server: it only has to let us in (default: schema)",
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
      await waitForAll(invocation, names, options);
      invocation.output.finished({ databases: names });
    });
}

/** All at the same time: what is an error at once must not wait for another's turn. */
async function waitForAll(
  invocation: Invocation,
  names: readonly string[],
  { timeout = TIMEOUT, for: what = "schema" }: WaitOptions,
): Promise<void> {
  const { output } = invocation;
  const { waitUntilReady } = await import("../../runner/wait.ts");
  const enough = new AbortController();
  const signal = AbortSignal.any([invocation.signal, enough.signal]);
  const targets = [];
  for (const name of names) {
    const { graph, history } = await invocation.target(name);
    const connector = await invocation.connector(name);
    targets.push({ name, graph: what === "schema" ? graph : undefined, history, connector });
  }
  const results = await Promise.allSettled(targets.map(async ({ name, ...target }) => {
    try {
      const { newer } = await waitUntilReady({
        ...target,
        clock: systemClock,
        report: output.event,
        signal,
        timeout,
      });
      const server = target.connector.label;
      output.print(
        what === "schema" ? `${name}: ready on ${server}` : `${name}: ${server} answers`,
      );
      output.record({ event: "ready", database: name, server, newer });
      tellNewer(invocation, { database: name, newer });
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "status/not-ready") enough.abort(error);
      throw error;
    }
  }));
  // Those that were stopped because of one reject with its reason.
  const reasons = results.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
  const failures = [...new Set<unknown>(reasons)].flatMap((reason) => {
    if (reason instanceof Failure) return [reason];
    if (reason instanceof Failures) return reason.failures;
    throw reason;
  });
  throwCollected(failures);
}
