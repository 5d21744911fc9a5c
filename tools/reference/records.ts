/**
 * Every record of `--json`.
 *
 * @module
 */

import { AUTHOR_RECORDS } from "./author_records.ts";
import { BACKGROUND_COMMAND_RECORDS } from "./background_command_records.ts";
import { BACKGROUND_RECORDS } from "./background_records.ts";
import { COMMAND_RECORDS } from "./command_records.ts";
import { LAST_RECORDS } from "./last_records.ts";
import type { RecordKind } from "./record.ts";
import { RELEASE_RECORDS } from "./release_records.ts";
import { RUN_RECORDS } from "./run_records.ts";

/** The last ones first, then results, then what happens meanwhile. */
export const RECORDS: readonly RecordKind[] = [
  ...LAST_RECORDS,
  ...COMMAND_RECORDS,
  ...AUTHOR_RECORDS,
  ...RELEASE_RECORDS,
  ...BACKGROUND_COMMAND_RECORDS,
  ...RUN_RECORDS,
  ...BACKGROUND_RECORDS,
];
