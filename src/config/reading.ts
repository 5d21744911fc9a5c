// Pure.
/**
 * What a project says of a database's migrations, beside what their files say.
 *
 * @module
 */

import type { LayoutReading } from "../definition/layouts/layout.ts";
import type { Config } from "./config.ts";

/** @throws {Failure} `settings/*`. */
export function readingOf(config: Config, database: string): LayoutReading {
  return {
    layout: config.value("layout", database),
    transaction: config.value("transaction", database),
    variables: new Map(config.value("variables", database) ?? []),
  };
}
