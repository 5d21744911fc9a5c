/**
 * Every command, in the order in which help lists them.
 *
 * @module
 */

import type { Command } from "commander";
import { addCommand } from "./commands/add.ts";
import { adoptCommand } from "./commands/adopt.ts";
import { backgroundCommand } from "./commands/background.ts";
import { bundleCommand } from "./commands/bundle.ts";
import { checkCommand } from "./commands/check.ts";
import { compatCommand } from "./commands/compat.ts";
import { completeCommand, completionsCommand } from "./commands/completions.ts";
import { configCommand } from "./commands/config.ts";
import { convertCommand } from "./commands/convert.ts";
import { describeCommand } from "./commands/describe.ts";
import { docsCommand } from "./commands/docs.ts";
import { lintCommand } from "./commands/lint.ts";
import { verifyCommand } from "./commands/verify.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { downCommand, downtoCommand } from "./commands/down.ts";
import { driftCommand } from "./commands/drift.ts";
import { forceCommand } from "./commands/force.ts";
import { graphCommand } from "./commands/graph.ts";
import { helpCommand } from "./commands/help.ts";
import { leavesCommand } from "./commands/leaves.ts";
import { lockCommand } from "./commands/lock.ts";
import { logCommand } from "./commands/log.ts";
import { planCommand } from "./commands/plan.ts";
import { releaseCommand } from "./commands/release.ts";
import { repairCommand } from "./commands/repair.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { scriptCommand } from "./commands/script.ts";
import { squashCommand } from "./commands/squash.ts";
import { serveCommand } from "./commands/serve.ts";
import { statusCommand } from "./commands/status.ts";
import { redoCommand, undoCommand } from "./commands/undo.ts";
import { upCommand } from "./commands/up.ts";
import { upgradeCommand } from "./commands/upgrade.ts";
import { validateCommand } from "./commands/validate.ts";
import { versionCommand } from "./commands/version.ts";
import { waitCommand } from "./commands/wait.ts";
import type { StartInvocation } from "./invocation/options.ts";

/** Adds one command to the program. */
export type AddCommand = (program: Command, begin: StartInvocation) => void;

/** In the order of help. */
export const COMMANDS: readonly AddCommand[] = [
  upCommand,
  downCommand,
  downtoCommand,
  undoCommand,
  redoCommand,
  upgradeCommand,
  rollbackCommand,
  repairCommand,
  adoptCommand,
  statusCommand,
  planCommand,
  describeCommand,
  validateCommand,
  graphCommand,
  leavesCommand,
  doctorCommand,
  driftCommand,
  configCommand,
  waitCommand,
  lockCommand,
  serveCommand,
  addCommand,
  convertCommand,
  docsCommand,
  verifyCommand,
  squashCommand,
  compatCommand,
  lintCommand,
  checkCommand,
  logCommand,
  forceCommand,
  scriptCommand,
  bundleCommand,
  releaseCommand,
  backgroundCommand,
  completionsCommand,
  versionCommand,
  helpCommand,
  completeCommand,
];
