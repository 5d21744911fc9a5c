/**
 * `background plan`
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { TableFinding } from "../../../background/strategy/finding.ts";
import type { Forecast } from "../../../background/forecast/forecast.ts";
import type { RefusedSample } from "../../../background/forecast/sample.ts";
import type { Session } from "../../../connection/session/session.ts";
import type { BatchedMigration } from "../../../definition/batched/batched_migration.ts";
import { Failure, throwCollected } from "../../../failure.ts";
import { findDeclared } from "./find_declared.ts";
import { jobArguments, type MigrationOptions } from "./options.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import {
  parseCountOption,
  type StartInvocation,
  withExamples,
  withServer,
} from "../../invocation/options.ts";

interface PlanOptions extends MigrationOptions {
  readonly allowSeqScan?: boolean;
  readonly sample?: number;
  readonly yes?: boolean;
}

/** Shows what a declared batched migration would do. */
export function backgroundPlanCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("plan")
    .summary("estimate what one would do, and what it would cost")
    .description(
      "Examines the table and PostgreSQL's query plans in a read-only transaction. Prints " +
        "the key and index by which batches are found, and estimates of rows, time and WAL. " +
        "Warns of what will be slow. Exits with 8 if the batched migration should not run like " +
        "this, for example because each sub-batch would read a whole table.",
    )
    .argument("<name>", "a declared batched migration, queued or not")
    .addOption(
      new Option("--arguments <json>", "use these arguments instead of the declared ones")
        .argParser(jobArguments),
    )
    .option("--allow-seq-scan", "only warn if each sub-batch would read a whole table")
    .option(
      "--sample <n>",
      "run this many sub-batches, spread over the table, in a transaction that is rolled back",
      parseCountOption,
    )
    .option(
      "--yes",
      "with --sample: accept that the rows are locked meanwhile, and that dead rows remain",
    );
  withExamples(
    withServer(command),
    "migrator background plan backfill_routes --db frontend",
    "migrator background plan backfill_routes --db frontend --sample 20 --yes",
  ).action(async (name: string, options: PlanOptions) => {
    const invocation = begin(options);
    const typed = { name, arguments: options.arguments, command: "background plan" };
    const { target, declaration } = await findDeclared(invocation, typed);
    const connector = await invocation.connector(target.name);
    const session = await connector.open({
      applicationName: `migrator background ${target.name} (plan)`,
      signal: invocation.signal,
      // The statements have the declaration's own timeout.
      answerLimit: Infinity,
    });
    try {
      const server = connector.label;
      await reportForecast(invocation, session, {
        declaration,
        options,
        server,
        database: target.name,
      });
    } finally {
      await session.close();
    }
  });
}

interface About {
  readonly declaration: BatchedMigration;
  readonly options: PlanOptions;
  readonly server: string;
  readonly database: string;
}

async function reportForecast(
  invocation: Invocation,
  session: Session,
  about: About,
): Promise<void> {
  const { declaration, options, database, server } = about;
  if (options.sample !== undefined) refuseSample(session, about);
  const { forecast } = await import("../../../background/forecast/forecast.ts");
  const { ALLOWED_WITH_SEQ_SCAN } = await import("../../../background/forecast/assess_plan.ts");
  const { forecastLines, findingsLines } = await import("../../output/forecast_lines.ts");
  const { output } = invocation;
  const found = await forecast(session, declaration);
  const findings = found.findings.map((one): TableFinding =>
    options.allowSeqScan && ALLOWED_WITH_SEQ_SCAN.includes(one.code)
      ? { ...one, level: "warn" }
      : one
  );
  output.print(`${output.style.bold(declaration.name)} of ${database} on ${server}`);
  for (const line of forecastLines(declaration, found, output.style)) output.print(line);
  output.record({ event: "forecast", database, name: declaration.name, ...recordOf(found) });
  for (const line of findingsLines(findings, output.style)) output.print(line);
  for (const { code, level, message, hint } of findings) {
    output.record({
      event: "finding",
      database,
      name: declaration.name,
      level,
      code,
      message,
      hint,
    });
  }
  const refused = findings.filter(({ level }) => level === "refuse");
  const failures = refused.map((one) => failureOf(declaration, one));
  // Do not sample a refused plan: it could hold up the server and lock rows.
  if (options.sample !== undefined && found.scanPlan !== undefined && failures.length === 0) {
    failures.push(...await sample(invocation, session, { ...about, found }));
  }
  throwCollected(failures);
  output.finished({ findings: findings.length });
}

function recordOf({ scanPlan, bound, body, range, estimate }: Forecast) {
  return {
    walk: scanPlan === undefined ? null : {
      key: scanPlan.key.map(({ name }) => name),
      index: scanPlan.index ?? null,
      segments: scanPlan.segments.map(({ relation }) => relation),
    },
    estimate: estimate ?? null,
    range: range ?? null,
    boundMilliseconds: bound?.milliseconds ?? null,
    bound: bound?.root ?? null,
    body: body.map(({ root }) => root),
  };
}

function failureOf(
  { name, path }: BatchedMigration,
  { code, message, hint }: TableFinding,
): Failure {
  return new Failure(code, `${name} should not be run like this. ${message}`, {
    hint,
    place: { file: path },
  });
}

/** @throws {Failure} `usage/sample`, `connection/read-only`. */
function refuseSample({ server }: Session, { options, declaration, server: label }: About): void {
  if (server.standby || server.readOnly) {
    throw new Failure(
      "connection/read-only",
      `Cannot run sub-batches of ${declaration.name}: ${label} can only be read.`,
      { hint: "Ask without --sample, or where something may be written: a copy." },
    );
  }
  if (options.yes || server.embedded) return;
  const { sample, statementTimeout } = { sample: options.sample!, ...declaration };
  throw new Failure(
    "usage/sample-needs-yes",
    `--sample ${sample} runs ${sample} sub-batches of ${declaration.name} on ${label} and rolls ` +
      `them back: their rows are locked meanwhile, for at most ${
        Math.ceil(sample * statementTimeout / 1_000)
      } s, and dead rows stay until VACUUM.`,
    { hint: "If that may be there: the same command with --yes. Better: a copy of that server." },
  );
}

async function sample(
  { output, signal }: Invocation,
  session: Session,
  { declaration, options, database, found }: About & { readonly found: Forecast },
): Promise<readonly Failure[]> {
  const { takeSample } = await import("../../../background/forecast/sample.ts");
  const { predict } = await import("../../../background/forecast/estimate.ts");
  const { sampleLines } = await import("../../output/forecast_lines.ts");
  const { samples, refused } = await takeSample(session, {
    declaration,
    scanPlan: found.scanPlan!,
    count: options.sample!,
    signal,
  });
  const prediction = found.estimate && predict(declaration, found.estimate, samples);
  for (const line of sampleLines({ samples, refused, prediction }, output.style)) {
    output.print(line);
  }
  const label = { database, name: declaration.name };
  for (const { plans, ...one } of samples) {
    output.record({ event: "sample", ...label, ...one, plans: plans.map(({ root }) => root) });
  }
  for (const one of refused) output.record({ event: "refused-sample", ...label, ...one });
  output.record({ event: "prediction", ...label, ...(prediction ?? { rows: null }) });
  return refused.slice(0, 1).map((one) => refusedFailure(declaration, one, refused.length));
}

function refusedFailure(
  { name, path }: BatchedMigration,
  { relation, range, sqlstate, message }: RefusedSample,
  times: number,
): Failure {
  return new Failure(
    "background/plan-sample",
    `The server refused ${times} of the sub-batches of ${name}, the first one in ${relation} after ` +
      `${range.after?.join(", ") ?? "the beginning"} up to ${range.until.join(", ")}: ${message} ` +
      `(SQLSTATE ${sqlstate}).`,
    {
      hint: "Correct the rows or the statement, or let some be put aside: `maxQuarantined`.",
      place: { file: path },
      facts: { sqlstate },
    },
  );
}
