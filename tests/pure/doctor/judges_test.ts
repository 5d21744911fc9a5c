import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CheckResult } from "../../../src/doctor/check/check.ts";
import { judgeAutovacuum } from "../../../src/doctor/checks/autovacuum.ts";
import { judgeClock } from "../../../src/doctor/checks/clock.ts";
import { judgeConnectionSlots as judgeConnections } from "../../../src/doctor/checks/connection_slots.ts";
import { judgeEncoding } from "../../../src/doctor/checks/encoding.ts";
import { type ExtensionFound, judgeExtensions } from "../../../src/doctor/checks/extensions.ts";
import { judgeInheritedSettings } from "../../../src/doctor/checks/inherited_settings.ts";
import { judgeIndexes } from "../../../src/doctor/checks/invalid_indexes.ts";
import { judgeTransactions } from "../../../src/doctor/checks/long_transactions.ts";
import { judgePooling } from "../../../src/doctor/checks/pooler.ts";
import { judgeReplicationSlots } from "../../../src/doctor/checks/replication_slots.ts";
import { judgeServer } from "../../../src/doctor/checks/server.ts";
import { judgeStandbys } from "../../../src/doctor/checks/standbys.ts";
import { judgeWraparound } from "../../../src/doctor/checks/wraparound.ts";

const server = { version: "16.1", number: 160001, standby: false, embedded: false };
const limit = (free: number) => [{ what: "max_connections = 9", free, next: "raise it" }];
const seen = { long: [], prepared: [], unseen: 0, role: "app" };
const long = { pid: "7", application: "report", role: "bob", state: "idle in transaction" };
const index = {
  name: "public.i",
  table: "public.t",
  partitioned: false,
  builder: undefined,
  leftover: false,
};
const slot = { name: "cdc", active: false, retained: "5368709120", status: "extended" };
const standbys = {
  names: "",
  commit: "on",
  synchronous: 0,
  connected: 0,
  unseen: 0,
  role: "app",
};
const setting = (name: string, value: string, source: string, milliseconds = 0) => ({
  settings: [{ name, value, source, milliseconds }],
  role: "app",
  database: "shop",
});

/** Levels and a word of what is said, of all verdicts in order. */
const CASES: readonly (readonly [string, () => readonly CheckResult[], RegExp])[] = [
  ["a known server", () => judgeServer(server), /^ok PostgreSQL 16\.1, takes writes$/],
  [
    "one that is too old",
    () => judgeServer({ ...server, number: 120019 }),
    /^fail .*older than 13/,
  ],
  [
    "one that is too new",
    () => judgeServer({ ...server, number: 190000 }),
    /^warn .*newer than 18/,
  ],
  [
    "a standby",
    () => judgeServer({ ...server, standby: true }),
    /^ok PostgreSQL 16\.1\nfail .*standby.* -> Connect to the primary/,
  ],
  ["clocks that agree", () => judgeClock({ offset: -4_900, roundTrip: 10 }), /^ok .*4\.900 s/],
  ["a clock ahead", () => judgeClock({ offset: 60_000, roundTrip: 10 }), /^warn .*60 s ahead of/],
  [
    "a clock behind",
    () => judgeClock({ offset: -6_000, roundTrip: 10 }),
    /^warn .*6\.000 s behind/,
  ],
  [
    "a difference that may be the network's",
    () => judgeClock({ offset: 6_000, roundTrip: 3_000 }),
    /^ok .*measured to 1\.500 s/,
  ],
  ["UTF8", () => judgeEncoding("UTF8"), /^ok UTF8$/],
  ["another encoding", () => judgeEncoding("LATIN1"), /^warn LATIN1 .*createdb --encoding UTF8/],
  ["no encoding", () => judgeEncoding("SQL_ASCII"), /^warn SQL_ASCII keeps bytes/],
  ["room enough", () => judgeConnections(limit(5)), /^ok 5 free \(max_connections = 9\)$/],
  ["little room", () => judgeConnections(limit(4)), /^warn only 4 free .* -> raise it$/],
  ["room for one", () => judgeConnections(limit(1)), /^fail 1 free .*a run needs 2 -> raise it$/],
  ["no pooler", () => judgePooling("none"), /^ok no pooler/],
  ["a pooler that keeps sessions", () => judgePooling("session"), /^ok .*keeps sessions/],
  [
    "a pooler that does not",
    () => judgePooling("transaction"),
    /^warn .*each transaction another session.* -> .*--direct-url/,
  ],
  ["a pooler that is too busy", () => judgePooling("unknown"), /^warn .*too busy.*--direct-url/],
  ["nobody's transactions", () => judgeTransactions(seen), /^ok none/],
  [
    "a long transaction",
    () => judgeTransactions({ ...seen, long: [{ ...long, seconds: 7_300 }] }),
    /^warn pid 7 \(report, role bob\).* 2 h, idle in .*SELECT pg_terminate_backend\(7\)$/,
  ],
  [
    "a prepared transaction",
    () =>
      judgeTransactions({ ...seen, prepared: [{ gid: "it's", owner: "bob", seconds: 9_000_000 }] }),
    /^warn transaction 'it''s' of bob was prepared 104 days ago.*COMMIT PREPARED 'it''s'/,
  ],
  [
    "a transaction prepared just now",
    () => judgeTransactions({ ...seen, prepared: [{ gid: "x", owner: "bob", seconds: 2 }] }),
    /^ok /,
  ],
  [
    "transactions that are not shown",
    () => judgeTransactions({ ...seen, unseen: 2 }),
    /^warn .*2 sessions .*cannot be seen by this role -> .*GRANT pg_monitor TO app$/,
  ],
  ["no invalid index", () => judgeIndexes([]), /^ok none$/],
  ["an invalid index", () => judgeIndexes([index]), /^warn .*DROP INDEX CONCURRENTLY public\.i/],
  ["one being built", () => judgeIndexes([{ ...index, builder: "9" }]), /^ok .*pid 9 builds/],
  [
    "what REINDEX left",
    () => judgeIndexes([{ ...index, name: "public.i_ccnew", leftover: true }]),
    /^warn .*REINDEX CONCURRENTLY that was cut off -> DROP INDEX CONCURRENTLY public\.i_ccnew$/,
  ],
  ["an index without its parts", () => judgeIndexes([{ ...index, partitioned: true }]), /ATTACH/],
  [
    "a slot without a reader",
    () => judgeReplicationSlots([slot]),
    /^warn .*keeps 5\.0 GB of WAL.*drop_rep/,
  ],
  [
    "a slot with one",
    () => judgeReplicationSlots([{ ...slot, active: true }]),
    /^ok read .*cdc keeps 5\.0 GB/,
  ],
  [
    "a lost slot",
    () => judgeReplicationSlots([{ ...slot, retained: null, status: "lost" }]),
    /^warn .*lost/,
  ],
  ["no standbys asked for", () => judgeStandbys(standbys), /^ok 0 standbys/],
  [
    "a standby that is not there",
    () => judgeStandbys({ ...standbys, names: "one" }),
    /^fail .*asks for 1, and none is there: every COMMIT waits for ever/,
  ],
  [
    "too few standbys",
    () => judgeStandbys({ ...standbys, names: "ANY 2 (a, b)", synchronous: 1, connected: 1 }),
    /^fail .*asks for 2, and only 1/,
  ],
  [
    "standbys enough",
    () => judgeStandbys({ ...standbys, names: "2 (a, b)", synchronous: 2, connected: 2 }),
    /^ok /,
  ],
  [
    "standbys that are not shown",
    () => judgeStandbys({ ...standbys, names: "*", connected: 1, unseen: 1 }),
    /^warn .*cannot be seen by this role/,
  ],
  ["young rows", () => judgeWraparound({ xids: 2_000_000, multixacts: 1 }), /^ok .* 2 million of/],
  ["old rows", () => judgeWraparound({ xids: 1_600_000_000, multixacts: 1 }), /^warn .*FREEZE/],
  ["old multixacts", () => judgeWraparound({ xids: 1, multixacts: 1.6e9 }), /^warn .*multixacts/],
  ["no numbers left", () => judgeWraparound({ xids: 2_145_000_000, multixacts: 1 }), /^fail /],
  ["autovacuum", () => judgeAutovacuum([]), /^ok on$/],
  ["none", () => judgeAutovacuum(["autovacuum"]), /^warn autovacuum is off.*SET autovacuum = on/],
  [
    "a role's timeout",
    () => judgeInheritedSettings(setting("statement_timeout", "30s", "user", 30_000)),
    /^ok statement_timeout = 30s \(of role app\)/,
  ],
  [
    "a read-only database",
    () => judgeInheritedSettings(setting("default_transaction_read_only", "on", "database")),
    /^ok .*\nfail .*-> ALTER DATABASE shop RESET default_transaction_read_only$/,
  ],
  [
    "sessions that may not be quiet",
    () => judgeInheritedSettings(setting("idle_session_timeout", "5s", "client", 5_000)),
    /\nwarn .*ends a runner that waits -> Take idle_session_timeout out of the URL/,
  ],
];

describe("a doctor", () => {
  for (const [what, judge, expected] of CASES) {
    test(`judges ${what}`, () => {
      const results = judge();
      const lines = results.map(({ level, found, next }) =>
        `${level} ${found}${next ? ` -> ${next}` : ""}`
      );
      assert.match(lines.join("\n"), expected);
      assert.deepEqual(results.filter(({ level, next }) => level !== "ok" && !next), []);
    });
  }
});

const HERE: ExtensionFound = {
  version: "1.0",
  installed: false,
  superuser: true,
  trusted: false,
  requires: [],
};

const EXTENSIONS: readonly {
  readonly what: string;
  readonly found?: Partial<ExtensionFound>;
  readonly need?: { readonly ifNotExists?: boolean; readonly cascade?: boolean };
  readonly role?: Partial<Parameters<typeof judgeExtensions>[0]>;
  readonly says: RegExp;
}[] = [
  { what: "installed", found: { installed: true }, says: /^ok x is installed$/ },
  {
    what: "installed, and created without IF NOT EXISTS",
    found: { installed: true },
    need: { ifNotExists: false },
    says: /^fail .*without IF NOT EXISTS/,
  },
  { what: "a superuser's", role: { superuser: true }, says: /^ok x available$/ },
  {
    what: "not the role's",
    says: /^fail .*needs a superuser.*CREATE EXTENSION IF NOT EXISTS "x"$/,
  },
  { what: "trusted", found: { trusted: true }, says: /^ok x available$/ },
  { what: "for everybody", found: { superuser: false }, says: /^ok x available$/ },
  {
    what: "trusted, without CREATE on the database",
    found: { trusted: true },
    role: { createsSchemas: false },
    says: /^fail .*GRANT CREATE ON DATABASE shop TO app$/,
  },
  {
    what: "the provider's to decide",
    role: { provider: "rds_superuser" },
    says: /^warn .*member of rds_superuser/,
  },
  {
    what: "in need of another",
    found: { trusted: true, requires: ["y"] },
    says: /^fail x requires y.*CREATE EXTENSION IF NOT EXISTS "y"$/,
  },
  {
    what: "in need of another that CASCADE cannot have",
    found: { trusted: true, requires: ["y"] },
    need: { cascade: true },
    says: /^fail y is not available/,
  },
];

describe("an extension", () => {
  for (const { what, found, need, role, says } of EXTENSIONS) {
    test(`that is ${what}`, () => {
      const results = judgeExtensions({
        needed: [{
          name: "x",
          ifNotExists: true,
          cascade: false,
          migration: "7 (search)",
          ...need,
        }],
        found: new Map([["x", { ...HERE, ...found }]]),
        role: "app",
        database: "shop",
        superuser: false,
        createsSchemas: true,
        provider: undefined,
        ...role,
      });
      const [first] = results;
      assert.match(`${first?.level} ${first?.found} ${first?.next ?? ""}`.trimEnd(), says);
    });
  }

  test("that the server does not have", () => {
    const [first] = judgeExtensions({
      needed: [{ name: "vector", ifNotExists: true, cascade: false, migration: "7 (search)" }],
      found: new Map(),
      role: "app",
      database: "shop",
      superuser: true,
      createsSchemas: true,
      provider: undefined,
    });
    assert.equal(first?.level, "fail");
    assert.match(first?.next ?? "", /pg_available_extensions WHERE name = 'vector'/);
  });
});
