/**
 * `release …`
 *
 * @module
 */

import type { Command } from "commander";
import { GROUPS, type StartInvocation, withExamples, withJson } from "../invocation/options.ts";
import { checkCommand } from "./release/check.ts";
import { cutCommand } from "./release/cut.ts";
import { listCommand } from "./release/list.ts";
import { showCommand } from "./release/show.ts";

/** Adds the commands for releases. */
export function releaseCommand(program: Command, begin: StartInvocation): void {
  const group = program.command("release").helpGroup(GROUPS.package)
    .summary("record what ships in a release, and check it")
    .description(
      "A release is a file beside the migrations, releases/TAG.json, which says what ships in it: " +
        "the leaves and the migrations of each database, and the batched migrations that have to " +
        "be finished. `bundle` takes it along. With it, `upgrade --to` and `rollback --to` know " +
        "where to go.",
    )
    .usage("<command> [options]");
  withExamples(
    withJson(group),
    "migrator release check",
    "migrator release cut v1.4.0",
    "migrator release list",
  );
  cutCommand(group, begin);
  listCommand(group, begin);
  showCommand(group, begin);
  checkCommand(group, begin);
}
