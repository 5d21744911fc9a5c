/**
 * Every command, in the order in which help lists them.
 *
 * @module
 */

import type { Command } from "commander";
import type { StartInvocation } from "./invocation/options.ts";

/** Adds one command to the program. */
export type AddCommand = (program: Command, begin: StartInvocation) => void;

/** In the order of help: the word that calls a command, and what loads it and its subcommands. */
export const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  up: async () => (await import("./commands/up.ts")).upCommand,
  down: async () => (await import("./commands/down.ts")).downCommand,
  downto: async () => (await import("./commands/down.ts")).downtoCommand,
  undo: async () => (await import("./commands/undo.ts")).undoCommand,
  redo: async () => (await import("./commands/undo.ts")).redoCommand,
  upgrade: async () => (await import("./commands/upgrade.ts")).upgradeCommand,
  rollback: async () => (await import("./commands/rollback.ts")).rollbackCommand,
  repair: async () => (await import("./commands/repair.ts")).repairCommand,
  adopt: async () => (await import("./commands/adopt.ts")).adoptCommand,
  status: async () => (await import("./commands/status.ts")).statusCommand,
  plan: async () => (await import("./commands/plan.ts")).planCommand,
  describe: async () => (await import("./commands/describe.ts")).describeCommand,
  validate: async () => (await import("./commands/validate.ts")).validateCommand,
  graph: async () => (await import("./commands/graph.ts")).graphCommand,
  leaves: async () => (await import("./commands/leaves.ts")).leavesCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
  drift: async () => (await import("./commands/drift.ts")).driftCommand,
  config: async () => (await import("./commands/config.ts")).configCommand,
  wait: async () => (await import("./commands/wait.ts")).waitCommand,
  lock: async () => (await import("./commands/lock.ts")).lockCommand,
  serve: async () => (await import("./commands/serve.ts")).serveCommand,
  add: async () => (await import("./commands/add.ts")).addCommand,
  convert: async () => (await import("./commands/convert.ts")).convertCommand,
  docs: async () => (await import("./commands/docs.ts")).docsCommand,
  verify: async () => (await import("./commands/verify.ts")).verifyCommand,
  squash: async () => (await import("./commands/squash.ts")).squashCommand,
  compat: async () => (await import("./commands/compat.ts")).compatCommand,
  lint: async () => (await import("./commands/lint.ts")).lintCommand,
  check: async () => (await import("./commands/check.ts")).checkCommand,
  log: async () => (await import("./commands/log.ts")).logCommand,
  force: async () => (await import("./commands/force.ts")).forceCommand,
  script: async () => (await import("./commands/script.ts")).scriptCommand,
  bundle: async () => (await import("./commands/bundle.ts")).bundleCommand,
  release: async () => (await import("./commands/release.ts")).releaseCommand,
  background: async () => (await import("./commands/background.ts")).backgroundCommand,
  completions: async () => (await import("./commands/completions.ts")).completionsCommand,
  version: async () => (await import("./commands/version.ts")).versionCommand,
  help: async () => (await import("./commands/help.ts")).helpCommand,
  __complete: async () => (await import("./commands/completions.ts")).completeCommand,
};
