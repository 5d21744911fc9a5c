/**
 * `doctor`
 *
 * @module
 */

import type { Command } from "commander";
import type { CheckFinding } from "../../doctor/examine.ts";
import { EXIT, Failure, failuresIn, throwCollected } from "../../failure.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import { GROUPS, type StartInvocation, withExamples, withServer } from "../invocation/options.ts";
import { findingLines } from "../output/finding_lines.ts";

interface DoctorOptions extends GlobalOptions {
  readonly catalog?: string;
}

/** Reports what would make a run fail, before there is one. */
export function doctorCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("doctor").helpGroup(GROUPS.inspect)
    .summary("check server, role and history before a run")
    .description(
      "Checks the server, the role and the history of each database. Each check prints ok, " +
        "warn or fail, what it found, and the next command to type. Needs no superuser: where " +
        "the role lacks the right to see something, it prints the GRANT that helps. Changes " +
        "nothing and takes no lock. Exits with 1 if a check fails, and with 3 if a server " +
        "cannot be reached.",
    );
  command.option(
    "--catalog <file>",
    "instead of checking, write schema and history for `drift --snapshot`; no row of a table is read",
  );
  withExamples(
    withServer(command),
    "migrator doctor",
    "migrator doctor --db frontend --catalog catalog.json",
    "migrator doctor --db frontend --json",
  )
    .action(async (options: DoctorOptions) => {
      const invocation = begin(options);
      if (options.catalog !== undefined) return await writeCatalog(invocation, options.catalog);
      const failures: Failure[] = [];
      const counts = { ok: 0, warn: 0, fail: 0 };
      const reported = new Map<string, string>();
      for (const name of await invocation.databases()) {
        try {
          const findings = await examineOne(invocation, name, reported);
          for (const { level } of findings) counts[level]++;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          // For people this is printed once at the end, for all databases of a server.
          const { message: found, hint: next = null } = error;
          const record = { event: "check", database: name, check: "server", level: "fail" };
          if (isConnection(error)) invocation.output.record({ ...record, found, next });
          failures.push(error);
          if (invocation.signal.aborted) break;
        }
      }
      throwCollected(failures);
      if (counts.fail > 0) invocation.exitWith(EXIT.finding);
      invocation.output.finished(counts);
    });
}

/** @throws {Failure} `usage/one-database`, `usage/file-exists`, `drift/*`, `connection/*`. */
async function writeCatalog(invocation: Invocation, file: string): Promise<void> {
  const { readCatalog } = await import("../../drift/catalog.ts");
  const { catalogFile } = await import("../../drift/catalog_file.ts");
  const { writeNewFile } = await import("../apply/write_new_file.ts");
  const { databasesByServer, refuseSeveral } = await import(
    "../invocation/databases_by_server.ts"
  );
  const { output, signal } = invocation;
  const groups = await databasesByServer(invocation);
  refuseSeveral(groups, "--catalog");
  const [names = []] = groups;
  const { catalog } = await readCatalog(await invocation.connector(names[0]!), {
    databases: await Promise.all(names.map((name) => invocation.target(name))),
    signal,
  });
  await writeNewFile(file, catalogFile(catalog));
  const objects = catalog.schema.objects.length;
  output.print(
    `wrote ${file}: ${objects} objects of ${
      names.join(", ")
    }, and no row of a table. Read it before ` +
      "you send it: definitions of functions and views, comments, and names of roles are in it.",
    `next: migrator drift --snapshot ${file}`,
  );
  output.finished({ file, databases: names, objects });
}

/** @param reported The database that reported each finding first, so that it is printed once. */
async function examineOne(
  invocation: Invocation,
  name: string,
  reported: Map<string, string>,
): Promise<readonly CheckFinding[]> {
  const { output, signal } = invocation;
  const connector = await invocation.connector(name);
  const { target, findings: bad } = await definitionsOf(invocation, name);
  const { examine } = await import("../../doctor/examine.ts");
  const { backgroundCheck } = await import("./background/doctor_check.ts");
  const findings = [
    ...bad,
    ...await examine({
      history: await invocation.history(name),
      graph: target?.graph,
      siblings: (await invocation.source()).databases.filter((one) => one !== name),
      connector,
      clock: systemClock,
      more: [backgroundCheck],
      signal,
    }),
  ];
  const keyOf = ({ check, level, found }: CheckFinding) =>
    [connector.label, check, level, found].join();
  const newFindings = findings.filter((finding) => !reported.has(keyOf(finding)));
  const others = new Set(findings.flatMap((finding) => reported.get(keyOf(finding)) ?? []));
  output.print(`${output.style.bold(name)} on ${connector.label}`);
  for (const line of findingLines(newFindings, output.style)) output.print(`  ${line}`);
  if (others.size > 0) output.print(`  the rest as for ${[...others].join(", ")}`);
  for (const finding of findings) {
    output.record({ event: "check", database: name, next: null, ...finding });
    if (!reported.has(keyOf(finding))) reported.set(keyOf(finding), name);
  }
  return findings;
}

/** Defective definitions do not keep the server from being examined. */
async function definitionsOf(
  invocation: Invocation,
  name: string,
): Promise<{ readonly target: Target | undefined; readonly findings: readonly CheckFinding[] }> {
  try {
    return { target: await invocation.target(name), findings: [] };
  } catch (error) {
    const findings = failuresIn(error).map(({ message }): CheckFinding => ({
      check: "migrations",
      level: "fail",
      found: message.replace(/\.$/, ""),
      next: `migrator validate --db ${name}`,
    }));
    return { target: undefined, findings };
  }
}

function isConnection({ code }: Failure): boolean {
  return code.startsWith("connection/");
}
