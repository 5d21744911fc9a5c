import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeCustom } from "../../../src/background/throttle/custom_indicator.ts";
import { INDICATORS } from "../../../src/background/throttle/indicators.ts";
import type { Row } from "../../../src/connection/session/session.ts";
import {
  indicatorHint,
  type IndicatorName,
  isIndicatorName,
} from "../../../src/definition/batched/throttle_indicators.ts";

const MB = 2 ** 20;
const GB = 2 ** 30;

const standby = (bytes: number | null, late: number | null = null, name = "b"): Row => ({
  name,
  hidden: "f",
  bytes: bytes === null ? null : String(bytes),
  late: late === null ? null : String(late),
});
const slot = (retained: number, limit: number, status = "reserved", active = "t"): Row => ({
  name: "s",
  active,
  status,
  retained: String(retained),
  limit: String(limit),
});
const archiver = (current: string, archived: string | null, failed: string | null = null): Row => ({
  mode: "on",
  segment: String(16 * MB),
  current,
  archived,
  failed,
  failing: failed === null ? "f" : "t",
});
const vacuum = (auto: string | null, urgent: string | null): Row => ({
  relation: "public.t",
  auto,
  urgent,
});
const waiter = (waited: number, pid = "7"): Row => ({ pid, by: "8", waited: String(waited) });
const lock = (pid: number, kind: string, mode: string): Row => ({
  pid: String(pid),
  kind,
  mode,
  relation: "public.t",
});
const table = (dead: number, live: number): Row => ({
  relation: "public.t",
  dead: String(dead),
  live: String(live),
});
const open = (who: string, age: number | null): Row => ({
  who,
  age: age === null ? null : String(age),
  hidden: age === null ? "t" : "f",
});
const activity = (active: number, workers: number, hidden = 0): Row => ({
  active: String(active),
  workers: String(workers),
  hidden: String(hidden),
});

type Case = readonly [
  indicator: IndicatorName,
  rows: readonly Row[],
  expected: string,
  was?: "slow" | "stop",
];

const CASES: readonly Case[] = [
  ["replica-lag", [], "full: no standby is connected"],
  ["replica-lag", [standby(0)], 'full: standby "b" is 0 bytes behind (limit 256 MB)'],
  ["replica-lag", [standby(null, null)], 'full: standby "b" is 0 bytes behind (limit 256 MB)'],
  ["replica-lag", [standby(64 * MB)], 'slow: standby "b" is 64 MB behind (limit 256 MB)'],
  ["replica-lag", [standby(60 * MB)], 'full: standby "b" is 60 MB behind (limit 256 MB)'],
  ["replica-lag", [standby(60 * MB)], 'slow: standby "b" is 60 MB behind (limit 256 MB)', "slow"],
  ["replica-lag", [standby(256 * MB)], 'stop: standby "b" is 256 MB behind (limit 256 MB)'],
  ["replica-lag", [standby(210 * MB)], 'stop: standby "b" is 210 MB behind (limit 256 MB)', "stop"],
  ["replica-lag", [standby(200 * MB)], 'slow: standby "b" is 200 MB behind (limit 256 MB)', "stop"],
  ["replica-lag", [standby(MB, 61_000)], 'stop: standby "b" is 1 min 1 s late (limit 1 min)'],
  ["replica-lag", [standby(MB, 12_345)], 'slow: standby "b" is 12 s late (limit 1 min)'],
  ["replica-lag", [standby(0), standby(0)], "full: 2 standbys keep up"],
  [
    "replica-lag",
    [standby(0), standby(GB, null, "c")],
    'stop: standby "c" is 1.0 GB behind (limit 256 MB)',
  ],
  [
    "replica-lag",
    [standby(GB), { name: "x", hidden: "t", bytes: null, late: null }],
    "unknown: how far standbys are behind: this role is not shown it; let an administrator run " +
    "GRANT pg_monitor TO that role",
  ],

  ["replication-slots", [], "full: no replication slot keeps WAL"],
  ["replication-slots", [slot(GB, -1)], 'full: slot "s" keeps 1.0 GB of WAL (limit 32 GB)'],
  ["replication-slots", [slot(8 * GB, -1)], 'slow: slot "s" keeps 8.0 GB of WAL (limit 32 GB)'],
  ["replication-slots", [slot(33 * GB, -1)], 'stop: slot "s" keeps 33 GB of WAL (limit 32 GB)'],
  [
    "replication-slots",
    [slot(5 * GB, 10 * GB, "extended")],
    'slow: slot "s" keeps 5.0 GB of WAL (max_slot_wal_keep_size 10 GB)',
  ],
  [
    "replication-slots",
    [slot(8 * GB, 10 * GB, "extended", "f")],
    'stop: slot "s", which nobody reads, keeps 8.0 GB of WAL (max_slot_wal_keep_size 10 GB)',
  ],
  [
    "replication-slots",
    [slot(GB, 10 * GB, "unreserved")],
    'stop: slot "s" keeps 1.0 GB of WAL (max_slot_wal_keep_size 10 GB) and is about to lose it',
  ],
  [
    "replication-slots",
    [slot(99 * GB, 10 * GB, "lost")],
    'full: slot "s" keeps 99 GB of WAL (max_slot_wal_keep_size 10 GB) and is lost',
  ],

  ["archive-backlog", [{ mode: "off" }], "full: WAL is not archived"],
  [
    "archive-backlog",
    [archiver("000000010000000000000003", null)],
    "unknown: no WAL file was archived since statistics were reset",
  ],
  [
    "archive-backlog",
    [archiver("000000010000000000000003", "000000010000000000000002")],
    "full: 0 WAL files wait to be archived (limit 42)",
  ],
  // Over the end of a log, and onto a new timeline.
  [
    "archive-backlog",
    [archiver("000000020000000100000010", "0000000100000000000000F9.00000028.backup")],
    "slow: 22 WAL files wait to be archived (limit 42)",
  ],
  [
    "archive-backlog",
    [archiver("000000010000000000000040", "000000010000000000000015")],
    "slow: 42 WAL files wait to be archived (limit 42)",
  ],
  [
    "archive-backlog",
    [archiver("000000010000000000000040", "000000010000000000000014")],
    "stop: 43 WAL files wait to be archived (limit 42)",
  ],
  [
    "archive-backlog",
    [archiver("000000010000000000000040", null, "000000010000000000000003")],
    "stop: 61 WAL files wait to be archived, as archiving 000000010000000000000003 fails (limit 42)",
  ],
  [
    "archive-backlog",
    [archiver("000000020000000000000040", "00000002.history")],
    "unknown: no WAL file was archived since statistics were reset",
  ],

  ["autovacuum", [], "full: no vacuum of tables that are written"],
  ["autovacuum", [vacuum("t", "f")], "slow: autovacuum of public.t runs"],
  ["autovacuum", [vacuum("f", "f")], "slow: a vacuum of public.t runs"],
  ["autovacuum", [vacuum(null, null)], "slow: autovacuum of public.t runs"],
  [
    "autovacuum",
    [vacuum("t", "f"), vacuum("t", "t")],
    "stop: autovacuum of public.t runs, to prevent wraparound",
  ],

  ["blocked-by-us", [], "full: nobody waits for us"],
  ["blocked-by-us", [waiter(20)], "full: 1 session waited for us, the longest 20 ms (pid 7)"],
  ["blocked-by-us", [waiter(50)], "slow: 1 session waited for us, the longest 50 ms (pid 7)"],
  [
    "blocked-by-us",
    [waiter(100), waiter(2_100, "9"), waiter(2_100, "9")],
    "stop: 2 sessions waited for us, the longest 2.1 s (pid 9)",
  ],

  ["lock-waits", [], "full: nobody waits for tables that are written"],
  [
    "lock-waits",
    [lock(1, "transactionid", "ShareLock")],
    "slow: 1 session waiting for locks on public.t (limit 10)",
  ],
  [
    "lock-waits",
    Array.from({ length: 10 }, (_, pid) => lock(pid, "tuple", "ExclusiveLock")),
    "stop: 10 sessions waiting for locks on public.t (limit 10)",
  ],
  [
    "lock-waits",
    [lock(1, "relation", "RowExclusiveLock"), lock(2, "relation", "AccessExclusiveLock")],
    "stop: pid 2 waits for AccessExclusiveLock on public.t",
  ],

  ["dead-tuples", [], "full: few dead rows"],
  [
    "dead-tuples",
    [table(90_000, 100_000)],
    "full: public.t has 90000 dead rows and 100000 live ones",
  ],
  [
    "dead-tuples",
    [table(90_000, 100_000)],
    "slow: public.t has 90000 dead rows and 100000 live ones",
    "slow",
  ],
  ["dead-tuples", [table(20_000, 0)], "slow: public.t has 20000 dead rows and 0 live ones"],

  ["oldest-xmin", [], "full: no transaction is open"],
  ["oldest-xmin", [open("pid 7", 5_000)], "full: pid 7 has a transaction open since 5.0 s"],
  [
    "oldest-xmin",
    [open("prepared transaction x", 7_200_000), open("pid 7", null)],
    "slow: prepared transaction x has a transaction open since 2 h: dead rows are kept for it",
  ],
  [
    "oldest-xmin",
    [open("pid 7", 5_000), open("pid 8", null)],
    "unknown: how old transactions are: this role is not shown it; let an administrator run " +
    "GRANT pg_monitor TO that role",
  ],

  ["active-sessions", [activity(1, 8)], "full: 1 other session at work (slow from 2)"],
  ["active-sessions", [activity(2, 8)], "slow: 2 other sessions at work (slow from 2)"],
  ["active-sessions", [activity(2, 0)], "slow: 2 other sessions at work (slow from 2)"],
  ["active-sessions", [activity(13, 64)], "full: 13 other sessions at work (slow from 16)"],
  ["active-sessions", [activity(13, 64)], "slow: 13 other sessions at work (slow from 16)", "slow"],
  [
    "active-sessions",
    [activity(0, 8, 3)],
    "unknown: how many sessions are at work: this role is not shown it; let an administrator run " +
    "GRANT pg_monitor TO that role",
  ],
];

describe("what indicators make of what they find", () => {
  test("each figure has its grade and its words", () => {
    for (const [name, rows, expected, was] of CASES) {
      const limits = {
        maxReplicaLag: 256 * MB,
        maxArchiveBacklog: 42,
        was: was ?? "full",
      } as const;
      const { signal, reason } = INDICATORS[name].judge(rows, limits);
      assert.equal(`${signal}: ${reason}`, expected, `${name} ${JSON.stringify(rows)}`);
    }
  });

  test("a query of one's own is believed only when it is clear", () => {
    const cases: readonly (readonly [readonly Row[], string])[] = [
      [[{ signal: "slow", reason: "busy" }], "slow: busy"],
      [[{ signal: "full", reason: null }], "full: the throttle's own query says full"],
      [[], "unknown: the throttle's own query returned 0 rows, not one"],
      [[{ a: "1" }], "unknown: the throttle's own query has no column `signal`"],
      [
        [{ signal: null }],
        "unknown: the throttle's own query says NULL, which is none of full, slow, stop",
      ],
    ];
    for (const [rows, expected] of cases) {
      const { signal, reason } = judgeCustom(rows);
      assert.equal(`${signal}: ${reason}`, expected);
    }
  });

  test("each has its own name, and near misses are recognised", () => {
    for (const [name, indicator] of Object.entries(INDICATORS)) assert.equal(indicator.name, name);
    assert.ok(isIndicatorName("lock-waits"));
    assert.ok(!isIndicatorName("lock-wait"));
    assert.equal(indicatorHint("lock-wait"), "Did you mean `lock-waits`?");
    assert.match(indicatorHint("weather"), /^There are replica-lag, .*, active-sessions\.$/);
  });
});
