/**
 * `up` for roles that lack the privileges of some migrations.
 *
 * @module
 */

import { isInstalled } from "../../history/installed.ts";
import { Failure, failuresIn, failuresInDatabase, throwCollected } from "../../failure.ts";
import { readHistory } from "../../history/read_history.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import {
  confirmationOf,
  isPrivileged,
  privilegedSteps,
  type StepWithSql,
  upToUnconfirmed,
} from "../../plan/privileged.ts";
import {
  assertHaveRun,
  recordPrivilegedSteps,
} from "../../runner/recover/record_privileged_steps.ts";
import { extensionScript } from "../../sql/extensions.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { resolveTargets } from "../../workspace/resolve_targets.ts";
import { type Planner, runCommand, type RunCommandOptions } from "./run_command.ts";
import { type DatabaseSection, dbaScript } from "../output/dba_script.ts";

/** Options of `up` about privileged migrations. */
export interface PrivilegedOptions extends RunCommandOptions {
  readonly unprivilegedOnly?: boolean;
  readonly noopPrivileged?: boolean;
  readonly confirm?: string;
}

interface UpRequest {
  readonly names: readonly string[];
  readonly options: PrivilegedOptions;
  readonly planner: Planner;
}

/**
 * Applies the pending migrations, unless one of them is privileged: then it prints the SQL of the
 * privileged ones and runs nothing in any database.
 *
 * @throws {Failure} `plan/privileged-pending`.
 */
export async function runUnprivileged(invocation: Invocation, request: UpRequest): Promise<void> {
  const sections = await inspect(invocation, request);
  const pending = sections.flatMap(({ now, later }) => [...now.map(({ step }) => step), ...later]);
  if (pending.length > 0) {
    printScript(invocation, sections, { next: "migrator up --noop-privileged" });
  }
  refusePending(sections.map(({ database, now, later }) => ({
    database,
    steps: [...now.map(({ step }) => step), ...later],
  })));
  await runCommand(invocation, {
    ...request,
    planner: async (target, found) => {
      const plan = await request.planner(target, found);
      // Another runner may have reverted one since.
      refusePending([{ database: target.name, steps: plan.steps.filter(isPrivileged) }]);
      return plan;
    },
  });
}

function refusePending(
  found: readonly { readonly database: string; readonly steps: readonly Step[] }[],
): void {
  const pending = found.filter(({ steps }) => steps.length > 0);
  if (pending.length === 0) return;
  const list = pending.map(({ database, steps }) =>
    `${steps.map(({ definition }) => migrationLabel(definition)).join(", ")} of "${database}"`
  );
  throw new Failure(
    "plan/privileged-pending",
    `Privileged migrations are pending, and --unprivileged-only excludes them: ${list.join("; ")}.`,
    {
      hint: "Nothing was run. Run migrator up as a role that may, or have it done by hand: " +
        "migrator up --noop-privileged",
      facts: {
        databases: Object.fromEntries(
          pending.map((
            { database, steps },
          ) => [database, steps.map(({ definition }) => String(definition.version))]),
        ),
      },
    },
  );
}

/**
 * Prints what an administrator has to run by hand; with the matching confirmation it records those
 * migrations and runs the rest. Privileged migrations that depend on the rest are printed, and need
 * a confirmation, when the run reaches them.
 *
 * @throws {Failure} `status/privileged-pending` (a finding) after printing; `plan/not-confirmed`
 * for a confirmation that does not match; `history/not-run-by-hand`.
 */
export async function runNoopPrivileged(invocation: Invocation, request: UpRequest): Promise<void> {
  const { confirm, dryRun } = request.options;
  const sections = await inspect(invocation, request);
  const pending = sections.flatMap(({ now }) => now);
  const confirmation = confirmationOf(pending);
  if (pending.length > 0 && confirm?.trim().toLowerCase() !== confirmation) {
    throw confirmationNeeded(invocation, { sections, request, given: confirm });
  }
  await inspect(invocation, request, async ({ database, session }) =>
    await assertHaveRun(session, {
      database,
      steps: pending.filter((one) => one.database === database).map(({ step }) => step),
    }));
  await runCommand(invocation, {
    ...request,
    execute: recordPrivilegedSteps(confirmation),
    planner: async (target, found) => {
      const plan = await request.planner(target, found);
      const confirmed = new Set(
        pending.filter(({ database }) => database === target.name)
          .map(({ step }) => step.definition.version),
      );
      return { ...plan, steps: upToUnconfirmed(plan.steps, confirmed) };
    },
    afterwards: async () => {
      if (dryRun) return sections.forEach((section) => printLater(invocation, section));
      if (sections.every(({ later }) => later.length === 0)) return;
      const left = await inspect(invocation, request);
      if (left.some(({ now }) => now.length > 0)) {
        throw confirmationNeeded(invocation, { sections: left, request });
      }
    },
  });
}

function printLater({ output }: Invocation, { database, later }: DatabaseSection): void {
  if (later.length === 0) return;
  const list = later.map(({ definition }) => migrationLabel(definition)).join(", ");
  output.print(`${database}: then by hand, and what comes after: ${list}`);
}

/** Prints the script, and returns the failure that asks for its confirmation. */
function confirmationNeeded(
  invocation: Invocation,
  { sections, request, given }: {
    readonly sections: readonly DatabaseSection[];
    readonly request: UpRequest;
    readonly given?: string | undefined;
  },
): Failure {
  const pending = sections.flatMap(({ now }) => now);
  const confirmation = confirmationOf(pending);
  const chosen = request.options.db ? request.names.map((name) => ` --db ${name}`).join("") : "";
  const next = `migrator up --noop-privileged --confirm ${confirmation}${chosen}`;
  printScript(invocation, sections, { next });
  const count = `${pending.length} privileged migration${pending.length === 1 ? " is" : "s are"}`;
  const details = {
    hint: `When an administrator has run that script: ${next}`,
    facts: {
      confirmation,
      databases: Object.fromEntries(
        sections.filter(({ now }) => now.length > 0).map(({ database, now }) => [
          database,
          now.map(({ step }) => String(step.definition.version)),
        ]),
      ),
    },
  };
  return given === undefined
    ? new Failure("status/privileged-pending", `${count} to be run by hand.`, details)
    : new Failure(
      "plan/not-confirmed",
      `--confirm ${given} does not stand for what is pending now: ${count} to be run by hand.`,
      details,
    );
}

function printScript(
  { output }: Invocation,
  sections: readonly DatabaseSection[],
  more: { readonly next: string },
): void {
  output.document(dbaScript(sections, more));
  for (const { database, server, now, later } of sections) {
    const record = (step: Step, sql: string | null) =>
      output.record({
        event: "privileged",
        database,
        server,
        version: step.definition.version,
        name: step.definition.name,
        file: step.script.path,
        transaction: step.script.transaction,
        sql,
      });
    for (const { step, statements } of now) {
      record(step, statements.map((statement) => `${statement};`).join("\n"));
    }
    for (const step of later) record(step, null);
  }
}

type Look = Parameters<Planner>[1]["session"];

/** Plans each database, and runs nothing. */
async function inspect(
  invocation: Invocation,
  { names, options, planner }: UpRequest,
  look?: (at: { readonly database: string; readonly session: Look }) => Promise<void>,
): Promise<readonly DatabaseSection[]> {
  const failures: Failure[] = [];
  const sections: DatabaseSection[] = [];
  for (const target of await resolveTargets(invocation, { names, options })) {
    const { name, connector } = target;
    try {
      const session = await connector.open({
        applicationName: `migrator ${name} (plan)`,
        condition: isInstalled(target.history),
        signal: invocation.signal,
      });
      try {
        const history = await readHistory(session, target.history);
        const { steps } = await planner(target, { history, session });
        const alone = new Map<Step, boolean>();
        for (const step of steps.filter(isPrivileged)) {
          alone.set(step, (await extensionScript(await step.script.read())).standsAlone);
        }
        const { now, later } = privilegedSteps(steps, {
          graph: target.graph,
          standsAlone: (step) => alone.get(step) === true,
        });
        sections.push({
          database: name,
          server: connector.label,
          now: await Promise.all(now.map((step) => withSql(name, step))),
          later,
        });
        await look?.({ database: name, session });
      } finally {
        await session.close();
      }
    } catch (error) {
      const several = names.length > 1;
      failures.push(...(several ? failuresInDatabase(error, name) : failuresIn(error)));
    }
  }
  throwCollected(failures);
  return sections;
}

async function withSql(database: string, step: Step): Promise<StepWithSql> {
  const text = await step.script.read();
  const statements = step.script.statements.map(({ start, end }) => text.slice(start, end));
  return { database, step, statements };
}
