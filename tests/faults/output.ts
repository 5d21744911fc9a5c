/**
 * The family of places that take no output, or take it slowly. The work is done all the same, once, and
 * the exit status says whether all of it could be said.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type CommandOptions, type Finished, startMigrator } from "../support/command.ts";
import { writeMigrations } from "../support/harness.ts";
import { drawn, type Family, type Survival } from "./family.ts";
import type { Lab } from "./lab.ts";
import {
  bringUp,
  endOf,
  mustBeWhole,
  mustLeaveNothing,
  mustTellTheTruth,
  PATIENCE,
  shown,
  type Subject,
} from "./oracle.ts";

/** Where output goes: a line of bash in which `"$@"` is the command. */
interface Place {
  readonly name: string;
  readonly shell: string;
  /** Standard output does not arrive as a whole. */
  readonly isOutputCut?: true;
  /** Exit status of a command that would have ended with 0 and has written there. Default: 0. */
  readonly ends?: number;
  /**
   * It may also end with 0: because nothing need be said on standard error, or because Deno opens a
   * closed stream as /dev/null before the source runs.
   */
  readonly mayEndWell?: true;
}

const SLOWLY = `(while IFS= read -r line; do sleep 0.02; printf '%s\\n' "$line"; done)`;

const PLACES: readonly Place[] = [
  {
    name: "closed output",
    shell: '"$@" >&-',
    isOutputCut: true,
    ends: 74,
    mayEndWell: true,
  },
  { name: "closed errors", shell: '"$@" 2>&-' },
  {
    name: "both closed",
    shell: '"$@" >&- 2>&-',
    isOutputCut: true,
    ends: 74,
    mayEndWell: true,
  },
  { name: "full output", shell: '"$@" >/dev/full', isOutputCut: true, ends: 74 },
  { name: "full errors", shell: '"$@" 2>/dev/full', ends: 74, mayEndWell: true },
  { name: "both full", shell: '"$@" >/dev/full 2>/dev/full', isOutputCut: true, ends: 74 },
  {
    name: "output that nobody reads",
    shell: '"$@" | true; exit ${PIPESTATUS[0]}',
    isOutputCut: true,
  },
  {
    name: "output read for a line",
    shell: '"$@" | head -1; exit ${PIPESTATUS[0]}',
    isOutputCut: true,
  },
  { name: "errors read for a line", shell: '"$@" 2> >(head -1 >&2)' },
  { name: "output read slowly", shell: `"$@" | ${SLOWLY}; exit \${PIPESTATUS[0]}` },
  { name: "errors read slowly", shell: `"$@" 2> >(${SLOWLY} >&2)` },
  { name: "output read after seconds", shell: '"$@" | (sleep 3; cat); exit ${PIPESTATUS[0]}' },
];

const COMMANDS = ["up", "status", "plan", "background work"] as const;
type Command = (typeof COMMANDS)[number];

/** `--json` or text. */
const FORMATS = ["json", "text"] as const;
type Format = (typeof FORMATS)[number];

export const OUTPUT: Family = {
  name: "output",
  what: "standard output and error closed, full, abandoned and slow; as text and as JSON",
  atOnce: 2,
  choose: (_lab, choice) => {
    const all = PLACES.flatMap((place) =>
      COMMANDS.flatMap((command) => FORMATS.map((format) => ({ place, command, format })))
    ).map((point, index) => ({ ...point, number: index + 1 }));
    return drawn(all, choice).map(({ number, ...point }) => ({
      number,
      name: `${point.command} as ${point.format}: ${point.place.name}`,
      strike: (lab) => strike(lab, point),
    }));
  },
};

interface OutputPoint {
  readonly place: Place;
  readonly command: Command;
  readonly format: Format;
}

function strike(lab: Lab, point: OutputPoint): Promise<Survival> {
  return lab.withSubject(async (subject) => {
    const { command } = point;
    if (command === "background work") return await strikeWorker(subject, point);
    if (command !== "up") await bringUp(subject);
    const ended = await runInto(subject, point);
    const { isOutputCut } = point.place;
    if (command === "up") {
      await mustLeaveNothing(subject);
      await mustTellTheTruth(subject, {
        ended,
        allowed: {
          statuses: statusesOf(point),
          isOutputCut: isOutputCut || point.format === "text",
        },
      });
    } else {
      assert.ok(statusesOf(point).includes(ended.status ?? -1), shown(ended));
    }
    // Before anything else is run: a failure to speak is none of the work.
    await mustBeWhole(subject);
    return { mending: await bringUp(subject), ended: endOf(ended), hit: true, lost: 0 };
  });
}

/** What a command ends with that has done its work. */
function statusesOf({ place: { ends = 0, mayEndWell } }: OutputPoint): readonly number[] {
  return mayEndWell ? [0, ends] : [ends];
}

async function runInto(
  { server, database, directory }: Subject,
  { place, command, format }: OutputPoint,
): Promise<Finished> {
  const options: CommandOptions = { shell: place.shell, timeout: PATIENCE };
  return await startMigrator([
    ...command.split(" "),
    ...(format === "json" ? ["--json"] : []),
    "--migrations",
    directory,
    "--database-url",
    server.url(database),
  ], options).finished;
}

const ROWS = 500;

/** Not idempotent: a row that is visited twice, or never, shows. */
const BATCHED = {
  up: `CREATE TABLE counted (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0);
    INSERT INTO counted SELECT i FROM generate_series(1, ${ROWS}) AS i`,
  yaml: "queues: [count_up]",
  background: {
    count_up: `table: counted
batchSize: 50
maxBatchSize: 50
subBatchSize: 10
pause: 0
sql: UPDATE counted AS c SET n = n + 1 WHERE batch(c)
`,
  },
};

/** The worker of a product of its own, in the same database. */
async function strikeWorker(found: Subject, point: OutputPoint): Promise<Survival> {
  const subject = { ...found, directory: writeMigrations({ shop: [BATCHED] }) };
  const { server, database } = subject;
  const first = await runInto(subject, { place: PLAIN, command: "up", format: "json" });
  assert.equal(first.status, 0, shown(first));
  const ended = await runInto(subject, point);
  assert.ok(statusesOf(point).includes(ended.status ?? -1), shown(ended));
  await mustLeaveNothing(subject);
  const rows = await server.sql(
    database,
    `SELECT n, count(*)::int AS rows,
      (SELECT status::int FROM migrator.batched_background_migrations) AS status
    FROM counted GROUP BY n`,
  );
  assert.deepEqual(rows.map((row) => ({ ...row })), [{ n: 1, rows: ROWS, status: FINISHED }]);
  return { mending: "none", ended: endOf(ended), hit: true, lost: 0 };
}

/** `finished`, as GitLab numbers the states. */
const FINISHED = 3;

const PLAIN: Place = { name: "as usual", shell: '"$@"' };
