/**
 * The environment as an option.
 *
 * @module
 */

import process from "node:process";
import type { Environment } from "../workspace/workspace.ts";

/**
 * Lets environment variables count, as they do on the command line: `DATABASE_URL`, `PGHOST`,
 * `<NAME>_DATABASE_URL`, `LOG_LEVEL` and others. Without it, `migrate`, `status`, `pending`, `plan` and
 * `rollback` read no variable.
 *
 * ```ts
 * import { fromEnvironment, type MigratorOptions } from "@migrator/migrator";
 *
 * const options: MigratorOptions = { migrations: "migrations", ...fromEnvironment() };
 * ```
 *
 * @param environment Default: the variables of this process.
 */
export function fromEnvironment(
  environment: Environment = process.env,
): { readonly environment: Environment } {
  return { environment };
}
