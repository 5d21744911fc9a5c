// Pure.
/**
 * The page of every error code. The texts are many: import this module only when they are shown.
 *
 * @module
 */

import type { Code } from "../error_code.ts";
import { ADOPTION_ERRORS } from "./adoption_errors.ts";
import { BACKGROUND_ERRORS } from "./background_errors.ts";
import { BACKGROUND_PLAN_ERRORS } from "./background_plan_errors.ts";
import { BACKGROUND_TABLE_ERRORS } from "./background_table_errors.ts";
import { BUNDLE_ERRORS } from "./bundle_errors.ts";
import { CONNECTION_ERRORS } from "./connection_errors.ts";
import { DEFECT_ERRORS } from "./defect_errors.ts";
import { DEFINITION_BATCHED_ERRORS } from "./definition_batched_errors.ts";
import { DEFINITION_ERRORS } from "./definition_errors.ts";
import { DEFINITION_LAYOUT_ERRORS } from "./definition_layout_errors.ts";
import { DEFINITION_SQL_ERRORS } from "./definition_sql_errors.ts";
import type { ErrorPage } from "./error_page.ts";
import { GRAPH_ERRORS } from "./graph_errors.ts";
import { HISTORY_ERRORS } from "./history_errors.ts";
import { INTERRUPTED_ERRORS } from "./interrupted_errors.ts";
import { LOCK_ERRORS } from "./lock_errors.ts";
import { PLAN_ERRORS } from "./plan_errors.ts";
import { RELEASE_ERRORS } from "./release_errors.ts";
import { SETTINGS_ERRORS } from "./settings_errors.ts";
import { DRIFT_ERRORS, SHADOW_ERRORS, SQUASH_ERRORS } from "./shadow_errors.ts";
import { SOURCE_ERRORS } from "./source_errors.ts";
import { SQL_ERRORS } from "./sql_errors.ts";
import { STATUS_ERRORS } from "./status_errors.ts";
import { USAGE_BATCHED_ERRORS } from "./usage_batched_errors.ts";
import { USAGE_ERRORS } from "./usage_errors.ts";

/** By code; the codes of one family stand together. */
export const ERROR_PAGES: Readonly<Record<Code, ErrorPage>> = {
  ...USAGE_ERRORS,
  ...USAGE_BATCHED_ERRORS,
  ...SETTINGS_ERRORS,
  ...CONNECTION_ERRORS,
  ...SOURCE_ERRORS,
  ...DEFINITION_ERRORS,
  ...DEFINITION_LAYOUT_ERRORS,
  ...DEFINITION_SQL_ERRORS,
  ...DEFINITION_BATCHED_ERRORS,
  ...GRAPH_ERRORS,
  ...BUNDLE_ERRORS,
  ...PLAN_ERRORS,
  ...RELEASE_ERRORS,
  ...STATUS_ERRORS,
  ...HISTORY_ERRORS,
  ...ADOPTION_ERRORS,
  ...LOCK_ERRORS,
  ...SQL_ERRORS,
  ...BACKGROUND_ERRORS,
  ...BACKGROUND_TABLE_ERRORS,
  ...BACKGROUND_PLAN_ERRORS,
  ...SHADOW_ERRORS,
  ...SQUASH_ERRORS,
  ...DRIFT_ERRORS,
  ...INTERRUPTED_ERRORS,
  ...DEFECT_ERRORS,
};
