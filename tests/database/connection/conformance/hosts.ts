import { type Case, row, type Verdict } from "./case.ts";

const TARGETS = [
  "any",
  "read-write",
  "read-only",
  "primary",
  "standby",
  "prefer-standby",
] as const;
type Six = readonly [Verdict, Verdict, Verdict, Verdict, Verdict, Verdict];

function eachTarget(string: string, verdicts: Six): readonly Case[] {
  return TARGETS.map((target, index) =>
    row(`${string} dbname=app target_session_attrs=${target}`, verdicts[index]!)
  );
}

const NO = "target-session";
const BOTH = ["in", "in", "in", "in", "in", "in"] as const;

/** Several hosts, and which of them will do. */
export const hosts: Readonly<Record<string, readonly Case[]>> = {
  "lists of hosts": [
    row("host=localhost,localhost port=$DEAD,$PORT user=app dbname=app", "in"),
    row("host=localhost,127.0.0.1 port=$PORT user=app dbname=app", "in"),
    row("host=nowhere.invalid,localhost port=$PORT user=app dbname=app", "in"),
    row("host=/nowhere,localhost port=$PORT user=app dbname=app", "in"),
    row("host=$SOCKETS,localhost port=$PORT,$PLAIN user=app dbname=app", "in"),
    row("host=$ABSTRACT port=$PLAIN user=app dbname=app", "in", { server: 14 }),
    row("postgres://app@$ABSTRACT:$PLAIN/app", "in", {
      server: 14,
      refused: "settings/unreadable-url",
    }),
    row("postgres://app@/app?host=$ABSTRACT&port=$PLAIN", "in", { server: 14 }),
    row("postgres://app@[::1]:$PLAIN/app", "in", { ipv6: true }),
    row("postgres://app@[0:0::1]:$PLAIN,127.0.0.1:$DEAD/app", "in", { ipv6: true }),
    row("host=::1 port=$PLAIN user=app dbname=app", "in", { ipv6: true }),
    row("hostaddr=::1 port=$PLAIN user=app dbname=app", "in", { ipv6: true }),
    row("host=[::1] port=$PLAIN user=app dbname=app", "no-server", { ipv6: true }),
    row("host=LOCALHOST port=$PLAIN user=app dbname=app", "in"),
    row("host=' localhost' port=$PLAIN user=app dbname=app", "no-server"),
    row("host=localhost, port=$PLAIN user=app dbname=app", "in"),
    row("host=,localhost port=$PLAIN user=app dbname=app", "in"),
    row("hostaddr=999.1.1.1 port=$PLAIN user=app dbname=app", "settings", {
      refused: "connection/host-not-found",
    }),
    row("hostaddr=127.1 port=$PLAIN user=app dbname=app", "in"),
    row("host=@nowhere,localhost port=$PORT user=app dbname=app", "in"),
    row("host=@nowhere port=$PORT user=app dbname=app", "no-server"),
    row("host=localhost,localhost port=,$PORT user=app dbname=app", "in"),
    row("host=localhost,localhost port=$PORT, user=app dbname=app", "in"),
    row("host=localhost,localhost port=1,2,3 user=app dbname=app", "settings"),
    row("host=localhost port=$PORT,$PORT user=app dbname=app", "settings"),
    row("host=a,b hostaddr=127.0.0.1 port=$PORT user=app dbname=app", "settings"),
    row("host=a,b hostaddr=127.0.0.1,127.0.0.1 port=$DEAD,$PORT user=app dbname=app", "in"),
    row("hostaddr=127.0.0.1,127.0.0.1 port=$DEAD,$PORT user=app dbname=app", "in"),
    row("host=localhost,a hostaddr=,127.0.0.1 port=$DEAD,$PORT user=app dbname=app", "in"),
    row("postgres://app@localhost:$DEAD,localhost:$PORT/app", "in"),
    row("postgres://app@localhost,localhost/app?port=$PORT", "in"),
    row("postgres://app@[::1]:$DEAD,localhost:$PORT/app", "in"),
    row("postgres://app@[::1],127.0.0.1/app?port=$DEAD", "no-server"),
    row("host=localhost,localhost port=$DEAD,$DEAD user=app dbname=app", "no-server"),
    row("host=localhost,localhost port=$PORT user=rejected dbname=app", "authentication"),
    // Who answers and refuses is the last that is asked.
    row(
      "host=localhost,localhost port=$PORT,$PLAIN user=tlsonly dbname=app sslmode=disable",
      "authentication",
    ),
    row("host=localhost,localhost port=$PLAIN,$PORT user=tlsonly dbname=app", "authentication"),
    row("host=localhost,localhost port=$PORT,$PLAIN dbname=missing user=app", "no-database"),
    row("host=localhost,localhost port=$PLAIN,$PORT user=locked dbname=closed", "authentication"),
    row("host=localhost,localhost port=$PLAIN,$PORT user=app dbname=app sslmode=require", "tls"),
    row("host=localhost,localhost port=$PLAIN,$PORT user=app dbname=app sslmode=prefer", "in"),
    row(
      "host=elsewhere.test,localhost hostaddr=127.0.0.1,127.0.0.1 port=$PORT user=app dbname=app " +
        "sslmode=verify-full sslrootcert=$CERTS/root.crt",
      "tls",
    ),
    row("host=localhost,localhost port=$RUDE,$PORT user=app dbname=app", "no-server"),
    row(
      "host=localhost,localhost port=$RUDE,$PORT user=app dbname=app sslmode=disable",
      "no-server",
    ),
    row(
      "host=localhost,localhost port=$RUDE,$PORT user=app dbname=app sslmode=require",
      "no-server",
    ),
    row("host=localhost,localhost port=$STARTING,$PORT user=app dbname=app sslmode=disable", "in"),
    row("host=localhost,localhost port=$STARTING,$PORT user=app dbname=app", "in"),
    // A host that takes the connection and then keeps silent.
    row("host=localhost,localhost port=$SILENT,$PORT user=app dbname=app connect_timeout=2", "in"),
    row(
      "host=localhost,localhost port=$SILENT,$PORT user=app dbname=app connect_timeout=2 sslmode=disable",
      "in",
    ),
    row("host=localhost port=$SILENT user=app connect_timeout=2 sslmode=disable", "timeout"),
    // Drawn by lot.
    row("host=localhost,localhost port=$PORT load_balance_hosts=random user=app dbname=app", "in", {
      libpq: 16,
    }),
    row(
      "host=localhost,localhost port=$DEAD,$PORT load_balance_hosts=random user=app dbname=app",
      "in",
      {
        libpq: 16,
      },
    ),
  ],

  "target_session_attrs": [
    ...eachTarget("host=localhost port=$PLAIN user=app", ["in", "in", NO, "in", NO, "in"]),
    ...eachTarget("host=localhost port=$STANDBY user=app", ["in", NO, "in", NO, "in", "in"]),
    ...eachTarget("host=localhost port=$PLAIN user=reader", ["in", NO, "in", "in", NO, "in"]),
    ...eachTarget("host=localhost,localhost port=$STANDBY,$PLAIN user=app", BOTH),
    ...eachTarget("host=localhost,localhost port=$PLAIN,$STANDBY user=app", BOTH),
    ...eachTarget("host=localhost,localhost port=$DEAD,$PLAIN user=app", [
      ...["in", "in", "no-server", "in", "no-server", "in"] as const,
    ]),
    ...eachTarget("host=localhost,localhost port=$DEAD,$STANDBY user=app", [
      ...["in", "no-server", "in", "no-server", "in", "in"] as const,
    ]),
    ...eachTarget("host=localhost,localhost,localhost port=$PLAIN,$DEAD,$STANDBY user=app", BOTH),
    ...eachTarget("host=localhost,localhost port=$PLAIN,$DEAD user=app", [
      ...["in", "in", "target-session", "in", "target-session", "in"] as const,
    ]),
    ...eachTarget("host=localhost,localhost port=$STANDBY,$PLAIN user=rejected", [
      ...["authentication", "authentication", "authentication"] as const,
      ...["authentication", "authentication", "authentication"] as const,
    ]),
    row("host=localhost port=$PLAIN user=app dbname=app target_session_attrs=read-write", NO, {
      env: { PGOPTIONS: "-c default_transaction_read_only=on" },
    }),
    row(
      "postgres://app@localhost:$STANDBY,localhost:$PLAIN/app?target_session_attrs=primary",
      "in",
    ),
    row("host=localhost,localhost port=$STANDBY,$PLAIN dbname=app user=app", "in", {
      env: { PGTARGETSESSIONATTRS: "read-write" },
    }),
  ],
};
