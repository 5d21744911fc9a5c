/**
 * Checks that the configured readers can read the history.
 *
 * @module
 */

import { grantCommands, readersExpression, toReaders } from "../../history/readers.ts";
import type { ReaderPrivileges } from "../../history/history.ts";
import { quoteIdentifier } from "../../sql/identifier.ts";
import {
  type CheckedDatabase,
  type CheckResult,
  lookAtOne,
  makeCheck,
  ok,
  warn,
} from "../check/check.ts";

export const readersCheck = makeCheck({
  name: "readers",
  embedded: true,
  read: async (session, { history: { schema, readers = [] } }) =>
    toReaders(
      await lookAtOne(session, `SELECT ${readersExpression(schema, readers)} AS readers`),
    ),
  judge: judgeReaders,
});

/**
 * Judges the readers. No result when none are configured. Before migrator's tables exist, only
 * problems are reported.
 */
export function judgeReaders(
  found: readonly ReaderPrivileges[],
  { history: { schema, database, readers = [] } }: Pick<CheckedDatabase, "history">,
): readonly CheckResult[] {
  if (readers.length === 0) return [];
  const results = found.flatMap((reader) => {
    const role = quoteIdentifier(reader.role);
    switch (reader.problem) {
      case "absent":
        return warn(
          `there is no role ${role}, which is to read the history`,
          `Let an administrator run: CREATE ROLE ${role} LOGIN; then: migrator up --db ${database}`,
        );
      case "not-ours":
        return warn(
          `role ${role} may not read the history, which belongs to another role`,
          `Let that one run: ${grantCommands(schema, reader)}`,
        );
      case "not-granted":
        return warn(`role ${role} may not read the history yet`, `migrator up --db ${database}`);
    }
  });
  return results.length > 0 ? results : ok(`none lacks a right: ${readers.join(", ")}`);
}
