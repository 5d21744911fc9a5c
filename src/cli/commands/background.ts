/**
 * `background …`
 *
 * @module
 */

import type { Command } from "commander";
import { GROUPS, type StartInvocation, withExamples, withJson } from "../invocation/options.ts";
import { changeCommands } from "./background/change.ts";
import { failuresCommand } from "./background/failures.ts";
import { finalizeCommand } from "./background/finalize.ts";
import { janitorCommand } from "./background/janitor.ts";
import { listCommand } from "./background/list.ts";
import { backgroundPlanCommand } from "./background/plan.ts";
import { quarantineCommand } from "./background/quarantine.ts";
import { queueCommand, requeueCommand } from "./background/queue.ts";
import { setCommand } from "./background/set.ts";
import { showCommand } from "./background/show.ts";
import { testCommand } from "./background/test.ts";
import { workCommand } from "./background/work.ts";

/** Adds the commands for batched background migrations. */
export function backgroundCommand(program: Command, begin: StartInvocation): void {
  const group = program.command("background").helpGroup(GROUPS.batched)
    .summary("change the data of large tables in batches")
    .description(
      "Batched background migrations change the data of large tables in many small " +
        "transactions while the application runs. A schema migration queues one (queues:), " +
        "workers run it, and a later migration makes sure that it is finished (finalizes:).",
    )
    .usage("<command> [options]");
  withExamples(withJson(group), "migrator background work", "migrator background work --help");
  queueCommand(group, begin);
  listCommand(group, begin);
  showCommand(group, begin);
  backgroundPlanCommand(group, begin);
  testCommand(group, begin);
  workCommand(group, begin);
  changeCommands(group, begin);
  setCommand(group, begin);
  requeueCommand(group, begin);
  finalizeCommand(group, begin);
  failuresCommand(group, begin);
  quarantineCommand(group, begin);
  janitorCommand(group, begin);
}
