/**
 * `lock`
 *
 * @module
 */

import type { Command } from "commander";
import { Failure, throwCollected } from "../../failure.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import { GROUPS, type StartInvocation, withExamples, withServer } from "../invocation/options.ts";

/** Shows the holder of the migration lock. */
export function lockCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("lock").helpGroup(GROUPS.inspect)
    .summary("show who holds the migration lock, and who waits")
    .description(
      "Shows who holds the migration lock of each database and since when, which migration " +
        "is running and what it waits for, whether the holder's client still responds, and who " +
        "waits for the lock. Prints the statement that would end the holder's session, but " +
        "never runs it. Takes no lock and changes nothing. Exits with 0 whether the lock is " +
        "free or held.",
    );
  withExamples(withServer(command), "migrator lock", "migrator lock --db frontend --json")
    .action(async (options: GlobalOptions) => {
      const invocation = begin(options);
      const failures: Failure[] = [];
      let held = 0;
      for (const name of await invocation.databases()) {
        try {
          if (await showLock(invocation, name)) held++;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          failures.push(error);
        }
      }
      throwCollected(failures);
      invocation.output.finished({ held });
    });
}

/** @returns Whether it is held. */
async function showLock(invocation: Invocation, name: string): Promise<boolean> {
  const { output, signal } = invocation;
  const { readLockStatus } = await import("../../runner/observe/lock_status.ts");
  const { terminateCommand, lockLines, silenceOf } = await import("../output/lock_lines.ts");
  const connector = await invocation.connector(name);
  const session = await connector.open({ applicationName: `migrator ${name} (look)`, signal });
  try {
    const { history } = await invocation.target(name);
    const status = await readLockStatus(session, history);
    output.print(`${output.style.bold(name)} on ${connector.label}`);
    for (const line of lockLines(status, output.style)) output.print(`  ${line}`);
    output.record({
      event: "lock",
      database: name,
      server: connector.label,
      held: status.holder !== null,
      ...status,
      silentSeconds: silenceOf(status) ?? null,
      toEnd: terminateCommand(status) ?? null,
    });
    return status.holder !== null;
  } finally {
    await session.close();
  }
}
