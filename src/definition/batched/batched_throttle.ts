/**
 * Reads `throttle`: what can slow or hold a batched migration.
 *
 * @module
 */

import { parseQualifiedName } from "../../sql/qualified_name.ts";
import { BATCHED_DEFAULTS, type Throttling } from "./batched_migration.ts";
import { readQuery } from "./batched_sql.ts";
import type { SqlContext } from "./sql_reading.ts";
import { parseByteSize } from "../../format/byte_size.ts";
import { embeddedSql } from "../text/embedded_sql.ts";
import { indicatorHint, isIndicatorName } from "./throttle_indicators.ts";
import { wordOf } from "../../yaml/parse_yaml.ts";
import type { YamlMapping } from "../../yaml/yaml_mapping.ts";

const KEYS = [
  "watch",
  "maxHold",
  "maxReplicaLag",
  "maxArchiveBacklog",
  "indicator",
  "ignore",
] as const;

/** Reads the mapping `throttle`, with defaults. */
export async function readThrottle(
  outer: YamlMapping<"throttle">,
  context: Omit<SqlContext, "purpose">,
): Promise<Throttling> {
  const mapping = outer.mapping("throttle", { keys: KEYS, example: "maxReplicaLag: 256MB" });
  if (mapping === undefined) return { watch: [], maxHold: BATCHED_DEFAULTS.maxHold, ignore: [] };
  const tables = "Write tables as in SQL: `watch: [routes, public.projects]`.";
  const watch = mapping.strings("watch", tables).flatMap(({ word, node }) => {
    if (parseQualifiedName(word) !== undefined) return [word.trim()];
    mapping.wrong("watch", { node, hint: tables });
    return [];
  });
  const ignore = mapping.strings("ignore", "Write names of indicators: `ignore: [replica-lag]`.");
  for (const { word, node } of ignore) {
    if (!isIndicatorName(word)) mapping.wrong("ignore", { node, hint: indicatorHint(word) });
  }
  const lag = mapping.node("maxReplicaLag");
  const maxReplicaLag = lag === undefined ? undefined : parseByteSize(wordOf(lag) ?? "");
  if (lag !== undefined && maxReplicaLag === undefined) {
    mapping.wrong("maxReplicaLag", { node: lag, hint: "Write an amount such as `256MB`, `1GB`." });
  }
  const maxArchiveBacklog = mapping.wholeNumber("maxArchiveBacklog", { least: 0 });
  const query = mapping.node("indicator");
  const sql = query === undefined ? undefined : embeddedSql(mapping, query);
  if (query !== undefined && sql === undefined) {
    const hint = "Write a query behind `indicator: |` that gives `signal` and `reason`.";
    mapping.wrong("indicator", { node: query, hint });
  }
  const indicator = sql && await readQuery(sql, { ...context, purpose: "throttle.indicator" });
  return {
    watch,
    maxHold: mapping.duration("maxHold", { least: 1 }) ?? BATCHED_DEFAULTS.maxHold,
    ...(maxReplicaLag === undefined ? {} : { maxReplicaLag }),
    ...(maxArchiveBacklog === undefined ? {} : { maxArchiveBacklog }),
    ...(indicator === undefined ? {} : { indicator }),
    ignore: ignore.map(({ word }) => word),
  };
}
