// Pure.
/**
 * What `migrator status --json` printed for a database, in place of the server.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import type { StateName, VersionState } from "../history/history.ts";
import type { SeenDatabase } from "./script_request.ts";

type Printed = Readonly<Record<string, unknown>>;

/** What `standing` of a line means for the history; the others mean that nothing is there. */
const STATES: Readonly<Record<string, StateName>> = {
  applied: "applied",
  newer: "applied",
  failed: "failed",
  dirty: "dirty",
  running: "running",
};

/**
 * Reads the state of one database.
 *
 * @param text JSON, an object per line.
 * @throws {Failure} `usage/state-file`.
 */
export function readStateFile(
  text: string,
  { file, database }: { readonly file: string; readonly database: string },
): SeenDatabase {
  const records = linesOf(text, file).filter((record) => record["database"] === database);
  const summary = records.find(({ event }) => event === "database");
  if (summary === undefined) {
    throw refusal(file, `it says nothing of the database "${database}"`, "status --json --db NAME");
  }
  if (typeof summary["search_path"] !== "string") {
    throw refusal(file, "an older migrator wrote it, which did not say enough", "status --json");
  }
  const lines = records.filter(({ event }) => event === "migration");
  const applied = lines.filter(({ standing }) => STATES[String(standing)] === "applied");
  if (applied.length !== Number(summary["applied"]) + Number(summary["newer"])) {
    throw refusal(
      file,
      `it lists ${applied.length} applied migrations of ${summary["applied"]}`,
      "status --json, without --pending",
    );
  }
  return {
    label: `${String(summary["server"])} (as ${file} says)`,
    history: {
      installed: summary["installed"] === true,
      durable: summary["durable"] === true,
      versions: new Map(lines.flatMap(stateOf).map((one) => [one.version, one])),
    },
    role: String(summary["role"]),
    searchPath: summary["search_path"],
    encoding: String(summary["encoding"]),
    isEmpty: summary["has_tables"] === false,
  };
}

function stateOf({ version, standing, checksum }: Printed): readonly VersionState[] {
  const state = STATES[String(standing)];
  if (state === undefined) return [];
  return [{
    version: BigInt(String(version)),
    state,
    direction: "up",
    checksum: typeof checksum === "string" ? checksum : "",
  }];
}

function linesOf(text: string, file: string): readonly Printed[] {
  try {
    return text.split("\n").filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line) as Printed);
  } catch {
    throw refusal(file, "it is not JSON, an object per line", "status --json");
  }
}

function refusal(file: string, why: string, command: string): Failure {
  return new Failure("usage/state-file", `${file} does not tell the state of a database: ${why}.`, {
    hint: `Where the server can be reached: migrator ${command} > ${file}`,
    facts: { file },
  });
}
