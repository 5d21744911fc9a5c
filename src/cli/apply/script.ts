/**
 * `script …`: plans for one database, and writes the plan as a file for psql.
 *
 * @module
 */

import { lockKey } from "../../connection/lock/advisory_lock.ts";
import type { Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { formatCount } from "../../format/count.ts";
import { buildGraph } from "../../graph/graph.ts";
import { formatTimestamp } from "../../format/elapsed_time.ts";
import { isIncomplete } from "../../history/history.ts";
import { isInstalled } from "../../history/installed.ts";
import { readHistory } from "../../history/read_history.ts";
import { representable, takesAll } from "../../history/representable.ts";
import { historyAfter } from "../../plan/history_after.ts";
import type { Plan, Step } from "../../plan/plan.ts";
import { isPrivileged } from "../../plan/privileged.ts";
import { planUp } from "../../plan/up.ts";
import { systemClock } from "../../runtime/clock.ts";
import { identity } from "../../runtime/process.ts";
import { readState } from "./read_state.ts";
import { readStep } from "../../script/read_step.ts";
import { readSurroundings } from "../../script/read_surroundings.ts";
import type { ScriptRequest, ScriptStep, SeenDatabase } from "../../script/script_request.ts";
import { writeScript } from "../../script/write_script.ts";
import { storedGraph } from "../../source/stored_definitions.ts";
import { asciiComments } from "../../sql/ascii_comments.ts";
import type { Storable } from "../../sql/storable.ts";
import { VERSION } from "../../version.ts";
import type { RunOptionValues } from "../../workspace/run_options.ts";
import type { Target } from "../../workspace/workspace.ts";
import { oneDatabase } from "../invocation/choose_databases.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import type { ForeignSituation } from "./foreign_situation.ts";
import type { ScriptPlanner, Situation } from "./script_planners.ts";

/** Options of every script. */
export interface ScriptOptions extends GlobalOptions, RunOptionValues {
  readonly output?: string;
  readonly state?: string;
  readonly privilegedOnly?: boolean;
  readonly fromScratch?: boolean;
  readonly afterUp?: boolean;
  /** The tool whose history the script ends in. */
  readonly history?: string;
  readonly table?: string;
}

interface ScriptCommand {
  /** As typed. */
  readonly command: string;
  readonly options: ScriptOptions;
  readonly planner: ScriptPlanner;
}

/**
 * Writes the script of one database to the file that was named, or to standard output.
 *
 * @throws {Failure} `usage/one-database`, `usage/file-exists`, `history/dirty`, and what the planner
 * throws.
 */
export async function writeScriptFor(
  invocation: Invocation,
  { command, options, planner }: ScriptCommand,
): Promise<void> {
  const { output } = invocation;
  const name = await oneDatabase(invocation, command);
  const target = await invocation.target(name);
  const { script, steps, label } = await withSituation(invocation, { target, options }, {
    write: async (situation) => {
      refuseIncomplete(situation);
      const plan = await planner(situation);
      return await scriptOf(invocation, situation, { command, options, plan });
    },
  });
  if (script === undefined) {
    output.print(`${name}: nothing to do on ${label}`);
  } else if (options.output === undefined) {
    output.document(script);
  } else {
    const { writeNewFile } = await import("./write_new_file.ts");
    await writeNewFile(options.output, script);
    output.print(
      `${name}: wrote ${formatCount(steps, "step")} to ${options.output}; read it, then run: ` +
        `psql -X -f ${options.output} URL`,
    );
  }
  output.record({
    event: "script",
    database: name,
    server: label,
    steps,
    file: options.output ?? null,
    sql: options.output === undefined ? script ?? null : null,
  });
  output.finished({ database: name, steps });
}

interface Written {
  /** Undefined when there is nothing to do. */
  readonly script: string | undefined;
  readonly steps: number;
  readonly label: string;
}

/** Reads the state file or the database, and hands over what was found. */
async function withSituation(
  invocation: Invocation,
  { target, options }: { readonly target: Target; readonly options: ScriptOptions },
  { write }: { readonly write: (situation: Situation) => Promise<Written> },
): Promise<Written> {
  if (options.state !== undefined) {
    const seen = await readState(options.state, target.name);
    const graph = buildGraph(target.set.definitions, { database: target.name, gaps: "allow" });
    return await write(await expected({ target, graph, seen, session: undefined }, options));
  }
  const { name, set, history: where } = target;
  const connector = await invocation.connector(name);
  const session = await connector.open({
    applicationName: `migrator ${name} (script)`,
    condition: isInstalled(where),
    signal: invocation.signal,
  });
  try {
    const { label } = connector;
    const own = await readHistory(session, where);
    const surroundings = await readSurroundings(session, where.schema);
    if (options.history !== undefined) {
      const { readForeignState } = await import("./foreign_situation.ts");
      const wish = { target, own, tool: options.history, table: options.table };
      const { history, foreign } = await readForeignState(session, wish);
      const seen = { label, history, ...surroundings };
      const situation = { target, graph: target.graph, seen, session: undefined, foreign };
      return await write(await expected(situation, options));
    }
    const graph = await storedGraph(session, { set, history: own, where });
    const seen = { label, history: own, ...surroundings };
    return await write(await expected({ target, graph, seen, session }, options));
  } finally {
    await session.close();
  }
}

/** The situation that the script will expect. */
async function expected(
  situation: Situation,
  { afterUp = false }: ScriptOptions,
): Promise<Situation> {
  if (!afterUp) return situation;
  const { target: { name }, graph, seen, foreign } = situation;
  const plan = planUp({ database: name, graph, history: seen.history });
  const after = { ...situation, seen: { ...seen, history: historyAfter(seen.history, plan) } };
  if (foreign === undefined || plan.steps.length === 0) return after;
  const { foreignTarget } = await import("./foreign_situation.ts");
  const { ordered } = graph;
  const { steps } = foreignTarget(foreign, { steps: plan.steps, ordered, database: name });
  return { ...after, foreign: { ...foreign, applied: steps.at(-1)!.applied } };
}

/** @throws {Failure} `history/dirty`. */
function refuseIncomplete({ target: { name }, seen: { history } }: Situation): void {
  const [first] = [...history.versions.values()].filter(isIncomplete);
  if (first === undefined) return;
  throw new Failure(
    "history/dirty",
    `No script can be made for database "${name}": the last attempt at ${first.version} ran outside a ` +
      "transaction and did not finish, so a part of it may be in the database.",
    {
      hint:
        "If a script was interrupted there, run the same file again. Otherwise: migrator repair " +
        `${first.version} --db ${name}`,
      facts: { database: name, version: String(first.version) },
    },
  );
}

async function scriptOf(
  invocation: Invocation,
  { target, seen, session, foreign }: Situation,
  { command, options, plan }: {
    readonly command: string;
    readonly options: ScriptOptions;
    readonly plan: Plan;
  },
): Promise<Written> {
  const isOurs = (step: Step) => options.privilegedOnly !== true || isPrivileged(step);
  const chosen = plan.steps.filter(isOurs);
  const { label } = seen;
  if (chosen.length === 0) return { script: undefined, steps: 0, label };
  const steps = await Promise.all(chosen.map(readStep));
  const { who, host } = identity();
  const { history, name } = target;
  const request: ScriptRequest = {
    command,
    steps: steps.map((one) => takesAll(seen.encoding) ? one : inAscii(one)),
    privilegedOnly: options.privilegedOnly === true,
    leftOut: plan.steps.filter((step) => !isOurs(step)),
    history,
    lockKey: lockKey(history.schema, name),
    seen,
    fromScratch: options.fromScratch === true,
    background: target.set.background,
    options: await invocation.runOptions(name, options),
    toolVersion: VERSION,
    storable: foreign ? (text) => text : await storableIn(seen, { session, steps }),
    writtenBy: `${who}@${host} on ${formatTimestamp(new Date(systemClock.now()).toISOString())}`,
  };
  const script = foreign === undefined
    ? writeScript(request)
    : await foreignScript(request, { foreign, target, plan: { ...plan, steps: chosen } });
  return { script, steps: steps.length, label };
}

/** The server ignores comments, but refuses a character that its encoding lacks even there. */
function inAscii(one: ScriptStep): ScriptStep {
  return { ...one, text: asciiComments(one.text) };
}

async function storableIn(
  { encoding }: SeenDatabase,
  { session, steps }: {
    readonly session: Session | undefined;
    readonly steps: readonly ScriptStep[];
  },
): Promise<Storable> {
  if (takesAll(encoding)) return (text) => text;
  if (session === undefined) {
    throw new Failure(
      "usage/state-file",
      `No script can be written without the server: the encoding of its database is ${encoding}, and ` +
        "only the server knows which characters that lacks.",
      { hint: "Write the script where the server can be reached, without --state." },
    );
  }
  const texts = steps.flatMap(({ step: { definition }, up, down = "" }) => [
    definition.name,
    JSON.stringify(definition.metadata),
    definition.up.path,
    definition.down?.path ?? "",
    up,
    down,
  ]);
  return await representable(session, texts);
}

async function foreignScript(
  request: ScriptRequest,
  { foreign, target, plan }: {
    readonly foreign: ForeignSituation;
    readonly target: Target;
    readonly plan: Plan;
  },
): Promise<string> {
  const { foreignTarget } = await import("./foreign_situation.ts");
  const { writeForeignScript } = await import("../../script/write_foreign_script.ts");
  const { ordered } = target.graph;
  const { steps } = plan;
  return writeForeignScript(
    request,
    foreignTarget(foreign, { steps, ordered, database: target.name }),
  );
}
