/**
 * Whether those that are to read the history may.
 *
 * @module
 */

import { grantCommands, readersExpression, toReaders } from "../../history/readers.ts";
import type { ReaderStanding } from "../../history/state.ts";
import { quoteIdentifier } from "../../sql/identifier.ts";
import { lookAtOne, makeCheck, ok, type Patient, type Verdict, warn } from "../check.ts";

export const readersCheck = makeCheck({
  name: "readers",
  embedded: true,
  read: async (session, { history: { schema, readers = [] } }) =>
    toReaders(
      await lookAtOne(session, `SELECT ${readersExpression(schema, readers)} AS readers`),
    ),
  judge: judgeReaders,
});

/** Nothing where none are named. Before our tables are made, only what is missing is told. */
export function judgeReaders(
  found: readonly ReaderStanding[],
  { history: { schema, database, readers = [] } }: Pick<Patient, "history">,
): readonly Verdict[] {
  if (readers.length === 0) return [];
  const verdicts = found.flatMap((reader) => {
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
  return verdicts.length > 0 ? verdicts : ok(`none lacks a right: ${readers.join(", ")}`);
}
